import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DiffLine } from '../model.ts';
import { splitLines } from './split-lines.ts';

it('puts what goes beside what comes in its place', () => {
  const lines: DiffLine[] = [
    { mark: ' ', text: 'a' },
    { mark: '-', text: 'b' },
    { mark: '-', text: 'c' },
    { mark: '+', text: 'd' },
    { mark: '-', text: 'e' },
    { mark: '@', text: '' },
    { mark: '+', text: 'f' },
  ];
  const [same, b, c, d, e, , f] = lines;
  expect(splitLines(lines)).toEqual([
    { left: same, right: same },
    { left: b, right: d },
    { left: c, right: undefined },
    { left: e, right: undefined },
    { heading: '' },
    { left: undefined, right: f },
  ]);
});

it('loses no line and keeps each side in order', () => {
  const line = fc.record({
    mark: fc.constantFrom<DiffLine['mark']>(' ', '+', '-', '@'),
    text: fc.string({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const rows = splitLines(lines).filter((row) => 'left' in row);
      const side = (mark: DiffLine['mark']): DiffLine[] =>
        lines.filter((one) => one.mark === mark || one.mark === ' ');
      expect(rows.flatMap(({ left }) => left ?? [])).toEqual(side('-'));
      expect(rows.flatMap(({ right }) => right ?? [])).toEqual(side('+'));
    }),
  );
});
