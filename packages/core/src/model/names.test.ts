import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDnsLabel, isName } from './names.ts';

describe('names', () => {
  it.each<[text: string, label: boolean, name: boolean]>([
    ['node-alpha', true, true],
    ['a', true, true],
    ['7', true, false],
    ['7up', true, false],
    ['a--b', true, true],
    ['a'.repeat(63), true, true],
    ['a'.repeat(64), false, false],
    ['', false, false],
    ['-a', false, false],
    ['a-', false, false],
    ['A', false, false],
    ['a.b', false, false],
    ['a_b', false, false],
    ['a b', false, false],
    ['a\n', false, false],
    ['ä', false, false],
    ['../x', false, false],
  ])('%j: DNS label %s, name %s', (text, label, name) => {
    expect(isDnsLabel(text)).toBe(label);
    expect(isName(text)).toBe(name);
  });

  it('are labels when they are names', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab09-.A ') }), (text) => {
        expect(isName(text) && !isDnsLabel(text)).toBe(false);
      }),
    );
  });
});
