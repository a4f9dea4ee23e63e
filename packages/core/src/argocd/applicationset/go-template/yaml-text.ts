/** In which styles YAML can hold a text. Source: go.yaml.in/yaml/v2, emitterc.go. */
export interface TextFacts {
  readonly multiline: boolean;
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

const breaks = /[\n\r\x85\u2028\u2029]/u;
const blanks = /[ \t\n\r\x85\u2028\u2029]/u;
const firstIndicators = new Set('#,[]{}&*!|>\'"%@`');

/** Finds out in which styles a text can be written outside of flow collections. */
export function analyzeText(text: string): TextFacts {
  const chars = [...text];
  const multiline = breaks.test(text);
  const edges = /^[ \n\r\x85\u2028\u2029]|[ \n\r\x85\u2028\u2029]$/u.test(text);
  const breakThenSpace = /[\n\r\x85\u2028\u2029] /u.test(text);
  const unwritable = / [\n\r\x85\u2028\u2029]/u.test(text) || chars.some(isUnprintable);
  const indicators = /^(?:---|\.\.\.)/.test(text) || chars.some((_, at) => isIndicator(chars, at));
  return {
    multiline,
    plainAllowed: !(edges || breakThenSpace || unwritable || multiline || indicators),
    singleAllowed: !(breakThenSpace || unwritable),
    blockAllowed: text !== '' && !(unwritable || text.endsWith(' ')),
  };
}

/** Whether a character would mean something to YAML where it stands. */
function isIndicator(chars: readonly string[], at: number): boolean {
  const char = chars[at] ?? '';
  const next = chars[at + 1];
  const beforeBlank = next === undefined || blanks.test(next);
  if (char === ':') return beforeBlank;
  if (at === 0) return firstIndicators.has(char) || ((char === '?' || char === '-') && beforeBlank);
  return char === '#' && blanks.test(chars[at - 1] ?? '');
}

function isUnprintable(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n' || (code >= 0x20 && code <= 0x7e)) return false;
  return code < 0xa0 || code === 0xfeff || code > 0xffff || (code >= 0xd800 && code <= 0xdfff);
}
