import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import { editYaml, type YamlEdit } from './edit-yaml.ts';
import { parseYaml, type YamlPathPart } from './parse-yaml.ts';

const versions = `# versions/qa.yaml
dlt-node:
  namespace:
    chartVersion: "1.0.0"          # thin wrapper chart for PAT CR
  vault:
    chartVersion: "1.2.0"
    imageTag: "v1.2.0"

shared-services:
  chartVersion: '2.1.0'
  imageTag: v1.8.3 # plain
release: 7
`;

function set(text: string, path: string | YamlPathPart[], value: YamlEdit['value']): string {
  return editYaml(text, 'f.yaml', [
    { path: typeof path === 'string' ? path.split('.') : path, value },
  ]);
}

function failure(
  text: string,
  path: string | YamlPathPart[],
  value: YamlEdit['value'],
): InputError {
  try {
    set(text, path, value);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('expected an InputError');
}

describe('editYaml on a versions file', () => {
  it('sets many values and touches nothing else', () => {
    const edited = editYaml(versions, 'versions/qa.yaml', [
      { path: ['dlt-node', 'vault', 'chartVersion'], value: '1.3.0' },
      { path: ['dlt-node', 'namespace', 'chartVersion'], value: '1.0' },
      { path: ['shared-services', 'chartVersion'], value: '2.2.0' },
      { path: ['shared-services', 'imageTag'], value: 'v1.9.0' },
      { path: ['release'], value: 8 },
    ]);

    expect(edited).toBe(`# versions/qa.yaml
dlt-node:
  namespace:
    chartVersion: "1.0"          # thin wrapper chart for PAT CR
  vault:
    chartVersion: "1.3.0"
    imageTag: "v1.2.0"

shared-services:
  chartVersion: '2.2.0'
  imageTag: v1.9.0 # plain
release: 8
`);
  });

  it('adds a missing key in the quotes of its neighbours, before the blank line', () => {
    expect(set(versions, 'dlt-node.namespace.imageTag', 'v9')).toContain(
      'PAT CR\n    imageTag: "v9"\n  vault:',
    );
    expect(set(versions, ['dlt-node', 'backend', 'imageTag'], 'v9')).toContain(
      'imageTag: "v1.2.0"\n  backend:\n    imageTag: v9\n\nshared-services:',
    );
  });

  it('does nothing when there is nothing to do', () => {
    expect(editYaml(versions, 'f', [])).toBe(versions);
    expect(set(versions, 'shared-services.chartVersion', '2.1.0')).toBe(versions);
  });
});

describe('editYaml on one scalar', () => {
  it.each<[name: string, text: string, value: YamlEdit['value'], result: string]>([
    ['keeps plain', 'a: v1 # c\n', 'v2', 'a: v2 # c\n'],
    ['quotes what would read as a number', 'a: v1\n', '1.0', 'a: "1.0"\n'],
    ['quotes what YAML 1.1 reads as a boolean', 'a: v1\n', 'on', 'a: "on"\n'],
    ['quotes what YAML 1.1 reads as a number', 'a: v1\n', '1_000', 'a: "1_000"\n'],
    ['quotes a text with a comment sign', 'a: v1\n', 'x #y', 'a: "x #y"\n'],
    ['quotes a text with a colon', 'a: v1\n', 'x: y', 'a: "x: y"\n'],
    ['leaves a colon within plain', 'a: v1\n', 'http://x:80/', 'a: http://x:80/\n'],
    ['leaves a leading hyphen plain', 'a: v1\n', '-v', 'a: -v\n'],
    ['quotes the empty text', 'a: v1\n', '', 'a: ""\n'],
    ['quotes a template', 'a: v1\n', '{{ x }}', 'a: "{{ x }}"\n'],
    ['quotes several lines', 'a: v1\n', 'x\ny', 'a: "x\\ny"\n'],
    ['keeps single quotes', "a: 'x' # c\n", "it's", "a: 'it''s' # c\n"],
    ['leaves single quotes for a line break', "a: 'x'\n", 'x\ny', 'a: "x\\ny"\n'],
    ['keeps double quotes', 'a: "x"\n', 'say "hi" \\', 'a: "say \\"hi\\" \\\\"\n'],
    [
      'escapes what YAML 1.1 breaks lines at',
      'a: "x"\n',
      'x\u2028\u0085',
      'a: "x\\u2028\\u0085"\n',
    ],
    ['writes a number without quotes', 'a: "1"\n', 2, 'a: 2\n'],
    ['writes a boolean without quotes', "a: '1'\n", false, 'a: false\n'],
    ['writes a fraction', 'a: 1\n', 1e-7, 'a: 1e-7\n'],
    ['replaces null', 'a: null # c\n', 'x', 'a: x # c\n'],
    ['replaces a tilde', 'a: ~\n', 'x', 'a: x\n'],
    ['fills an empty value', 'a:   # c\nb: 1\n', 'x', 'a: x   # c\nb: 1\n'],
    ['fills an empty value at the end', 'a:', 'x', 'a: x'],
    ['fills an empty value with an anchor', 'a: &x # c\n', 'z', 'a: &x z # c\n'],
    ['keeps the anchor', 'a: &x 1\n', 2, 'a: &x 2\n'],
    ['keeps the tag', 'a: !!str 1.0\n', '2.0', 'a: !!str "2.0"\n'],
    ['keeps CRLF', 'a: 1\r\nb: 2\r\n', 3, 'a: 3\r\nb: 2\r\n'],
    ['keeps the byte order mark', '\ufeffa: 1\n', 3, '\ufeffa: 3\n'],
    ['keeps the missing final line break', 'a: 1', 3, 'a: 3'],
    ['keeps document markers', '%YAML 1.2\n---\na: 1\n...\n', 3, '%YAML 1.2\n---\na: 3\n...\n'],
    ['replaces a text over several lines', 'a: one\n  two\nb: 1\n', 'x', 'a: x\nb: 1\n'],
    ['replaces quotes over several lines', 'a: "one\n\n  two" # c\n', 'x', 'a: "x" # c\n'],
    ['keeps a literal block', 'a: |\n  x\n  y\n\nb: 1\n', 'p\n\nq\n', 'a: |\n  p\n\n  q\n\nb: 1\n'],
    [
      'strips a literal block',
      'a: |  # c\n    x\nb: 1\n',
      'p\nq',
      'a: |-  # c\n    p\n    q\nb: 1\n',
    ],
    [
      'keeps CRLF in a literal block',
      'a: |\r\n  x\r\nb: 1\r\n',
      'p\nq\n',
      'a: |\r\n  p\r\n  q\r\nb: 1\r\n',
    ],
    ['keeps a folded block of one line', 'a: >-\n  x\n  y\n', 'p q', 'a: >-\n  p q\n'],
    ['makes a folded block literal', 'a: >\n  x\n', 'p\nq\n', 'a: |\n  p\n  q\n'],
    ['leaves a block for a number', 'a: |+ # c\n  x\n\nb: 1\n', 2, 'a: 2 # c\n\nb: 1\n'],
    [
      'leaves a block with its own indentation',
      'a: |2\n   x\nb: 1\n',
      'y\nz',
      'a: "y\\nz"\nb: 1\n',
    ],
    ['leaves an empty block', 'a: |\nb: 1\n', 'z', 'a: z\nb: 1\n'],
    ['leaves a block at the end of the file', 'a: |-\n  x', 3, 'a: 3'],
    ['replaces in a flow mapping', '{a: "x", b: 1}\n', 'y, z', '{a: "y, z", b: 1}\n'],
    ['replaces in JSON', '{"a":"x","b":1}', 2, '{"a":2,"b":1}'],
    ['quotes commas in flow only', '{a: x}\n', 'y,z', '{a: "y,z"}\n'],
    ['fills an empty value in flow', '{a: , b: 1}\n', 'x', '{a: x , b: 1}\n'],
    ['fills a key without value in flow', '{a, b: 1}\n', 'x', '{a: x, b: 1}\n'],
    ['finds a quoted key', '"a": 1\n', 2, '"a": 2\n'],
    ['finds an explicit key', '? a\n: 1\n', 2, '? a\n: 2\n'],
    ['finds a key with an anchor', '&k a: 1\n', 2, '&k a: 2\n'],
  ])('%s', (_, text, value, result) => {
    expect(set(text, 'a', value)).toBe(result);
    expect(parseYaml(result, 'f').value).toMatchObject({ a: value });
  });

  it.each<[text: string, path: YamlPathPart[], result: string]>([
    ['- a: 1\n  b: 2\n- a: 3\n', [1, 'a'], '- a: 1\n  b: 2\n- a: 9\n'],
    ['x:\n- 1\n-\n- 3 # c\n', ['x', 1], 'x:\n- 1\n- 9\n- 3 # c\n'],
    ['x: [1, [2, 3]]\n', ['x', 1, 0], 'x: [1, [9, 3]]\n'],
    ['x:\n  - {a: 1}\n', ['x', 0, 'a'], 'x:\n  - {a: 9}\n'],
    ['1: x\n', [1], '1: 9\n'],
  ])('finds items of lists: %j at %j', (text, path, result) => {
    expect(set(text, path, 9)).toBe(result);
  });
});

describe('editYaml adds a key', () => {
  it.each<[name: string, text: string, path: string, result: string]>([
    ['to the root', 'a: 1\n', 'k', 'a: 1\nk: v\n'],
    ['to the root without final line break', 'a: 1', 'k', 'a: 1\nk: v'],
    ['with CRLF', 'a:\r\n  b: 1\r\nc: 1\r\n', 'a.k', 'a:\r\n  b: 1\r\n  k: v\r\nc: 1\r\n'],
    ['behind a byte order mark', '\ufeffa: 1\n', 'k', '\ufeffa: 1\nk: v\n'],
    [
      'to a nested mapping',
      'a:\n    b: 1 # c\n\nc: 1\n',
      'a.k',
      'a:\n    b: 1 # c\n    k: v\n\nc: 1\n',
    ],
    ['to a mapping in a list', 'a:\n- b: 1\nc: 1\n', 'a.0.k', 'a:\n- b: 1\n  k: v\nc: 1\n'],
    [
      'behind a nested mapping',
      'a:\n  b:\n    c: 1\nd: 1\n',
      'a.k',
      'a:\n  b:\n    c: 1\n  k: v\nd: 1\n',
    ],
    [
      'behind comments of what is nested',
      'a:\n  b: 1\n  # c: 2\n# d\nd: 1\n',
      'k',
      'a:\n  b: 1\n  # c: 2\n# d\nd: 1\nk: v\n',
    ],
    [
      'behind deeper comments',
      'a:\n  b:\n    c: 1\n    # d: 2\n\n# e\n',
      'a.k',
      'a:\n  b:\n    c: 1\n    # d: 2\n  k: v\n\n# e\n',
    ],
    [
      'behind a literal block',
      'a:\n  b: |\n    x\n\nc: 1\n',
      'a.k',
      'a:\n  b: |\n    x\n  k: v\n\nc: 1\n',
    ],
    [
      'behind a block that keeps blank lines',
      'a:\n  b: |+\n    x\n\nc: 1\n',
      'a.k',
      'a:\n  b: |+\n    x\n\n  k: v\nc: 1\n',
    ],
    ['behind a block at the end', 'a: |\n  x', 'k', 'a: |\n  x\nk: v'],
    ['behind an empty value', 'a:\n  b: # c\nc: 1\n', 'a.k', 'a:\n  b: # c\n  k: v\nc: 1\n'],
    ['behind a list', 'a:\n- 1\n- 2\n', 'k', 'a:\n- 1\n- 2\nk: v\n'],
    ['before the end of the document', 'a: 1\n...\n', 'k', 'a: 1\nk: v\n...\n'],
    ['below null', 'a:\nb: 1\n', 'a.k', 'a:\n  k: v\nb: 1\n'],
    ['below null with a comment', 'a: # c\nb: 1\n', 'a.k', 'a: # c\n  k: v\nb: 1\n'],
    ['below null with an anchor', 'a: &x\nb: 1\n', 'a.k', 'a: &x\n  k: v\nb: 1\n'],
    ['in place of null', 'a: null # c\nb: 1\n', 'a.k', 'a: # c\n  k: v\nb: 1\n'],
    ['below null at the end', 'a:', 'a.k', 'a:\n  k: v'],
    [
      'with the indentation of the document',
      'x:\n    y: 1\na:\n',
      'a.k.m',
      'x:\n    y: 1\na:\n    k:\n        m: v\n',
    ],
    ['with missing mappings', 'a:\n  b: 1\n', 'a.k.m', 'a:\n  b: 1\n  k:\n    m: v\n'],
    ['to an empty flow mapping', 'a: {} # c\n', 'a.k', 'a: { k: v } # c\n'],
    ['to an empty flow mapping with a blank', 'a: { }\n', 'a.k', 'a: { k: v }\n'],
    ['to a flow mapping', 'a: {b: 1}\n', 'a.k', 'a: {b: 1, k: v}\n'],
    ['to a flow mapping that ends with a comma', 'a: { b: 1, }\n', 'a.k', 'a: { b: 1, k: v, }\n'],
    [
      'to a flow mapping over several lines',
      'a: {\n  b: 1 # c\n}\n',
      'a.k',
      'a: {\n  b: 1, k: v # c\n}\n',
    ],
    ['to a flow mapping with a key alone', '{b}\n', 'k', '{b, k: v}\n'],
    ['to JSON', '{"a":{}}', 'a.k', '{"a":{ k: v }}'],
    ['below null in flow', '{a: , b: 1}\n', 'a.k', '{a: { k: v } , b: 1}\n'],
    ['below a key alone in flow', '{a, b: 1}\n', 'a.k.m', '{a: { k: { m: v } }, b: 1}\n'],
    ['to an empty text', '', 'k.m', 'k:\n  m: v\n'],
    ['to a text of comments', '# c', 'k', '# c\nk: v'],
    ['to an empty document', '---\n# c\n', 'k', '---\n# c\nk: v\n'],
    ['to an empty root', '{}\n', 'k', '{ k: v }\n'],
  ])('%s', (_, text, path, result) => {
    const parts = path.split('.').map((part) => (/^\d$/.test(part) ? Number(part) : part));
    expect(set(text, parts, 'v')).toBe(result);
  });

  it.each([
    ['in quotes when it needs them', 'a: b', '"a: b": v'],
    ['in quotes when YAML 1.1 reads a boolean', 'on', '"on": v'],
    ['that no object inherits', '__proto__', '__proto__: v'],
    ['that objects inherit', 'constructor', 'constructor: v'],
  ])('%s', (_, key, line) => {
    expect(set('x: 1\n', [key], 'v')).toBe(`x: 1\n${line}\n`);
  });
});

describe('editYaml refuses', () => {
  it.each<[name: string, text: string, path: YamlPathPart[], message: RegExp, place: string]>([
    ['an alias', 'a: &x 1\nb: *x\n', ['b'], /"b" is an alias of "&x"/, '2:4'],
    ['a path through an alias', 'a: &x {n: 1}\nb: *x\n', ['b', 'n'], /"b" is an alias/, '2:4'],
    ['what an alias repeats', 'a: &x 1\nb: *x\n', ['a'], /"a" cannot be set without/, '1:7'],
    ['what a merge repeats', 'a: &x {n: 1}\nb: {<<: *x}\n', ['a', 'n'], /"a.n" cannot be/, '1:11'],
    ['what a merge brings', 'a: &x {n: 1}\nb:\n  <<: *x\n', ['b', 'n'], /merge key/, '3:3'],
    ['a merge key', 'a: &x {n: 1}\nb:\n  <<: *x\n', ['b', '<<', 'n'], /"b.<<" is an alias/, '3:7'],
    ['a mapping', 'a:\n  b: 1\n', ['a'], /"a" is a mapping; expected a single value/, '2:3'],
    ['a list', 'a: [1]\n', ['a'], /"a" is a list/, '1:4'],
    ['a key of a list', 'a: [1]\n', ['a', 'b'], /"a" is a list/, '1:4'],
    ['an item that is missing', 'a: [1]\n', ['a', 1], /"a" is a list/, '1:4'],
    ['an item of nothing', 'a: 1\n', ['b', 0], /"b.0" does not exist/, '1:1'],
    ['a path below a scalar', 'a: v1\n', ['a', 'b'], /"a" is a single value/, '1:4'],
    ['a path below the root scalar', 'just text\n', ['b'], /the document is a single/, '1:1'],
    ['a tag that does not allow it', 'a: !!int 1\n', ['a'], /"a" cannot be set/, '1:10'],
    ['several documents', 'a: 1\n---\na: 2\n', ['a'], /one YAML document/, '3:1'],
    ['broken YAML', 'a: [1\nb: 2\n', ['b'], /not valid YAML/, '2:1'],
  ])('%s', (_, text, path, ...[message, place]) => {
    const error = failure(text, path, 'v2');
    expect(error.message).toMatch(message);
    expect(`${error.position?.line}:${error.position?.column}`).toBe(place);
  });

  it('numbers that have no YAML for every reader', () => {
    expect(() => set('a: 1\n', 'a', Number.NaN)).toThrow(/cannot be written/);
  });
});

// Random texts, with the place of every scalar as it was written

interface Written {
  readonly text: string;
  readonly scalars: readonly { path: YamlPathPart[]; start: number; end: number }[];
  /** Mappings by path; the keys in them. */
  readonly mappings: readonly YamlPathPart[][];
}

type Item =
  | { kind: 'inline'; text: string; anchor: boolean; comment: string }
  | { kind: 'block'; header: string; lines: string[]; blanks: number; comment: string }
  | { kind: 'map'; flow: boolean; entries: { key: Key; item: Item }[]; gap: Gap; step: number }
  | { kind: 'seq'; flow: boolean; items: Item[]; gap: Gap; step: number };
interface Key {
  readonly name: string;
  readonly text: string;
}
interface Gap {
  readonly blanks: number;
  readonly comment: string;
}

const quotable = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('1.0', 'on', '# no comment', "it's", 'a: b', '{{ x }}', '', ' x '),
);
const flowText = fc.oneof(
  fc.constantFrom(
    'v1.2.0',
    '',
    '12',
    '1.50',
    'true',
    'null',
    '~',
    'two words',
    'http://h:80/x',
    'ünï ✓',
  ),
  fc
    .constantFrom('0x1F', '1e3', 'yes', '2024-01-01', '.5', '-', 'a-b_c/d')
    .map((t) => (t === '-' ? '-x' : t)),
  quotable.map((text) => JSON.stringify(text)),
  quotable.map((text) => `'${text.replaceAll("'", "''")}'`),
);
const comment = fc.constantFrom('', '', '# why', '# "a": \'b\' {', '# ünï');
const gap = fc.record({ blanks: fc.integer({ min: 0, max: 2 }), comment });
const key: fc.Arbitrary<Key> = fc.constantFrom(
  { name: 'a', text: 'a' },
  { name: 'image-tag', text: 'image-tag' },
  { name: 'x y', text: '"x y"' },
  { name: "o'k", text: "'o''k'" },
  { name: 'ünï', text: 'ünï' },
  { name: 'a/b.c', text: 'a/b.c' },
  { name: '7', text: '7' },
  { name: 'release', text: 'release' },
);
const inline = fc.record({
  kind: fc.constant('inline' as const),
  text: flowText,
  anchor: fc.boolean(),
  comment,
});
const block = fc.record({
  kind: fc.constant('block' as const),
  header: fc.constantFrom('|', '|-', '|+', '>', '>-', '>+'),
  lines: fc
    .array(
      fc.constantFrom('text', 'key: value', '# no comment', '- x', '', '  deeper', "'", 'ünï'),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((lines) => ['first', ...lines]),
  blanks: fc.integer({ min: 0, max: 2 }),
  comment,
});
const { root } = fc.letrec<{ root: Item; item: Item }>((tie) => {
  const entries = fc
    .uniqueArray(key, { minLength: 1, maxLength: 4, selector: ({ name }) => name })
    .chain((keys) =>
      fc
        .tuple(...keys.map(() => tie('item')))
        .map((items) => keys.map((each, index) => ({ key: each, item: items[index] as Item }))),
    );
  const map = (flow: fc.Arbitrary<boolean>): fc.Arbitrary<Item> =>
    fc.record({
      kind: fc.constant('map' as const),
      flow,
      entries,
      gap,
      step: fc.integer({ min: 1, max: 4 }),
    });
  const seq = fc.record({
    kind: fc.constant('seq' as const),
    flow: fc.boolean(),
    items: fc.array(tie('item'), { minLength: 1, maxLength: 3 }),
    gap,
    step: fc.integer({ min: 0, max: 3 }),
  });
  return {
    root: map(fc.constant(false)),
    item: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: inline },
      { weight: 1, arbitrary: block },
      { weight: 2, arbitrary: map(fc.boolean()) },
      { weight: 1, arbitrary: seq },
    ),
  };
});

/** The collection around a value. */
interface Place {
  readonly kind: 'map' | 'seq';
  readonly indent: number;
}

class Writer {
  text = '';
  readonly scalars: { path: YamlPathPart[]; start: number; end: number }[] = [];
  readonly mappings: YamlPathPart[][] = [];
  private readonly eol: string;
  private anchors = 0;

  constructor(eol: string) {
    this.eol = eol;
  }

  /** Behind a key or a hyphen, to the end of the last line. */
  value(item: Item, outer: Place, path: YamlPathPart[]): void {
    const { indent } = outer;
    if (item.kind === 'inline') {
      this.text += ' ';
      this.inline(item, path);
      this.text += (item.comment === '' ? '' : ` ${item.comment}`) + this.eol;
    } else if (item.kind === 'block') {
      this.block(item, indent + 2, path);
    } else if (item.flow) {
      this.text += ' ';
      this.flow(item, path);
      this.text += this.eol;
    } else {
      this.text += this.eol;
      const least = item.kind === 'map' || outer.kind === 'seq' ? 1 : 0;
      this.collection(item, indent + Math.max(least, item.step), path);
    }
  }

  /** A collection in block style; its first entry may stand behind a hyphen. */
  collection(
    item: Item & { kind: 'map' | 'seq' },
    indent: number,
    path: YamlPathPart[],
    isBehind = false,
  ): void {
    if (item.kind === 'map') this.mappings.push(path);
    const children = childrenOf(item);
    for (const [index, child] of children.entries()) {
      if (!isBehind || index > 0) this.between(item.gap, indent);
      const inner = [...path, child.part];
      this.text += child.lead;
      const nested = child.item;
      if (item.kind === 'seq' && nested.kind === 'map' && !nested.flow) {
        this.text += ' ';
        this.collection(nested, indent + 2, inner, true);
      } else this.value(nested, { kind: item.kind, indent }, inner);
    }
  }

  private between({ blanks, comment: note }: Gap, indent: number): void {
    this.text += this.eol.repeat(blanks);
    if (note !== '') this.text += ' '.repeat(indent) + note + this.eol;
    this.text += ' '.repeat(indent);
  }

  private inline(item: Item & { kind: 'inline' }, path: YamlPathPart[], isInFlow = false): void {
    if (item.anchor) this.text += `&n${(this.anchors += 1)} `;
    this.scalar(path, () => (this.text += item.text === '' && isInFlow ? 'null' : item.text));
  }

  private block(item: Item & { kind: 'block' }, indent: number, path: YamlPathPart[]): void {
    this.text += ' ';
    this.scalar(path, () => {
      this.text += item.header + (item.comment === '' ? '' : ` ${item.comment}`) + this.eol;
      for (const line of item.lines) {
        this.text += (line === '' ? '' : ' '.repeat(indent) + line) + this.eol;
      }
      this.text += this.eol.repeat(item.blanks);
    });
  }

  private flow(item: Item, path: YamlPathPart[]): void {
    if (item.kind === 'inline') this.inline(item, path, true);
    else if (item.kind === 'block') this.scalar(path, () => (this.text += '"block"'));
    else {
      if (item.kind === 'map') this.mappings.push(path);
      this.text += item.kind === 'map' ? '{' : '[';
      for (const [index, child] of childrenOf(item).entries()) {
        if (index > 0) this.text += item.step % 2 === 0 ? ', ' : ' ,';
        if (item.kind === 'map') this.text += `${child.lead} `;
        this.flow(child.item, [...path, child.part]);
      }
      this.text += item.kind === 'map' ? ' }' : ']';
    }
  }

  private scalar(path: YamlPathPart[], write: () => void): void {
    const start = this.text.length;
    write();
    this.scalars.push({ path, start, end: this.text.length });
  }
}

interface Child {
  readonly part: YamlPathPart;
  readonly lead: string;
  readonly item: Item;
}

function childrenOf(item: Item & { kind: 'map' | 'seq' }): Child[] {
  return item.kind === 'map'
    ? item.entries.map((entry) => ({
        part: entry.key.name,
        lead: `${entry.key.text}:`,
        item: entry.item,
      }))
    : item.items.map((child, index) => ({ part: index, lead: '-', item: child }));
}

const written: fc.Arbitrary<Written> = fc
  .record({
    root,
    eol: fc.constantFrom('\n', '\r\n'),
    head: fc.constantFrom('', '\ufeff', '# head\n', '---\n', '\ufeff# head\n\n---\n'),
    tail: fc.constantFrom('', '', '# tail\n', '\n\n# tail', '...\n'),
    isOpen: fc.boolean(),
  })
  .map(({ root: item, eol, head, tail, isOpen }) => {
    const writer = new Writer(eol);
    writer.text = head.replaceAll('\n', eol);
    if (item.kind === 'map') writer.collection(item, 0, []);
    const { scalars, mappings } = writer;
    const isCut = isOpen && tail === '' && scalars.every(({ end }) => end < writer.text.length);
    const text = isCut
      ? writer.text.slice(0, -eol.length)
      : writer.text + tail.replaceAll('\n', eol);
    return { text, scalars, mappings };
  });

const value: fc.Arbitrary<YamlEdit['value']> = fc.oneof(
  quotable,
  fc.constantFrom(
    'v1.2.1',
    '1.0',
    '1_000',
    'no',
    'x\ny',
    'x\ny\n',
    'x\n\n',
    '- x',
    'a, b',
    'e\u0301',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);

/** What a path set in plain data gives; independent of the code under test. */
function changed(data: unknown, [part, ...rest]: YamlPathPart[], to: unknown): unknown {
  if (part === undefined) return to;
  const copy: unknown = Array.isArray(data) ? [...(data as unknown[])] : { ...(data as object) };
  (copy as Record<YamlPathPart, unknown>)[part] = changed(valueAt(data, [part]), rest, to);
  return copy;
}

function pick<T>(items: readonly T[], seed: number): T {
  return items[seed % items.length] as T;
}

const runs = { numRuns: 1000 };

describe('editYaml on any text', () => {
  it('changes only the bytes of the scalar, and its data to just the value', () => {
    fc.assert(
      fc.property(written, fc.nat(), value, ({ text, scalars }, seed, to) => {
        const { path, start, end } = pick(scalars, seed);
        const before = parseYaml(text, 'f').value;

        const edited = editYaml(text, 'f', [{ path, value: to }]);

        expect(edited.slice(0, start)).toBe(text.slice(0, start));
        const behind = text.slice(end);
        expect(edited.slice(edited.length - behind.length)).toBe(behind);
        expect(parseYaml(edited, 'f').value).toStrictEqual(changed(before, path, to));
      }),
      runs,
    );
  });

  it('is the identity when the value is there already', () => {
    fc.assert(
      fc.property(written, fc.nat(), value, ({ text, scalars }, seed, to) => {
        const { path } = pick(scalars, seed);
        const edited = editYaml(text, 'f', [{ path, value: to }]);

        expect(editYaml(edited, 'f', [{ path, value: to }])).toBe(edited);
      }),
      runs,
    );
  });

  it('restores the data when set and set back', () => {
    fc.assert(
      fc.property(written, fc.nat(), value, ({ text, scalars }, seed, to) => {
        const { path } = pick(scalars, seed);
        const before = parseYaml(text, 'f').value;
        const old = valueAt(before, path);
        fc.pre(old !== null);

        const there = editYaml(text, 'f', [{ path, value: to }]);
        const back = editYaml(there, 'f', [{ path, value: old as YamlEdit['value'] }]);

        expect(parseYaml(back, 'f').value).toStrictEqual(before);
      }),
      runs,
    );
  });

  it('adds a key and keeps every line, or the rest of the line of a flow mapping', () => {
    fc.assert(
      fc.property(
        written,
        fc.nat(),
        value,
        fc.constantFrom(['new'], ['new', 'deep'], ['yes', 'a b:']),
        ({ text, mappings }, seed, to, keys) => {
          const path = [...pick(mappings, seed), ...keys];
          const before = parseYaml(text, 'f').value;

          const edited = editYaml(text, 'f', [{ path, value: to }]);

          expect(parseYaml(edited, 'f').value).toStrictEqual(changed(before, path, to));
          expectInsertion(text, edited);
        },
      ),
      runs,
    );
  });
});

/** The new text is the old one with something put in at one place: nothing is lost or moved. */
function expectInsertion(text: string, edited: string): void {
  let start = 0;
  while (start < text.length && text[start] === edited[start]) start += 1;
  const rest = text.length - start;
  let end = 0;
  while (end < rest && text.at(-1 - end) === edited.at(-1 - end)) end += 1;
  expect(text.slice(start, text.length - end)).toBe('');
}
