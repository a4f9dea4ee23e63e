import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { parseYaml, parseYamlDocuments, yamlSizeBytesMax } from './parse-yaml.ts';

function read(text: string): unknown {
  return parseYaml(text, 'f.yaml').value;
}

function faults(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const all = error.diagnostics.length > 0 ? error.diagnostics : [error];
    return all.map(({ position, message }) => `${position?.line}:${position?.column} ${message}`);
  }
  return [];
}

describe('parseYaml reads', () => {
  it.each<[name: string, text: string, value: unknown]>([
    ['nothing', '', undefined],
    ['only comments', '# c\n', undefined],
    ['an empty document', '---\n', undefined],
    ['null', '~\n', null],
    ['scalars', 'a: 1\nb: x\nc: true\nd:\ne: 1.5\n', { a: 1, b: 'x', c: true, d: null, e: 1.5 }],
    ['quoted numbers as texts', 'a: "1.0"\nb: \'1\'\n', { a: '1.0', b: '1' }],
    ['a byte order mark', '\ufeffa: 1\n', { a: 1 }],
    ['CRLF', 'a: 1\r\nb: |\r\n  x\r\n  y\r\n', { a: 1, b: 'x\ny\n' }],
    ['keys that are numbers', '1: a\ntrue: b\n', { 1: 'a', true: 'b' }],
    [
      'an anchor used before it is given again',
      'a: &x 1\nb: *x\nc: &x 2\nd: *x\n',
      { a: 1, b: 1, c: 2, d: 2 },
    ],
    [
      'an alias within what an alias stands for',
      'a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\n',
      { a: 1, b: [1], c: 2, d: [1] },
    ],
    ['an alias as key', 'a: &x k\n*x : 1\n', { a: 'k', k: 1 }],
    [
      'a merge key; the own value wins, wherever it is',
      'a: &x {p: 1, q: 1}\nb: {q: 2, <<: *x}\nc: {<<: *x, q: 2}\n',
      { a: { p: 1, q: 1 }, b: { q: 2, p: 1 }, c: { p: 1, q: 2 } },
    ],
    [
      'a merge of several; the first wins',
      'a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}\n',
      { a: { p: 1 }, b: { p: 2, q: 2 }, c: { p: 1, q: 2 } },
    ],
    ['a quoted << as a key like any other', '"<<": {p: 1}\n', { '<<': { p: 1 } }],
    ['a tagged date as its text', 'a: !!timestamp 2024-01-01\n', { a: '2024-01-01' }],
    ['an unknown tag as its text', 'a: !mine x\n', { a: 'x' }],
    [
      'brackets in texts',
      `a: |\n${'  [[[{{{\n'.repeat(500)}b: 1\n`,
      { a: '[[[{{{\n'.repeat(500), b: 1 },
    ],
  ])('%s', (_, text, value) => {
    expect(read(text)).toStrictEqual(value);
  });

  it('booleans and numbers by YAML 1.2, where Helm follows YAML 1.1', () => {
    // Helm 4.1 reads: on, yes, y as true; 0o7 and 07 as 7; 010 as 8; 1_000 as 1000; 0b11 as 3.
    const text = '[on, yes, y, 0o7, 07, 010, 1_000, 0b11, 0x1F, 1:30, 2024-01-01, True, ~]';
    expect(read(text)).toStrictEqual([
      ...['on', 'yes', 'y', 7, 7, 10, '1_000', '0b11', 31, '1:30', '2024-01-01', true, null],
    ]);
  });

  it('keys that objects inherit as keys of their own', () => {
    const value = read('__proto__: {admin: true}\nconstructor: 1\n') as Record<string, unknown>;
    expect(Object.keys(value)).toStrictEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value['admin']).toBeUndefined();
    expect({}).not.toHaveProperty('admin');
  });

  it('__proto__ in a merge as a key too', () => {
    const value = read('a: &x {__proto__: {admin: true}}\nb: {<<: *x}\n') as { b: object };
    expect(Object.keys(value.b)).toStrictEqual(['__proto__']);
    expect(value.b).not.toHaveProperty('admin');
  });

  it('several documents, without the empty ones', () => {
    const documents = parseYamlDocuments('---\na: 1\n---\n# c\n---\na: 2\n...\n', 'f');
    expect(documents.map(({ value }) => value)).toStrictEqual([{ a: 1 }, { a: 2 }]);
    expect(documents[1]?.positionOf(['a'])).toStrictEqual({ file: 'f', line: 6, column: 4 });
  });

  it('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.stringify(read(JSON.stringify(value)))).toBe(JSON.stringify(value));
      }),
      { numRuns: 300 },
    );
  });
});

describe('parseYaml refuses', () => {
  it.each<[name: string, text: string, expected: string[]]>([
    [
      'duplicate keys',
      'a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n',
      ['5:3 duplicate key; expected every key once'],
    ],
    [
      'every duplicate key at once',
      'a: 1\na: 2\nb: 1\nb: 2\n',
      ['2:1 duplicate key; expected every key once', '4:1 duplicate key; expected every key once'],
    ],
    [
      'keys that differ in type only',
      '1: a\n"1": b\n',
      ['2:1 duplicate key; expected every key once'],
    ],
    ['duplicate keys in flow', '{a: 1, a: 2}', ['1:8 duplicate key; expected every key once']],
    [
      'duplicate keys within an anchor once',
      'a: &x {b: 1, b: 2}\nc: *x\nd: *x\n',
      ['1:14 duplicate key; expected every key once'],
    ],
    ['an alias without anchor', 'a: 1\nb: *x\n', ['2:4 alias "*x" refers to no anchor']],
    ['an alias before its anchor', 'a: *x\nb: &x 1\n', ['1:4 alias "*x" refers to no anchor']],
    [
      'an alias within itself',
      'a: &x\n  b: *x\n',
      ['2:6 alias "*x" is part of what it stands for'],
    ],
    [
      'aliases within each other',
      'a: &x [&y [*x], *y]\n',
      ['1:12 alias "*x" is part of what it stands for'],
    ],
    [
      'a merge of no mapping',
      'a: &x 1\nb:\n  <<: *x\n',
      ['3:7 a merge key takes a mapping or a list of mappings'],
    ],
    [
      'a mapping as key, such as a template without quotes',
      'a: {{ x }}\n',
      ['1:5 a key is a collection; expected a text'],
    ],
    ['several documents', 'a: 1\n---\nb: 2\n', ['3:1 expected one YAML document, found several']],
  ])('%s', (_, text, expected) => {
    expect(faults(text)).toStrictEqual(expected);
  });

  it.each<[name: string, text: string, place: RegExp]>([
    ['tabs as indentation', 'a:\n\tb: 1\n', /^2:1 not valid YAML: tabs/],
    ['an open bracket', 'a: 1\nb: [1, 2\n', /^3:1 not valid YAML: flow/],
    ['an open quote', 'a: "x\n', /^2:1 not valid YAML: missing closing "quote/],
    ['a mapping within a line', 'a: b: c\n', /^1:4 not valid YAML: nested mappings/],
    ['a fault behind CRLF', 'a: 1\r\nb: 2\r\n  c: [\r\n', /^2:4 not valid YAML/],
    ['a fault behind a byte order mark', '\ufeffa: b: c\n', /^1:4 not valid YAML/],
  ])('%s', (_, text, place) => {
    expect(faults(text)[0]).toMatch(place);
  });

  it('more text than its limit, before reading it', () => {
    expect(faults('x'.repeat(yamlSizeBytesMax + 1))).toStrictEqual([
      'undefined:undefined the file has 5242881 characters; expected 5242880 at most',
    ]);
  });

  it.each<[name: string, text: string, column: number]>([
    ['lists in a line', '- '.repeat(100_000), 203],
    ['explicit keys in a line', '? '.repeat(100_000), 203],
    ['open brackets', '['.repeat(1_000_000), 102],
    ['open braces', '{a: '.repeat(1000), 405],
    ['brackets that close', '['.repeat(5000) + ']'.repeat(5000), 102],
  ])('what is nested too deep: %s', (_, text, column) => {
    expect(faults(text)).toStrictEqual([`1:${column} nested more than 100 levels deep`]);
  });

  it('nesting by indentation that is too deep', () => {
    const nest = (levels: number): string =>
      Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
    expect(faults(nest(100))).toStrictEqual([]);
    expect(faults(nest(400))[0]).toMatch(/^10[1-3]:\d+ nested more than 100 levels deep$/);
  });

  it('nesting through aliases that is too deep', () => {
    const wrapped = '['.repeat(60) + '1' + ']'.repeat(60);
    const text = `a: &x ${wrapped}\nb: ${'['.repeat(60)}*x${']'.repeat(60)}\n`;
    expect(faults(text)).toStrictEqual(['2:64 nested more than 100 levels deep']);
  });
});

describe('aliases', () => {
  it('may be used often', () => {
    const uses = Array.from({ length: 5000 }, (_, index) => `k${index}: *x\n`).join('');
    const value = read(`base: &x {a: 1, b: [2]}\n${uses}`) as Record<string, unknown>;
    expect(value['k4999']).toStrictEqual({ a: 1, b: [2] });
  });

  it.each<[name: string, text: string, place: string]>([
    ['lists', bomb(), '6:25'],
    [
      'merges',
      `a: &a0 {k: 1}\n${Array.from({ length: 20 }, (_, i) => `b${i}: &a${i + 1} {p: *a${i}, q: *a${i}, r: *a${i}}\n`).join('')}`,
      '10:13',
    ],
  ])('that expand without bound are refused quickly: %s', (_, text, place) => {
    const start = performance.now();
    expect(faults(text)).toStrictEqual([
      `${place} aliases stand for more than 100000 values in all`,
    ]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('in their thousands over a large anchor are refused quickly', () => {
    const items = Array.from({ length: 2000 }, (_, index) => `- ${index}\n`).join('');
    const text = `base: &x\n${items}uses:\n${'- *x\n'.repeat(20_000)}`;
    expect(faults(text)).toStrictEqual(['2052:3 aliases stand for more than 100000 values in all']);
  });
});

function bomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]\n`,
  );
  return `a0: &a0 lol\n${levels.join('')}`;
}

describe('positions', () => {
  const parsed = parseYaml(
    '\ufeffa: 1\r\nb:\r\n  - c: x\r\n    d: y\r\ne: &n\r\n  f: 1\r\ng: *n\r\n',
    'f',
  );

  it.each<[path: (string | number)[], value: string, key: string]>([
    [[], '1:1', '1:1'],
    [['a'], '1:4', '1:1'],
    [['b', 0, 'd'], '4:8', '4:5'],
    [['b', 0], '3:5', '3:5'],
    [['b', 0, 'missing'], '3:5', '3:5'],
    [['b', 7], '3:3', '3:3'],
    [['missing', 'x'], '1:1', '1:1'],
    [['g', 'f'], '7:4', '7:4'],
  ])('of %j: value %s, key %s', (path, value, key) => {
    const show = ({ line, column }: { line?: number; column?: number }): string =>
      `${line}:${column}`;
    expect(show(parsed.positionOf(path))).toBe(value);
    expect(show(parsed.keyPositionOf(path))).toBe(key);
  });

  it('of an empty document are its beginning', () => {
    const empty = parseYaml('', 'f').positionOf(['a']);
    expect(empty).toStrictEqual({ file: 'f', line: 1, column: 1 });
  });
});
