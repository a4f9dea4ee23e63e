import { intAt, textAt, textFunction, type GoFunction } from '../go-function.ts';
import { GoList, type GoValue } from '../go-value.ts';
import { UnsupportedTemplateError } from '../template-error.ts';

/** Regular expressions. Source: Masterminds/sprig v3.3.0, regex.go, and Go's regexp. */
const plain: Readonly<Record<string, GoFunction>> = {
  regexMatch: textFunction(2, (pattern, text) => compile(pattern).test(text)),
  regexFind: textFunction(2, (pattern, text) => compile(pattern).exec(text)?.[0] ?? ''),
  regexFindAll: counted((pattern, text, count) =>
    [...text.matchAll(compile(pattern))]
      .slice(0, count < 0 ? undefined : count)
      .map(([all]) => all),
  ),
  regexReplaceAll: textFunction(3, (pattern, text, replacement) =>
    text.replaceAll(compile(pattern), (...match) => expand(replacement, match)),
  ),
  regexReplaceAllLiteral: textFunction(3, (pattern, text, replacement) =>
    text.replaceAll(compile(pattern), () => replacement),
  ),
  regexSplit: counted(split),
};

const withMust = Object.entries(plain).map(
  ([name, made]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, made] as const,
);

export const regexFunctions: Readonly<Record<string, GoFunction>> = {
  ...plain,
  ...Object.fromEntries(withMust),
  regexQuoteMeta: textFunction(1, (text) =>
    text.replaceAll(/[\\.+*?()|[\]{}^$]/g, (char) => `\\${char}`),
  ),
};

function counted(run: (pattern: string, text: string, count: number) => string[]): GoFunction {
  return {
    parameters: ['string', 'string', 'int'],
    run: (args): GoValue =>
      new GoList(run(textAt(args, 0), textAt(args, 1), intAt(args, 2)), 'string'),
  };
}

/** What Go's and JavaScript's expressions do not read alike, or only one of them knows. */
const different = /\(\?(?!:|P<)|\\[1-9AzQECpPxkGuc]|\[\[:|\\[^\w\s\\^$.*+?()[\]{}|/-]/;

/** Compiles what Go and JavaScript understand alike, with leading flags; refuses the rest. */
function compile(pattern: string): RegExp {
  const [lead = '', flags = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  const body = pattern.slice(lead.length);
  if (different.test(body)) {
    throw new UnsupportedTemplateError(
      `regular expression ${JSON.stringify(pattern)} in a template`,
    );
  }
  try {
    return new RegExp(body.replaceAll('(?P<', '(?<'), `g${flags}`);
  } catch {
    throw new Error(`error parsing regexp: invalid expression: \`${pattern}\``);
  }
}

/** Fills in `$1`, `${1}` and `${name}`; `$$` is a dollar. A name is as long as it can be. */
function expand(replacement: string, match: readonly unknown[]): string {
  const named = match.at(-1);
  const groups = typeof named === 'object' && named !== null ? named : {};
  return replacement.replaceAll(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (_: string, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      const value: unknown = /^[0-9]+$/.test(name)
        ? match.slice(0, groupCount(match))[Number(name)]
        : (groups as Readonly<Record<string, unknown>>)[name];
      return typeof value === 'string' ? value : '';
    },
  );
}

/** How many of a match's arguments are groups: those before the position. */
function groupCount(match: readonly unknown[]): number {
  return match.findIndex((part) => typeof part === 'number');
}

function split(pattern: string, text: string, count: number): string[] {
  if (count === 0) return [];
  if (pattern !== '' && text === '') return [''];
  const parts: string[] = [];
  let [begin, end] = [0, 0];
  for (const match of text.matchAll(compile(pattern))) {
    if (count > 0 && parts.length === count - 1) break;
    end = match.index;
    if (match.index + match[0].length !== 0) parts.push(text.slice(begin, end));
    begin = match.index + match[0].length;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}
