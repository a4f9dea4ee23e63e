const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Value of each character of the alphabet by its code; 255 for any other. */
const values = new Uint8Array(128).fill(255);
for (let index = 0; index < alphabet.length; index += 1) values[alphabet.charCodeAt(index)] = index;

/** A text as base64 of its UTF-8. */
export function encodeBase64(text: string): string {
  const bytes = utf8Bytes(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const bits = (first << 16) | (second << 8) | third;
    parts.push(
      alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63),
      at + 1 < bytes.length ? alphabet.charAt((bits >> 6) & 63) : '=',
      at + 2 < bytes.length ? alphabet.charAt(bits & 63) : '=',
    );
  }
  return parts.join('');
}

/**
 * The text that a base64 stands for; undefined when it is not base64 in its one canonical form, or
 * stands for bytes that are no UTF-8. Line breaks within are allowed.
 */
export function decodeBase64(encoded: string): string | undefined {
  const compact = /\s/.test(encoded) ? encoded.replace(/\s+/g, '') : encoded;
  const bytes = bytesOf(compact);
  const text = bytes === undefined ? undefined : textOf(bytes);
  return text !== undefined && encodeBase64(text) === compact ? text : undefined;
}

function bytesOf(encoded: string): Uint8Array | undefined {
  if (encoded.length % 4 !== 0) return undefined;
  const padding = encoded.endsWith('==') ? 2 : Number(encoded.endsWith('='));
  const bytes = new Uint8Array((encoded.length / 4) * 3 - padding);
  let [bits, count, at] = [0, 0, 0];
  for (let index = 0; index < encoded.length - padding; index += 1) {
    const value = values[encoded.charCodeAt(index)] ?? 255;
    if (value === 255) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at] = (bits >> count) & 255;
    at += 1;
  }
  return bytes;
}

/** Unpaired surrogates become U+FFFD, as everywhere. */
function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    pushUtf8(bytes, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return bytes;
}

function pushUtf8(bytes: number[], point: number): void {
  if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
  else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
  else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** Overlong and other odd forms are caught by encoding again. */
function textOf(bytes: Uint8Array): string | undefined {
  const chars: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (length === 0 || at + length > bytes.length) return undefined;
    const point = pointAt(bytes, at, length);
    if (point > 0x10ffff) return undefined;
    chars.push(String.fromCodePoint(point));
    at += length;
  }
  return chars.join('');
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function pointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (length === 1) return lead;
  let point = lead & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index] ?? 0;
    // What is no continuation makes a point that does not encode to these bytes again.
    point = (point << 6) | (next & 0x3f);
  }
  return point;
}
