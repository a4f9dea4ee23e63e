import { describe, expect, it } from 'vitest';
import type { DiffLine } from '../model.ts';
import { formatLineCounts, unifiedLine, withoutContext } from './shorten-lines.ts';

function linesOf(...lines: readonly string[]): DiffLine[] {
  return lines.map((line) => ({ mark: line.charAt(0) as DiffLine['mark'], text: line.slice(1) }));
}

describe('withoutContext', () => {
  it('says how many lines it leaves out', () => {
    const short = withoutContext(linesOf(' a', ' b', '-c', '+d', ' e', '@', ' f', '+g', '@', '-h'));
    expect(short.map(unifiedLine)).toEqual([
      '@@ 2 unchanged lines left out @@',
      '-c',
      '+d',
      '@@ 1 unchanged line left out @@',
      '@@ 1 unchanged line left out @@',
      '+g',
      '@@',
      '-h',
    ]);
  });

  it('changes nothing without context', () => {
    const lines = linesOf('+a', '@heading', '-b');
    expect(withoutContext(lines)).toEqual(lines);
  });
});

describe('formatLineCounts', () => {
  it.each([
    [['+a', '+b', '-c', ' d'], '+2 -1 lines'],
    [['-c'], '-1 line'],
    [[' c'], 'no lines'],
  ])('%j: %s', (lines, text) => {
    expect(formatLineCounts(linesOf(...lines))).toBe(text);
  });
});
