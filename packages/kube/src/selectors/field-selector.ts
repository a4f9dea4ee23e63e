import { badRequest } from '../status/status-error.ts';

export interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}
export type FieldSelector = readonly FieldTerm[];

/** Reads a field selector: terms `path=value`, `path==value` and `path!=value`, joined by commas. */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
}

function splitTerms(text: string): string[] {
  const out: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === ',') {
      out.push(text.slice(start, index));
      start = index + 1;
    }
  }
  out.push(text.slice(start));
  return out;
}

function parseTerm(term: string, whole: string): FieldTerm {
  for (let index = 0; index < term.length; index += 1) {
    if (term.startsWith('!=', index)) {
      return {
        field: term.slice(0, index),
        value: unescapeValue(term.slice(index + 2)),
        equal: false,
      };
    }
    if (term[index] === '=') {
      const skip = term[index + 1] === '=' ? 2 : 1;
      return {
        field: term.slice(0, index),
        value: unescapeValue(term.slice(index + skip)),
        equal: true,
      };
    }
  }
  throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
}

function unescapeValue(value: string): string {
  return value.replace(/\\(.?)|[,=]/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined)
      throw badRequest(
        `invalid field selector: unescaped character in value: ${found.codePointAt(0) ?? 0}`,
      );
    if (!['\\', ',', '='].includes(escaped))
      throw badRequest(`invalid field selector: invalid escape sequence: ${found}`);
    return escaped;
  });
}

/** Whether an object meets a selector; `read` gives the text of one of its fields. */
export function matchesFields(selector: FieldSelector, read: (field: string) => string): boolean {
  return selector.every((term) => (read(term.field) === term.value) === term.equal);
}
