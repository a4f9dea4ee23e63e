import { clipText, codePointName, firstCharacters, showInvisible } from './visible-text.ts';

/**
 * Texts of others inside of Markdown that GitLab shows. GitLab looks for references (`@user`, `#1`,
 * `!2`, `~label`, hashes of commits) and addresses in what it has rendered, so escaping them does not
 * help; it leaves code alone. Whatever is not plain words becomes code.
 */

const inlineMax = 300;

/** A text as inline code. A text of one line, of some hundred characters at most. */
export function codeSpan(text: string): string {
  const shown = clipText(showInvisible(text), inlineMax);
  if (shown === '') return '(empty)';
  const ticks = '`'.repeat(longestRun(shown) + 1);
  const pad = /^`|`$|^ .* $/.test(shown) ? ' ' : '';
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** Inline code in a table: a pipe would end the cell, whatever stands before it. */
export function cellSpan(text: string): string {
  return codeSpan(text.replaceAll('|', codePointName('|')));
}

/** Several names as inline code; an ellipsis when there are more than are shown. */
export function codeSpans(
  names: readonly string[],
  shown: number = names.length,
  span: (text: string) => string = codeSpan,
): string {
  const parts = names.slice(0, shown).map(span);
  return [...parts, ...(names.length > shown ? ['…'] : [])].join(', ');
}

/** Words that mean nothing to Markdown and GitLab. A hash of a commit would become a link. */
const plainWord = /^\(?(?:\p{L}+(?:[-'’]\p{L}+)*|\d{1,6})\)?[,.;:]?$/u;
const hash = /^\(?[0-9a-f]{7,}/i;

/** A sentence in which whatever is not a plain word is code. Not for the beginning of a line. */
export function prose(sentence: string): string {
  const words = clipText(showInvisible(sentence), inlineMax * 3).split(/[\t ]+/);
  const parts: string[] = [];
  let code: string[] = [];
  const flush = (after: string): void => {
    if (code.length > 0) parts.push(`${codeSpan(code.join(' '))}${after}`);
    code = [];
  };
  for (const word of words.filter((one) => one !== '')) {
    if (plainWord.test(word) && !hash.test(word)) {
      flush('');
      parts.push(word);
    } else {
      const [, text = '', mark = ''] = /^(.+?)([,.;:]?)$/.exec(word) ?? [];
      code.push(text);
      if (mark !== '') flush(mark);
    }
  }
  flush('');
  return parts.join(' ');
}

/** The same in a table. */
export function cellProse(sentence: string): string {
  return prose(sentence.replaceAll('|', codePointName('|')));
}

/** A text as code inside of an HTML block, such as a summary: one line in which nothing is markup. */
export function htmlCode(text: string): string {
  return text === ''
    ? '(empty)'
    : `<code>${escapeMarkup(clipText(showInvisible(text), inlineMax))}</code>`;
}

function escapeMarkup(text: string): string {
  return text.replace(
    /[^\p{L}\p{N}\p{M}\p{S} ,./-]|[<>`~|$^]/gu,
    (character) => `&#${character.codePointAt(0) ?? 0};`,
  );
}

/** A block of code that nothing in its lines can end. No line of it begins with a slash. */
export function fence(lines: readonly string[], language: string): string {
  const longest = lines.reduce((most, line) => Math.max(most, longestRun(line)), 0);
  const ticks = '`'.repeat(Math.max(3, longest + 1));
  return `${ticks}${language}\n${lines.map((line) => `${line}\n`).join('')}${ticks}\n\n`;
}

/** A line of code, cut to some characters with a word about how many are missing. */
export function clipLine(line: string, charactersMax: number): string {
  if (line.length <= charactersMax) return line;
  const first = firstCharacters(line, charactersMax);
  return first === line ? line : `${first} … (a line of ${line.length} characters)`;
}

function longestRun(text: string): number {
  if (!text.includes('`')) return 0;
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

/** A link target that can stand in angle brackets, or undefined when it is no web address. */
export function safeUrl(url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:\/\//i.test(url)) return undefined;
  return url.replace(/[^\w.~:/?#@!$&'()*+,;=%-]/gu, (character) =>
    /\p{Cs}/u.test(character) ? '' : encodeURIComponent(character),
  );
}
