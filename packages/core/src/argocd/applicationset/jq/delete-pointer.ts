import { deleteAt, type Deletion } from './delete-paths.ts';

/** Compiles a JSON pointer (RFC 6901) to what deletes what it stands for. What is not there stays away. */
export function compilePointerDeletion(pointer: string): Deletion {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (data) => {
    const path: (string | number)[] = [];
    let value = data;
    for (const part of parts) {
      const key = Array.isArray(value) && /^(?:0|[1-9][0-9]*)$/.test(part) ? Number(part) : part;
      path.push(key);
      value = inside(value, key);
    }
    return value === undefined || parts.length === 0 ? data : deleteAt(data, path);
  };
}

function inside(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[key];
}
