/** UTF-8, without a platform's help. */

/** The bytes of a text. */
export function toBytes(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return bytes;
}

function tail(code: number): number {
  return 0x80 | (code & 0x3f);
}

/** How many bytes a text has. */
export function byteLength(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

/** A text from bytes; each byte that is no UTF-8 becomes the replacement character. */
export function fromBytes(bytes: readonly number[]): string {
  const chars: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const read = readCharacter(bytes, at);
    chars.push(read === undefined ? '\ufffd' : String.fromCodePoint(read.code));
    at += read?.length ?? 1;
  }
  return chars.join('');
}

const shapes = [
  { length: 2, mask: 0xe0, lead: 0xc0, min: 0x80 },
  { length: 3, mask: 0xf0, lead: 0xe0, min: 0x800 },
  { length: 4, mask: 0xf8, lead: 0xf0, min: 0x10000 },
] as const;

function readCharacter(
  bytes: readonly number[],
  at: number,
): { readonly code: number; readonly length: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { code: first, length: 1 };
  const shape = shapes.find(({ mask, lead }) => (first & mask) === lead);
  if (shape === undefined) return undefined;
  const rest = bytes.slice(at + 1, at + shape.length);
  if (rest.length < shape.length - 1 || rest.some((byte) => (byte & 0xc0) !== 0x80)) {
    return undefined;
  }
  const code = rest.reduce((sum, byte) => (sum << 6) | (byte & 0x3f), first & ~shape.mask & 0xff);
  const valid = code >= shape.min && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? { code, length: shape.length } : undefined;
}
