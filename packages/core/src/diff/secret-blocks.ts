import { quotedAt } from './secret-assignments.ts';
import { allMatches, type Span } from './spans.ts';

const secretKind =
  /^[ \t]*(?:-[ \t]+)?["']?kind["']?[ \t]*:[ \t]*["']?secret(?:list)?["']?[ \t\r]*(?:#.*)?$/im;
/** Says no quickly for most texts. */
const kindOfSecret = /kind\\{0,7}["']?\s{0,4}:\s{0,4}\\{0,7}["']?secret/i;
const jsonSecretKind =
  /kind\\{0,7}["']?\s{0,4}:\s{0,4}\\{0,7}["']?secret(?:list)?\\{0,7}["']?\s{0,4}[,}]/i;

/** Whether a text may have a Kubernetes Secret in it, as YAML or JSON. */
export function mentionsSecret(text: string): boolean {
  return kindOfSecret.test(text) && (secretKind.test(text) || jsonSecretKind.test(text));
}

const none: readonly Span[] = [];
/** Length of a text that says that it is a Secret. */
const kindLengthMin = 12;

/** Values of the Kubernetes Secrets that are written in a text. */
export function findSecretBlocks(text: string): readonly Span[] {
  if (text.length < kindLengthMin || !kindOfSecret.test(text)) return none;
  const spans = jsonSecretKind.test(text) ? findBraces(text) : [];
  if (!secretKind.test(text)) return spans;
  for (const { start, end } of documentsOf(text)) {
    const document = text.slice(start, end);
    if (!secretKind.test(document)) continue;
    for (const span of findLines(document)) {
      spans.push({ start: start + span.start, end: start + span.end });
    }
  }
  return spans;
}

const separator = /^[ \t]*---/gm;

function documentsOf(text: string): Span[] {
  const documents: Span[] = [];
  let start = 0;
  for (const { index } of allMatches(text, separator)) {
    documents.push({ start, end: index });
    start = index;
  }
  documents.push({ start, end: text.length });
  return documents;
}

const dataLine = /^([ \t]*(?:-[ \t]+)?)["']?(?:data|stringData|binaryData)["']?[ \t]*:[ \t]*(.*)$/;
const entryKey =
  /^(?:-[ \t]+)?(?:"[^"\n]{0,256}"|'[^'\n]{0,256}'|[\w./-]{1,256})[ \t]*:(?:[ \t]+|$)/;

/** Everything below `data` and its like, except keys. */
function findLines(text: string): Span[] {
  const spans: Span[] = [];
  /** Columns before the last `data`; undefined behind it. */
  let indent: number | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    const columns = line.length - line.trimStart().length;
    const isBlank = columns === line.length;
    if (!isBlank && columns <= (indent ?? -1)) indent = undefined;
    const data = indent === undefined ? dataAt(line) : undefined;
    if (data !== undefined) indent = data.before;
    if (indent !== undefined && !isBlank) {
      const from = data?.value ?? valueStart(line, columns);
      if (!isHeader(line.slice(from), from > columns)) spans.push(tailOf(line, start, from));
    }
    start += line.length + 1;
  }
  return spans;
}

/** Columns before `data` and its like, and where what is behind it begins. */
function dataAt(line: string): { before: number; value: number } | undefined {
  const [whole, before = '', rest = ''] = dataLine.exec(line) ?? [];
  if (whole === undefined) return undefined;
  return { before: before.length, value: line.length - rest.length };
}

/** Whether what is behind a key says that its value stands in the lines below. */
function isHeader(rest: string, hasKey: boolean): boolean {
  return hasKey && /^(?:[|>][-+\d]{0,2})?\s*(?:#.*)?$/.test(rest);
}

/** Where the value of a line begins: behind its key, if it has one. */
function valueStart(line: string, columns: number): number {
  return columns + (entryKey.exec(line.slice(columns))?.[0].length ?? 0);
}

/** The rest of a line, without quotes around it. */
function tailOf(line: string, start: number, from: number): Span {
  const end = line.trimEnd().length;
  const quoted = quotedAt(line, from);
  const isWhole = quoted !== undefined && quoted.end >= end - 1;
  return isWhole
    ? { start: start + quoted.start, end: start + quoted.end }
    : { start: start + from, end: start + end };
}

const openBrace = /"(?:data|stringData|binaryData)\\{0,7}"\s{0,4}:\s{0,4}\{/g;

/** What is between the braces of `"data": {...}` and its like. */
function findBraces(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of allMatches(text, openBrace)) {
    const start = match.index + match[0].length;
    if (start >= from) from = pushTexts(text, start, spans);
  }
  return spans;
}

/** Adds the texts behind colons, up to the closing brace. Returns where that is. */
function pushTexts(text: string, start: number, spans: Span[]): number {
  const token = /[{}"]|\\{1,7}"/g;
  token.lastIndex = start;
  let depth = 1;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth += 1;
    if (match[0] === '}') depth -= 1;
    if (depth === 0) return token.lastIndex;
    if (!match[0].endsWith('"')) continue;
    const quoted = quotedAt(text, match.index);
    if (quoted === undefined) break;
    const isValue = /:\s{0,8}$/.test(text.slice(Math.max(start - 1, match.index - 9), match.index));
    if (isValue) spans.push(quoted);
    token.lastIndex = quoted.end + match[0].length;
  }
  return text.length;
}
