import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder, readFences } from './spec-text.ts';

/** One place where our object differs from the spec's, as docs/deviations.md lists it. */
export interface ListedDifference {
  /** Id of the deviation that it belongs to. */
  readonly id: string;
  /** Line of docs/deviations.md. */
  readonly listedAt: number;
  readonly specLine: number;
  readonly quote: string;
  readonly object: string;
  readonly field: string;
  /** Undefined where we have nothing in that place. */
  readonly ours: unknown;
}

/** One deviation: a section of docs/deviations.md. */
export interface Deviation {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly differences: readonly ListedDifference[];
}

export function readDeviationsDocument(): string {
  return readFileSync(join(projectFolder, 'docs', 'deviations.md'), 'utf8');
}

/** Reads the sections `### id: title` of the document and the rows of their tables. */
export function parseDeviations(markdown: string): Deviation[] {
  const lines = markdown.split('\n');
  const starts = lines.flatMap((line, index) => (/^### [-a-z0-9]+: /.test(line) ? [index] : []));
  return starts.map((start) => {
    const end = lines.findIndex((line, index) => index > start && /^#{1,3} /.test(line));
    const section = lines.slice(start, end === -1 ? undefined : end);
    const [, id = '', title = ''] = /^### ([-a-z0-9]+): (.*)$/.exec(section[0] ?? '') ?? [];
    const text = section.join('\n');
    return { id, title, text, differences: parseRows(id, section, start + 1) };
  });
}

function parseRows(id: string, section: readonly string[], firstLine: number): ListedDifference[] {
  const block = readFences(section.join('\n'))[0]?.text;
  return section.flatMap((line, index) => {
    const cells = tableCells(line);
    if (!/^\d+$/.test(cells[0] ?? '')) return [];
    const [specLine = '', quote = '', objects = '', field = '', ours = ''] = cells;
    const row = {
      id,
      listedAt: firstLine + index,
      specLine: Number(specLine),
      quote: code(quote),
      field: code(field),
      ours: parseOurs(ours, block),
    };
    return expandBraces(code(objects)).map((object) => ({ ...row, object }));
  });
}

function tableCells(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function code(cell: string): string {
  const match = /^(`+) ?(.*?) ?\1$/.exec(cell);
  if (match?.[2] === undefined) throw new Error(`expected code in backticks, found ${cell}`);
  return match[2];
}

function parseOurs(cell: string, block: string | undefined): unknown {
  if (cell === 'nothing') return undefined;
  if (cell !== 'the text below') return JSON.parse(code(cell)) as unknown;
  if (block === undefined) throw new Error('expected a block of text below the table');
  return `${block}\n`;
}

/** `a/{b,c}/d` stands for `a/b/d` and `a/c/d`. */
function expandBraces(text: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/.exec(text);
  if (match === null) return [text];
  const [, before = '', options = '', after = ''] = match;
  return options.split(',').flatMap((option) => expandBraces(`${before}${option}${after}`));
}

/** One added field, as the table under "Additions" lists it. */
export interface ListedAddition {
  readonly object: string;
  readonly field: string;
  readonly ours: unknown;
}

export function parseAdditions(markdown: string): ListedAddition[] {
  return tableRows(markdown, 'Additions').flatMap(([objects = '', field = '', ours = '']) =>
    expandBraces(code(objects)).map((object) => ({
      object,
      field: code(field),
      ours: JSON.parse(code(ours)) as unknown,
    })),
  );
}

/** Names in the spec's drawings beside the names in its YAML. */
export function parseNames(markdown: string): [drawing: string, yaml: string][] {
  return tableRows(markdown, 'Names').map(([drawing = '', yaml = '']) => [
    code(drawing),
    code(yaml),
  ]);
}

/** The body of the table in a section `## heading`. */
function tableRows(markdown: string, heading: string): string[][] {
  const [, section = ''] = markdown.split(`\n## ${heading}\n`);
  const body = section.split('\n## ')[0] ?? '';
  const rows = body.split('\n').map(tableCells);
  return rows.filter((cells) => cells[0]?.startsWith('`') === true);
}
