/**
 * Texts as Go sees them: bytes in UTF-8. A byte text is a string with one character (0 to 255) a byte,
 * so that lengths, offsets and slices are those of Go.
 */

/** One rune of a byte text. */
export interface Rune {
  /** Offset of its first byte. */
  readonly at: number;
  readonly code: number;
}

const replacement = 0xfffd;

/** The UTF-8 bytes of a text; halves of surrogate pairs become U+FFFD. */
export function toBytes(text: string): string {
  let bytes = '';
  for (const char of text) bytes += encodeRune(char.codePointAt(0) ?? 0);
  return bytes;
}

function encodeRune(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code >= 0xd800 && code < 0xe000) return encodeRune(replacement);
  const size = runeSize(code);
  const bytes: number[] = [];
  let rest = code;
  for (let index = size - 1; index > 0; index -= 1) {
    bytes.unshift(0x80 | (rest & 0x3f));
    rest >>= 6;
  }
  const leads = [0, 0, 0xc0, 0xe0, 0xf0];
  return String.fromCharCode((leads[size] ?? 0) | rest, ...bytes);
}

/** The text of some bytes in UTF-8; what is none becomes U+FFFD. */
export function fromBytes(bytes: string): string {
  return runesOf(bytes)
    .map(({ code }) => String.fromCodePoint(code))
    .join('');
}

/** Number of bytes that a rune takes. */
export function runeSize(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The rune at an offset and the bytes it takes; U+FFFD and one byte where a rune is cut in two. */
export function decodeRune(bytes: string, at: number): { code: number; size: number } {
  const lead = bytes.charCodeAt(at);
  if (Number.isNaN(lead)) return { code: replacement, size: 0 };
  if (lead < 0x80) return { code: lead, size: 1 };
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  let code = lead & (0x7f >> size);
  for (let index = 1; index < size; index += 1) {
    const next = bytes.charCodeAt(at + index);
    if (Number.isNaN(next) || (next & 0xc0) !== 0x80) return { code: replacement, size: 1 };
    code = (code << 6) | (next & 0x3f);
  }
  return size === 0 ? { code: replacement, size: 1 } : { code, size };
}

/** All runes of a byte text. */
export function runesOf(bytes: string): Rune[] {
  const runes: Rune[] = [];
  for (let at = 0; at < bytes.length;) {
    const { code, size } = decodeRune(bytes, at);
    runes.push({ at, code });
    at += size;
  }
  return runes;
}

/** Number of runes of a byte text. */
export function countRunes(bytes: string): number {
  return runesOf(bytes).length;
}
