/** A copy of a JSON value with another value at a path such as `roles[0].name`. */
export function setPath(target: unknown, path: string, value: unknown): unknown {
  return setAt(target, path.match(/[^.[\]]+/g) ?? [], value);
}

function setAt(target: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (/^\d+$/.test(key)) {
    const copy: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
    copy[Number(key)] = setAt(copy[Number(key)], rest, value);
    return copy;
  }
  const fields = (target ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: setAt(fields[key], rest, value) };
}
