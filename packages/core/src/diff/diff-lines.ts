import { structuredPatch } from 'diff';
import { dump } from 'js-yaml';
import { canonical } from './compare-objects.ts';
import type { DiffLine } from './model.ts';

const contextLines = 3;

/** An object as canonical YAML. */
export function yamlOf(object: unknown): string {
  return dump(canonical(object), { lineWidth: -1, noRefs: true, noCompatMode: true });
}

/** The canonical YAML of two objects as lines of a unified diff; one side may be missing. */
export function diffLines(before: unknown, after: unknown): DiffLine[] {
  const [from, to] = [before, after].map((side) => (side === undefined ? '' : yamlOf(side)));
  if (from === to) return [];
  if (before === undefined || after === undefined) {
    const mark = before === undefined ? '+' : '-';
    return linesOf(before === undefined ? to : from).map((text) => ({ mark, text }));
  }
  const patch = structuredPatch('', '', from ?? '', to ?? '', '', '', { context: contextLines });
  return patch.hunks.flatMap((hunk, index): DiffLine[] => [
    ...(index === 0 ? [] : [{ mark: '@' as const, text: '' }]),
    ...hunk.lines
      .filter((line) => !line.startsWith('\\'))
      .map((line): DiffLine => ({ mark: markOf(line), text: line.slice(1) })),
  ]);
}

function markOf(line: string): DiffLine['mark'] {
  const mark = line.charAt(0);
  return mark === '+' || mark === '-' ? mark : ' ';
}

function linesOf(text: string | undefined): string[] {
  return (text ?? '').replace(/\n$/, '').split('\n');
}
