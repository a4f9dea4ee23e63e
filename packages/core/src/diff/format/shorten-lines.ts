import type { DiffLine } from '../model.ts';
import { countOf, formatCount } from './words.ts';

/** Only what changes: a line says how many unchanged ones are left out. */
export function withoutContext(lines: readonly DiffLine[]): DiffLine[] {
  const kept: DiffLine[] = [];
  let unchanged = 0;
  const flush = (): void => {
    if (unchanged > 0) {
      kept.push({ mark: '@', text: `${countOf(unchanged, 'unchanged line')} left out` });
    }
    unchanged = 0;
  };
  for (const line of lines) {
    if (line.mark === ' ') unchanged += 1;
    else {
      flush();
      // Between two hunks there is nothing more to say once their context is gone.
      if (line.mark !== '@' || line.text !== '' || kept.at(-1)?.mark !== '@') kept.push(line);
    }
  }
  flush();
  return kept;
}

/** How many lines are added and removed: `+3 -2 lines`. */
export function formatLineCounts(lines: readonly DiffLine[]): string {
  const count = (mark: DiffLine['mark']): number =>
    lines.filter((line) => line.mark === mark).length;
  const [added, removed] = [count('+'), count('-')];
  const parts = [
    ...(added > 0 ? [`+${formatCount(added)}`] : []),
    ...(removed > 0 ? [`-${formatCount(removed)}`] : []),
  ];
  return parts.length === 0
    ? 'no lines'
    : `${parts.join(' ')} ${added + removed === 1 ? 'line' : 'lines'}`;
}

/** A line as it stands in a unified diff. */
export function unifiedLine({ mark, text }: DiffLine): string {
  if (mark !== '@') return `${mark}${text}`;
  return text === '' ? '@@' : `@@ ${text} @@`;
}
