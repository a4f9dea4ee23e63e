import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { readManifestStream } from './manifest-stream.ts';
import { readYaml, YamlFault } from './manifest-yaml.ts';

describe('readYaml', () => {
  it.each([
    ['yes', true],
    ['n', false],
    ['On', true],
    ['oFF', 'oFF'],
    ['~', null],
    ['', null],
    ['0777', 511],
    ['08', 8],
    ['0o17', 15],
    ['0x1F', 31],
    ['-0b11', -3],
    ['+0777', 511],
    ['1_000', 1000],
    ['0_7', 7],
    ['_1', '_1'],
    ['1.', 1],
    ['.5e2', 50],
    ['1e', '1e'],
    ['12:30:45', '12:30:45'],
    ['2001-12-14', '2001-12-14'],
    ['1.2.3', '1.2.3'],
    ['0xZ', '0xZ'],
    ['"12"', '12'],
    ['!!str 12', '12'],
    ['!!float 3', 3],
    ['!!binary aGVsbG8=', 'hello'],
    ['!custom x', 'x'],
    ['{a: 1, b: yes}', { a: 1, b: true }],
  ])('reads %j as Go does', (text, expected) => {
    expect(readYaml(`v: ${text}\n`)).toEqual({ v: expected });
  });

  it.each([
    ['a: 1\na: 2\n', { a: 2 }],
    ['a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n', { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['yes: 1\n0x10: 2\n', { true: 1, '16': 2 }],
    ['a: 1\n...\nb: 2\n', { a: 1 }],
  ])('reads %j', (text, expected) => {
    expect(readYaml(text)).toEqual(expected);
  });

  it.each([
    [
      'metadata: [\n',
      'error converting YAML to JSON: yaml: line 1: did not find expected node content',
    ],
    [
      'a: 1\nb: c: d\n',
      'error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context',
    ],
    ['a: 1\nb\n', "error converting YAML to JSON: yaml: line 3: could not find expected ':'"],
    ['a: *b\n', "error converting YAML to JSON: yaml: unknown anchor 'b' referenced"],
    ['a: .inf\n', 'error converting YAML to JSON: json: unsupported value: +Inf'],
  ])('says of %j what Go says', (text, message) => {
    expect(() => readYaml(text)).toThrow(new YamlFault(message));
  });

  it('reads back what is written as JSON', () => {
    fc.assert(
      fc.property(fc.object({ withNullPrototype: false }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        fc.pre(!JSON.stringify(plain).includes('__proto__'));
        expect(readYaml(JSON.stringify(plain))).toEqual(plain);
      }),
    );
  });
});

describe('readManifestStream', () => {
  it.each([
    ['a: 1\n---\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['# only a comment\n---\na: 1\n', [{ a: 1 }]],
    ['a: 1\n--- # a comment\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['a: 1\r\n---\r\nb: 2\r\n', [{ a: 1 }, { b: 2 }]],
    ['{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
    ['{"a":"}"}\n---\nb: 2\n', [{ a: '}' }, { b: 2 }]],
    ['{a: 1}\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['null\n---\na: 1\n', [{ a: 1 }]],
    ['', []],
    ['hello\n', ['hello']],
  ])('takes %j apart', (text, documents) => {
    expect(readManifestStream(text)).toEqual({ documents });
  });

  it.each([
    ['a: 1\n---x\nb: 2\n', [], 'invalid Yaml document separator: x'],
    [
      'a: 1\n---\nb: [\n',
      [{ a: 1 }],
      'error converting YAML to JSON: yaml: line 1: did not find expected node content',
    ],
    ['{"a":1}{"b":2}{', [{ a: 1 }, { b: 2 }], 'json: offset 1: invalid character in a JSON value'],
  ])('says where %j breaks, and gives what came before', (text, documents, fault) => {
    expect(readManifestStream(text)).toEqual({ documents, fault });
  });
});
