import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitizeName, slugifyName } from './names.ts';
import { renderData } from './render-data.ts';
import { plainDialect, renderText } from './render-text.ts';

const render = (template: string, params: Record<string, unknown>): string =>
  renderText(template, params, plainDialect);

describe('plain templates', () => {
  it.each([
    ['{{a}}-{{ b.c }}', 'x-y'],
    ['{{ path[0] }}', 'first'],
    ['{{missing}} {{n}}', '{{missing}} {{n}}'],
    ['{{ a }} and }} and {{', 'x and }} and {{'],
    ['{{\na}}', '{{\na}}'],
    ['{{ {{a}} }}', '{{ {{a}} }}'],
    ['{{a}}{{}}', 'x{{}}'],
  ])('%j', (template, expected) => {
    const params = { a: 'x', 'b.c': 'y', 'path[0]': 'first', n: 1, '': 'empty' };
    if (template.endsWith('{{'))
      expect(() => render(template, params)).toThrow('Cannot find end tag');
    else expect(render(template, params)).toBe(expected);
  });

  it('do not fill in what was filled in', () => {
    expect(render('{{a}}', { a: '{{b}}', b: 'x' })).toBe('{{b}}');
  });

  it('are untouched without parameters of that name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z{} ]*$/), (text) => {
        fc.pre(!/\{\{(?!.*\}\})/.test(text));
        expect(render(text, {})).toBe(text);
      }),
    );
  });

  it('fill in keys and values of data, and drop null', () => {
    const data = { '{{k}}': ['{{v}}', 1, { a: null, b: '{{v}}' }], c: null };
    expect(renderData(data, { k: 'key', v: 'value' }, plainDialect)).toStrictEqual({
      key: ['value', 1, { b: 'value' }],
    });
  });
});

describe('names', () => {
  it.each([
    ['Node_A.1', 'node-a.1'],
    ['--a--', 'a'],
    ['é', ''],
    ['x'.repeat(300), 'x'.repeat(253)],
  ])('%j becomes %j', (name, expected) => {
    expect(sanitizeName(name)).toBe(expected);
  });

  it('are DNS names', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(sanitizeName(name)).toMatch(/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)?$/);
      }),
    );
  });

  it.each([
    ['one two three', 9, true, 'one-two'],
    ['one two three', 7, true, 'one-two'],
    ['one two three', 6, true, 'one'],
    ['one two three', 6, false, 'one-tw'],
    ['onetwothree', 6, true, 'onetwo'],
    ['a..b__c', 50, true, 'a-b-c'],
  ])('slug of %j within %i', (name, maximum, cutAtWords, expected) => {
    expect(slugifyName(name, { maximum, cutAtWords })).toBe(expected);
  });
});
