import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatYaml, formatYamlDocuments } from '../yaml/format-yaml.ts';
import { parseYamlDocuments } from '../yaml/parse-yaml.ts';
import { holdsSecrets } from './holds-secrets.ts';
import { createMasker } from './mask.ts';

const deployment = (container: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: a\n${container}`;

describe('holdsSecrets', () => {
  it.each([
    ['a Secret', 'apiVersion: v1\nkind: Secret\ndata:\n  a: aGVsbG8=\n'],
    ['a Secret, second of two', 'kind: Pod\n---\nkind: "Secret"\nstringData: {a: b}\n'],
    ['a Secret in JSON', '{"kind": "Secret", "data": {"a": "b"}}'],
    ['a list of Secrets', 'kind: SecretList\nitems:\n- data:\n    a: b\n'],
    ['a variable', deployment('      env:\n        - name: DB_PASSWORD\n          value: x\n')],
    [
      'a variable, value first',
      deployment('      env:\n        - value: x\n          name: DB_PASSWORD\n'),
    ],
    ['a variable in braces', deployment('      env: [{name: DB_PASSWORD, value: x}]\n')],
    ['an argument', deployment('      args: [--password=x]\n')],
    ['an argument behind another', deployment('      args:\n        - --password\n        - x\n')],
    ['a key', 'kind: ConfigMap\ndata:\n  password: x\n'],
    ['a key with escapes', 'data:\n  "pass\\x77ord": x\n'],
    ['a key of its own line', 'data:\n  ? password\n  : x\n'],
    ['a key with odd characters', 'data:\n  db password (old): x\n'],
    ['a key in braces', 'data: {passwords: {alice: x}}\n'],
    ['a number', 'data:\n  password: 123\n'],
    ['what an alias stands for', 'a: &a x\npassword: *a\n'],
    ['keys below a plural', 'passwords:\n  alice: x\n'],
    ['a value below', 'password:\n  value: x\n'],
    ['a text', 'data:\n  a.properties: |\n    x=y\n    password=x\n'],
    ['a URL', 'data:\n  url: postgres://a:b@c/d\n'],
    ['a token', 'data:\n  a: glpat-abcdefghij0123456789\n'],
    ['a token in quotes over two lines', 'data:\n  a: "glpat-abcdefghij\\\n    0123456789"\n'],
    ['something random', 'data:\n  a: q7Zt2vX9Lk4Rm8Wp3Nc6Hs1Bf5Jd0Gy7\n'],
    ['what pretends to be masked', 'data:\n  a: <masked 12345678>\n'],
    ['what cannot be read', 'password: x\nb: [\n'],
    ['more than is read', `kind: Secret\ndata:\n  a: ${'x'.repeat(6_000_000)}\n`],
  ])('holds: %s', (_, manifest) => {
    expect(holdsSecrets(manifest)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a Secret without values', 'kind: Secret\nmetadata:\n  name: a\n'],
    [
      'references',
      deployment(
        '      env:\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef: {name: a, key: password}\n',
      ),
    ],
    [
      'a variable with a file',
      deployment('      env:\n        - name: DB_PASSWORD_FILE\n          value: /run/password\n'),
    ],
    [
      'a volume',
      'volumes:\n  - name: password\n    secret:\n      secretName: a\n      items:\n        - key: password\n          path: password\n',
    ],
    [
      'a service account',
      'kind: ServiceAccount\nautomountServiceAccountToken: false\nimagePullSecrets:\n  - name: a\n',
    ],
    [
      'a role',
      'kind: Role\nrules:\n  - apiGroups: [""]\n    resources: [secrets]\n    verbs: [get]\n',
    ],
    ['a text without secrets', 'not: [valid'],
    ['much of nothing', 'x'.repeat(300_000)],
  ])('does not hold: %s', (_, manifest) => {
    expect(holdsSecrets(manifest)).toBe(false);
  });

  it('finds nothing in what is rendered for the example network', () => {
    const folder = new URL('../../../../test/__golden__/manifests/', import.meta.url);
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.yaml')) continue;
      expect(holdsSecrets(readFileSync(new URL(file, folder), 'utf8'))).toBe(false);
    }
  });

  it('agrees with what is masked, however it is written', () => {
    const words = fc.constantFrom(
      ...[
        'password',
        'token',
        'secretKey',
        'secretName',
        'passwords',
        'tokens',
        'secret',
        'name',
        'key',
      ],
      ...[
        'value',
        'env',
        'data',
        'stringData',
        'kind',
        'args',
        'apiKey',
        'db password',
        'dbPassword (1)',
        '--token',
      ],
      ...[
        'Secret',
        'SecretList',
        'items',
        '--password',
        'x',
        'a: b',
        'password: x',
        '/run/token',
        'true',
        '12',
      ],
      ...[
        'postgres://a:b@c',
        'line\npassword=x\n',
        'passphrase',
        '{"password":"x"}',
        "it's",
        '<masked 1>',
        '- a',
      ],
      ...[
        'checksum/secret',
        '0123456789abcdef0123456789abcdef',
        '# x',
        '',
        'user',
        'Bearer abc123456',
        '|',
      ],
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(words, fc.boolean(), fc.nat(1000)),
        fc.dictionary(words, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
        fc.array(tie('tree'), { maxLength: 4 }),
      ),
    }));
    const own = createMasker({ digest: () => 'x' });
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 2 }), fc.nat(2), (values, form) => {
        const text =
          form === 0
            ? formatYamlDocuments(values)
            : values.map((value) => `---\n${JSON.stringify(value, null, form - 1)}\n`).join('');
        const masked = parseYamlDocuments(text, 'x').some(
          ({ value }) => own.maskObject(value) !== value,
        );
        expect(holdsSecrets(text)).toBe(masked);
        expect(holdsSecrets(formatYaml({ 'a.yaml': text }))).toBe(
          own.maskObject({ 'a.yaml': text }) !== undefined &&
            JSON.stringify(own.maskObject({ 'a.yaml': text })) !==
              JSON.stringify({ 'a.yaml': text }),
        );
      }),
      { numRuns: 500 },
    );
  });
});
