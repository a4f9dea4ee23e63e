import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatYaml, formatYamlDocuments, quoteYaml } from './format-yaml.ts';
import { parseYaml, parseYamlDocuments } from './parse-yaml.ts';

function read(text: string): unknown {
  return parseYaml(text, 'f.yaml').value;
}

/** Plain scalars that Helm 4.1 (sigs.k8s.io/yaml) reads as anything but this text: seen by asking it. */
const readDifferentlyByHelm =
  `on yes no y n off True TRUE ~ Null 0o7 07 1_000 0x1F 0b11 1e3 .5 5. +1 1. 08
-0 1__0 12e03 0X1f 0B11 0O7 1_0.5 0_7 1_000_ 1e_3 .1_0 +0x1F -0b1 -0o7 +.5 0x1_F 9223372036854775808 1E5
1e+5 0. 00 -00 Y N Yes ON Off NULL 0.1e-5 1_ -_1 +_1 -.5e1 0x_1F .inf -.Inf .NaN null true false`.split(
    /\s+/,
  );

describe('formatYaml', () => {
  it.each(readDifferentlyByHelm)('quotes the text %s', (text) => {
    expect(formatYaml({ a: text })).toBe(`a: "${text}"\n`);
    expect(formatYaml({ [text]: 'x' })).toBe(`"${text}": x\n`);
    expect(formatYaml([text])).toBe(`- "${text}"\n`);
  });

  it.each(['1:30', '2024-01-01', '2024-01-01T10:00:00Z', '<<', '=', '190:20:30', '1.2.3'])(
    'quotes the text %s, which other YAML 1.1 readers take for another type',
    (text) => {
      expect(formatYaml({ a: text })).toBe(`a: "${text}"\n`);
    },
  );

  it.each(['v1.2.0', '5s', '500m', '1Gi', '8h', 'node-alpha', 'a b', 'http://x:80/y', 'nothing'])(
    'leaves the text %s plain',
    (text) => {
      expect(formatYaml({ a: text })).toBe(`a: ${text}\n`);
    },
  );

  it.each<[name: string, value: unknown, text: string]>([
    ['a mapping', { a: 1, b: { c: true, d: null } }, 'a: 1\nb:\n  c: true\n  d: null\n'],
    ['a list at the level of its key', { a: [1, { b: 2, c: 3 }] }, 'a:\n- 1\n- b: 2\n  c: 3\n'],
    ['empty collections', { a: {}, b: [] }, 'a: {}\nb: []\n'],
    ['several lines as a block', { a: 'x\ny\n' }, 'a: |\n  x\n  y\n'],
    ['several lines without the last break', { a: 'x\n\ny' }, 'a: |-\n  x\n\n  y\n'],
    ['an indented first line in quotes', { a: ' x\ny' }, 'a: " x\\ny"\n'],
    ['a carriage return in quotes', { a: 'x\r\ny' }, 'a: "x\\r\\ny"\n'],
    ['a line separator in quotes', { a: 'x\u2028y' }, 'a: "x\\u2028y"\n'],
    ['a control character in quotes', { a: 'x\u007fy' }, 'a: "x\\u007fy"\n'],
    ['a byte order mark in quotes', { '\ufeffa': 1 }, '"\\ufeffa": 1\n'],
    ['data that is used twice, twice', twice({ b: 1 }), 'a:\n  b: 1\nc:\n  b: 1\n'],
  ])('writes %s', (_, value, text) => {
    expect(formatYaml(value)).toBe(text);
    expect(read(text)).toStrictEqual(value);
  });

  it('never folds a long line', () => {
    const long = 'many words in a long line '.repeat(40).trim();
    const url = `https://example.com/${'a/'.repeat(300)}`;
    const value = { long, url, quoted: `: ${long}`, list: [long], nested: { deep: { long } } };
    expect(formatYaml(value).split('\n')).toHaveLength(9);
    expect(read(formatYaml(value))).toStrictEqual(value);
  });

  it('puts a comment above', () => {
    expect(formatYaml({ a: 1 }, { comment: 'one\n\ntwo' })).toBe('# one\n#\n# two\na: 1\n');
  });

  it('gives back any data', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), (value) => {
        const data: unknown = JSON.parse(JSON.stringify(value));
        expect(read(formatYaml(data))).toStrictEqual(data);
      }),
      { numRuns: 500 },
    );
  });

  it('gives back any text, as value, item and key', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text !== '__proto__');
        const data = { a: text, b: [text, { c: text }], d: { [text]: 1 } };
        expect(read(formatYaml(data))).toStrictEqual(data);
      }),
      { numRuns: 2000 },
    );
  });

  it('writes the same for the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(formatYaml(structuredClone(value))).toBe(formatYaml(value));
      }),
    );
  });
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...readDifferentlyByHelm, '', ' ', '\n', ' \n', '\t', 'x\n\n', 'x\n ', '---\nx'),
  fc.string({ unit: fc.constantFrom(...'0123_.-+eExXoObB:,# \n\t\r"\'|>\\') }),
);

function twice(value: object): object {
  return { a: value, c: value };
}

describe('quoteYaml', () => {
  it('stays on one line and gives back any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quoteYaml(text)).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
        expect(read(quoteYaml(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('formatYamlDocuments', () => {
  it('separates documents and gives them back', () => {
    const text = formatYamlDocuments([{ a: 1 }, { b: '---' }], { comment: 'c' });
    expect(text).toBe('# c\na: 1\n---\nb: ---\n');
    expect(parseYamlDocuments(text, 'f').map(({ value }) => value)).toStrictEqual([
      { a: 1 },
      { b: '---' },
    ]);
  });
});
