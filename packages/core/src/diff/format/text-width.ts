import { firstCharacters } from './visible-text.ts';

/** Characters that take two columns of a terminal. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Marks that stand over the character before them. */
const narrow = /\p{Mn}|\p{Me}/u;
const plain = /^[\x20-\x7e]*$/;

/** How many columns of a terminal a text takes; it has no control characters. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** A text in exactly so many columns: filled with blanks, or cut with an ellipsis. */
export function fitWidth(text: string, columns: number): string {
  const width = textWidth(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  if (columns <= 0) return '';
  const { end, taken } = prefix(text, columns - 1);
  return `${text.slice(0, end)}…${' '.repeat(columns - 1 - taken)}`;
}

/** A text filled with blanks to so many columns. */
export function padWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

function prefix(text: string, columns: number): { end: number; taken: number } {
  let [end, taken] = [0, 0];
  while (end < text.length) {
    const character = firstCharacters(text.slice(end, end + 2), 1);
    const width = characterWidth(character);
    if (taken + width > columns) break;
    taken += width;
    end += character.length;
  }
  return { end, taken };
}

function characterWidth(character: string): number {
  if (plain.test(character)) return 1;
  if (narrow.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
