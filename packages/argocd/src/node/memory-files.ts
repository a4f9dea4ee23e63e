import type { FileSet } from '../repository/index.ts';

/** Files in memory as a set: text by relative path. */
export function memoryFiles(files: ReadonlyMap<string, string | Uint8Array>): FileSet {
  const find = (path: string): string | Uint8Array => {
    const content = files.get(path);
    if (content === undefined) throw new Error(`open ${path}: no such file or directory`);
    return content;
  };
  return {
    files: [...files.keys()].sort(byBytes),
    links: {},
    text: (path) =>
      new Promise((resolve) => {
        resolve(withoutMark(asText(find(path))));
      }),
    bytes: (path) =>
      new Promise((resolve) => {
        const content = find(path);
        resolve(typeof content === 'string' ? Buffer.from(content) : content);
      }),
  };
}

/** The order of paths in Git, and of a walk that compares bytes. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function asText(content: string | Uint8Array): string {
  return typeof content === 'string' ? content : readText(content);
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Text of UTF-8, or of UTF-16 with a byte order mark. */
export function readText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
