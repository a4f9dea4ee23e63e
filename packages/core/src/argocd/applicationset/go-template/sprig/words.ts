import { byteLength, toBytes } from '../utf8.ts';
import { byteSlice } from '../go-text.ts';

/** Functions on words. Source: Masterminds/goutils v1.1.1 and Go's strings.Title. */

/** Capitalises every word; words are parted by white space and ASCII signs other than `_`. */
export function titleCase(text: string): string {
  let before = ' ';
  const chars = [...text].map((char) => {
    const begins = isSeparator(before);
    before = char;
    return begins ? char.toUpperCase() : char;
  });
  return chars.join('');
}

function isSeparator(char: string): boolean {
  const ascii = (char.codePointAt(0) ?? 0) < 0x80;
  return ascii ? !/[A-Za-z0-9_]/.test(char) : /\s/u.test(char);
}

/** The first letter of every word in lower case; words are parted by white space. */
export function uncapitalize(text: string): string {
  return text.replaceAll(/(?<=^|\s)\S/gu, (letter) => letter.toLowerCase());
}

/** Changes upper to lower case, and lower case to upper, to title case at a word's beginning. */
export function swapCase(text: string): string {
  return [...text].map((char) => swapped(char)).join('');
}

function swapped(char: string): string {
  if (/\p{Lu}|\p{Lt}/u.test(char)) return char.toLowerCase();
  return /\p{Ll}/u.test(char) ? char.toUpperCase() : char;
}

/** The first byte of every word. */
export function initials(text: string): string {
  return text
    .split(/[ \t\n\v\f\r]+/)
    .map((word) => String.fromCharCode(...toBytes(word).slice(0, 1)))
    .join('');
}

/** Shortens a text to a width with dots in place of what is left out. */
export function abbreviate(text: string, left: number, width: number): string {
  if (width < 4) return text;
  return abbreviated(text, left, width);
}

/** Shortens a text on both sides. */
export function abbreviateBoth(text: string, left: number, width: number): string {
  if (width < 4 || (left > 0 && width < 7)) return text;
  return abbreviated(text, left, width);
}

function abbreviated(text: string, offset: number, width: number): string {
  const length = byteLength(text);
  if (length <= width) return text;
  const start = Math.min(offset, length);
  const shifted = length - start <= width - 3 ? length - (width - 3) : start;
  if (shifted <= 4) return `${byteSlice(text, 0, width - 3)}...`;
  if (shifted + width - 3 < length) {
    return `...${abbreviated(byteSlice(text, shifted), 0, width - 3)}`;
  }
  return `...${byteSlice(text, length - (width - 3))}`;
}
