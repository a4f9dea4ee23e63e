import { describe, expect, it } from 'vitest';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import { formatSelector, matchesLabels, parseLabelSelector, selectorOf } from './label-selector.ts';

describe('label selectors', () => {
  it.each([
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a in (x, y)', { a: 'y' }, true],
    ['a notin (x)', {}, true],
    ['a in (,x)', { a: '' }, true],
    ['a>3', { a: '4' }, true],
    ['a<3', { a: 'x' }, false],
    ['a=b,c', { a: 'b' }, false],
    ['', {}, true],
  ])('%s takes %j: %s', (text, labels, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels as Record<string, string>)).toBe(
      expected,
    );
  });

  it.each([
    ['a=>b', "unable to parse requirement: found '>', expected: identifier"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it('reads and writes the selectors of objects', () => {
    const selector = selectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
    });
    expect(formatSelector(selector)).toBe('app=web,tier in (a,b)');
  });
});

describe('field selectors', () => {
  it('reads terms with escapes', () => {
    const selector = parseFieldSelector('metadata.name=a\\,b,spec.x!=y');
    expect(selector).toEqual([
      { field: 'metadata.name', value: 'a,b', equal: true },
      { field: 'spec.x', value: 'y', equal: false },
    ]);
    expect(matchesFields(selector, (field) => (field === 'spec.x' ? 'z' : 'a,b'))).toBe(true);
  });
});
