import type { DiffLine } from '../model.ts';

/** A row of a side-by-side view: a line on each side, or a heading over both. */
export type SplitRow =
  | { readonly heading: string }
  | { readonly left: DiffLine | undefined; readonly right: DiffLine | undefined };

/** Puts lines side by side: those that go stand beside those that come in their place. */
export function splitLines(lines: readonly DiffLine[]): SplitRow[] {
  const rows: SplitRow[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      rows.push({ left: removed[index], right: added[index] });
    }
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    if (line.mark === '-') {
      if (added.length > 0) flush();
      removed.push(line);
    } else if (line.mark === '+') added.push(line);
    else {
      flush();
      rows.push(line.mark === '@' ? { heading: line.text } : { left: line, right: line });
    }
  }
  flush();
  return rows;
}
