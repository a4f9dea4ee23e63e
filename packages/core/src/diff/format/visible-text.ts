/**
 * What does not show as itself: controls, what turns the direction of writing, what has no width, odd
 * blanks, halves of characters. Tabs are left: they are blanks that everyone expects.
 */
const hidden =
  /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]|(?! )\p{Zs}/gu;
const plain = /^[\t\x20-\x7e]*$/;

/** A text in which every invisible character is written out, such as `<U+202E>`. Has no line breaks. */
export function showInvisible(text: string): string {
  return plain.test(text) ? text : text.replace(hidden, codePointName);
}

/** How a character is written out: `<U+0000>`. */
export function codePointName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** JSON of the same value whose invisible characters are escaped: nothing in it acts on a terminal. */
export function escapeJson(json: string): string {
  return json.replace(/[^\n\x20-\x7e]+/g, (text) => text.replace(hidden, escapeUnits));
}

/** The same for JSON inside of a page: no character of it means anything in HTML. */
export function escapeJsonForHtml(json: string): string {
  return escapeJson(json).replace(/[<>&]/g, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** The number of characters as GitLab counts them: code points. */
export function countCharacters(text: string): number {
  let count = text.length;
  if (!/[\ud800-\udbff]/.test(text)) return count;
  for (let index = 0; index < text.length - 1; index += 1) {
    if (isPair(text, index)) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

function isPair(text: string, index: number): boolean {
  const isHigh = (text.charCodeAt(index) & 0xfc00) === 0xd800;
  return isHigh && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

/** The first characters of a text, with an ellipsis when some are left out; never half of one. */
export function clipText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax || countCharacters(text) <= charactersMax) return text;
  return `${firstCharacters(text, Math.max(charactersMax - 1, 0))}…`;
}

/** The first characters of a text, never half of one. */
export function firstCharacters(text: string, count: number): string {
  let end = 0;
  for (let taken = 0; taken < count && end < text.length; taken += 1) {
    end += isPair(text, end) ? 2 : 1;
  }
  return text.slice(0, end);
}
