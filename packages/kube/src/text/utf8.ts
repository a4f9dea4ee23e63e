/** Bytes of a text in UTF-8. Unpaired surrogates become the replacement character. */
export function utf8Encode(text: string): Uint8Array {
  const out: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0) ?? 0xfffd;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      out.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return Uint8Array.from(out);
}

/** Text of bytes in UTF-8; bytes that are none become the replacement character. */
export function utf8Decode(bytes: Uint8Array): string {
  let out = '';
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index] ?? 0;
    const size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
    const code = size === 0 ? -1 : readCode(bytes, index, size);
    out += code < 0 || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
    index += code < 0 ? 1 : size;
  }
  return out;
}

function readCode(bytes: Uint8Array, index: number, size: number): number {
  const first = bytes[index] ?? 0;
  if (size === 1) return first;
  let code = first & (0xff >> (size + 1));
  for (let step = 1; step < size; step += 1) {
    const next = bytes[index + step];
    if (next === undefined || (next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 63);
  }
  return code;
}

/** How many bytes a text has in UTF-8. */
export function byteLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    else if (code >= 0xd800 && code < 0xdc00) {
      length += 4;
      index += 1;
    } else length += 3;
  }
  return length;
}
