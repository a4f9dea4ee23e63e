import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { around, base64, harmless, planted, secrets } from '../../test/planted-secrets.ts';
import { parseYamlDocuments } from '../yaml/parse-yaml.ts';
import { createMasker, type MaskSettings } from './mask.ts';
import type { Masker } from './model.ts';

/** Tells texts apart as a keyed digest does, without Node. */
function digest(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let at = 0; at < text.length; at += 1) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(at), 0x85ebca6b) ^ (b >>> 13);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0').slice(0, 4)).join('');
}

function masker(settings: MaskSettings = {}): Masker {
  return createMasker({ digest, settings });
}

const mask = /<masked [0-9a-f]{8}>/;
const random = 'q7Zt2vX9Lk4Rm8Wp3Nc6Hs1Bf5Jd0Gy7Ta2Ue9Q';
const hex64 = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';
const hex40 = '3c0d9c0320bb34888c2df5757c718ce6ca992ce6';
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${random.slice(0, 27)}`;
const privatePem =
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----\n';
const publicPem = `-----BEGIN CERTIFICATE-----\n${random}${random}\n-----END CERTIFICATE-----\n`;

describe('maskObject: Secrets', () => {
  it.each([
    ['data', { data: { a: base64('s3cret'), b: base64('other') } }],
    ['stringData', { stringData: { a: 's3cret', b: 'other' } }],
    ['binaryData', { binaryData: { a: '/+7/AAEC' } }],
    ['data that is no base64', { data: { a: 's3cret' } }],
    ['texts of several lines', { stringData: { a: 'one\ntwo\n' } }],
    ['switches and numbers, which are not allowed', { data: { a: true, b: 5 } }],
    ['data within data, which is not allowed', { data: { a: { b: ['s3cret', { c: 'x' }] } } }],
    ['data that is a text, which is not allowed', { data: 's3cret' }],
    ['a list in data', { stringData: ['s3cret'] }],
    [
      'what is a reference elsewhere',
      { stringData: { a: '/run/secrets/x', b: '$(NAME)', c: 'true' } },
    ],
  ])('masks every value: %s', (_, parts) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, ...parts };
    const masked = masker().maskObject(secret);
    expect(masked).toMatchObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
    const leaves = JSON.stringify(Object.values(masked as object).slice(3)).match(
      /(?<=[:[])[^[{:,]+/g,
    );
    expect(leaves?.every((leaf) => mask.test(leaf))).toBe(true);
  });

  it('masks the same value alike in data and stringData', () => {
    const own = masker();
    const one = own.maskObject({ kind: 'Secret', data: { a: base64('s3cret') } });
    const two = own.maskObject({ kind: 'Secret', stringData: { a: 's3cret' } });
    expect((one as { data: unknown }).data).toEqual((two as { stringData: unknown }).stringData);
  });

  it.each([
    ['in a List', { kind: 'List', items: [{ kind: 'Secret', data: { a: base64('s3cret') } }] }],
    ['in a SecretList', { kind: 'SecretList', items: [{ data: { a: base64('s3cret') } }] }],
    [
      'in values',
      { spec: { valuesObject: { extra: [{ kind: 'Secret', stringData: { a: 's3cret' } }] } } },
    ],
    ['without a version', { kind: 'Secret', data: { a: base64('s3cret') } }],
    ['with a kind in lower case', { kind: 'secret', data: { a: base64('s3cret') } }],
    [
      'as last applied',
      {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({
              kind: 'Secret',
              data: { a: base64('s3cret') },
            })}\n`,
          },
        },
      },
    ],
    [
      'as JSON in a text',
      { a: JSON.stringify({ kind: 'Secret', data: { a: base64('s3cret') } }, null, 2) },
    ],
    [
      'as JSON in JSON',
      { a: JSON.stringify({ b: JSON.stringify({ kind: 'Secret', stringData: { a: 's3cret' } }) }) },
    ],
    ['as YAML in a text', { a: `kind: Secret\ndata:\n  a: ${base64('s3cret')}\ntype: Opaque\n` }],
    ['as YAML, data first', { a: `data:\n  a: ${base64('s3cret')}\nkind: Secret\n` }],
    [
      'as YAML, of several lines',
      { a: 'kind: Secret\nstringData:\n  a: |\n    s3cret\n    more\n' },
    ],
    [
      'as YAML, second of two',
      { a: `kind: Pod\n---\nkind: Secret\ndata: {a: ${base64('s3cret')}}\n` },
    ],
    ['as JSON after words', { a: `applied {"kind":"Secret","data":{"a":"${base64('s3cret')}"}}` }],
  ])('finds one %s', (_, object) => {
    const own = masker();
    const masked = JSON.stringify(own.maskObject(object));
    expect(masked).toMatch(mask);
    expect(masked).not.toContain('s3cret');
    expect(masked).not.toContain(base64('s3cret'));
    expect(own.maskText('it is s3cret')).not.toContain('s3cret');
  });

  it.each([
    [
      'of another group',
      { apiVersion: 'external.example.com/v1', kind: 'Secret', data: { a: 'x' } },
    ],
    [
      'that only refers',
      { kind: 'ExternalSecret', spec: { data: [{ secretKey: 'a-key', remoteRef: { key: 'b' } }] } },
    ],
    [
      'of a ConfigMap',
      { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'x' }, binaryData: { b: 'AAEC' } },
    ],
    ['with nothing in it', { apiVersion: 'v1', kind: 'Secret', data: { a: '' }, stringData: null }],
  ])('leaves data %s', (_, object) => {
    expect(masker().maskObject(object)).toBe(object);
  });

  it('keeps JSON in a text as it is but for secrets', () => {
    const text = '{\n  "big": 12345678901234567890,\n  "ratio": 1.0,\n  "password": "s3cret"\n}\n';
    expect(masker().maskObject({ text })).toEqual({
      text: text.replace('s3cret', `<masked ${digest('s3cret')}>`),
    });
  });
});

describe('maskObject: keys', () => {
  it.each(
    `password Password PASSWORD db_password DB-PASSWORD dbPassword PGPASSWORD pwd DB_PASS passwd passphrase
     password1 newPassword passwordHash passwords token accessToken REFRESH_TOKEN x-vault-token auth.token
     secret clientSecret CLIENT_SECRET client-secret secretValue secret_id apiKey api_key API-KEY APIKey apikey
     privateKey private-key ssh_private_key accessKey secretKey AWS_SECRET_ACCESS_KEY encryptionKey signingKey
     masterKey unsealKeys tlsKey credential credentials creds connectionString connection_string dsn SENTRY_DSN
     jwt mnemonic seedPhrase dockerconfigjson spring.datasource.password db.password.value example.com/token
     password.txt token.json client-key-data hmac-key walletKey nodeToken JWT_SECRET hashSecret tokenSalt`
      .trim()
      .split(/\s+/),
  )('masks %s', (key) => {
    const value = 'hunter2 again';
    const masks = [
      { [key]: value },
      { env: [{ name: key, value }] },
      { parameters: [{ value, name: key }] },
      { list: { [key]: [value, value] } },
      { deep: { [key]: { value } } },
    ];
    for (const object of masks) {
      expect(JSON.stringify(masker().maskObject(object))).not.toContain('hunter2');
    }
    for (const text of [
      `${key}=hunter2\nx=y`,
      `a: b\n${key}: "hunter2"`,
      `{"${key}":"hunter2"} x`,
    ]) {
      expect(masker().maskObject({ text })).not.toEqual({ text });
      expect(masker().maskText(text)).not.toContain('hunter2');
    }
  });

  it.each(
    `secretName secretNames secretRef secretKeyRef existingSecret existingSecretName existingSecretPasswordKey
     passwordKey password_key tokenPath tokenFile DB_PASSWORD_FILE credentialsFile secretMountPath tokenUrl
     imagePullSecret imagePullSecrets tokenTtl token_ttl secretEngine secretStore tlsSecret passwordSecret
     tokenExpirationSeconds passwordPolicy maxTokens publicKey validatorPublicKey PUBLIC_KEY certificate
     tokenSymbol tokenAddress tokenContract nativeToken gasToken secretVersion tokenReview username key
     topologyKey monkey passwordless tokenizer secretary keystore path name author checksum`
      .trim()
      .split(/\s+/),
  )('leaves %s', (key) => {
    const object = { [key]: 'some-text', env: [{ name: key, value: 'some-text' }] };
    expect(masker().maskObject(object)).toBe(object);
    const text = `${key}=some-text\n${key}: some-text\n--${key}=some-text`;
    expect(masker().maskObject({ text })).toEqual({ text });
  });

  it.each([
    ['a switch', true],
    ['a switch as text', 'true'],
    ['nothing', ''],
    ['null', null],
    ['a small number', 3600],
    ['a small number as text', '10'],
    ['a duration', '15m'],
    ['a file', '/var/run/secrets/token'],
    ['a path of Vault', 'secret/data/dlt/node-alpha'],
    ['a reference of Kubernetes', '$(OTHER)'],
    ['a variable', '${OTHER_TOKEN}'],
    ['a template', '{{ .Values.token }}'],
    ['a reference for vals', 'ref+vault://secret/a#b'],
    ['a reference of Bank-Vaults', 'vault:secret/data/a#b'],
    ['a reference for the plugin of Argo CD', '<path:secret/data/a#b>'],
    ['a reference of Argo CD', '$dex.github.clientSecret'],
    ['an ARN', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-b'],
    ['an object that refers', { secretName: 'a', items: [{ key: 'password', path: 'password' }] }],
    ['a projection', { audience: 'vault', expirationSeconds: 3600, path: 'token' }],
    ['references', [{ name: 'regcred' }]],
  ])('leaves %s under a key that names a secret', (_, value) => {
    const object = { token: value };
    expect(masker().maskObject(object)).toBe(object);
  });

  it('masks numbers under passwords only', () => {
    expect(JSON.stringify(masker().maskObject({ password: 123456, pinPassword: 7 }))).not.toMatch(
      /123456|7}/,
    );
    expect(masker().maskObject({ maxToken: 5, secrets: '10' })).toEqual({
      maxToken: 5,
      secrets: '10',
    });
    const own = masker();
    expect(own.maskObject({ password: 1 })).not.toEqual(own.maskObject({ password: '1' }));
  });

  it('takes secretKey for a name beside the Secret, or when it reads like one', () => {
    const names = [
      { existingSecret: 'a', secretKey: 'x1y2' },
      { secretKey: 'x1y2', remoteRef: { key: 'b' } },
      { secretKey: 'db-password' },
      { secretKey: 'AWS_SECRET_ACCESS_KEY' },
    ];
    for (const object of names) expect(masker().maskObject(object)).toBe(object);
    const values = [
      { secretKey: 'x1y2' },
      { name: 'a', secretKey: 'x1y2' },
      { existingSecret: '', secretKey: 'x1y2' },
    ];
    for (const object of values) {
      expect(JSON.stringify(masker().maskObject(object))).not.toContain('x1y2');
    }
  });

  it('masks what stands below names of several secrets', () => {
    const object = {
      passwords: { alice: 's3cret', name: 'a' },
      tokens: ['s3cret'],
      secrets: { db: 's3cret' },
    };
    const mark = `<masked ${digest('s3cret')}>`;
    expect(masker().maskObject(object)).toEqual({
      passwords: { alice: mark, name: 'a' },
      tokens: [mark],
      secrets: { db: mark },
    });
  });

  it('obeys its settings', () => {
    const settings = {
      maskKeys: ['*_PIN', 'walletName'],
      keepKeys: ['chain*Token'],
      entropy: false,
    };
    const object = {
      X_PIN: '1',
      walletname: 'w',
      chainToken: 'abc',
      a: random,
      token: 't0ken',
      b: jwt,
    };
    expect(masker(settings).maskObject(object)).toEqual({
      X_PIN: expect.stringMatching(mask) as unknown,
      walletname: expect.stringMatching(mask) as unknown,
      chainToken: 'abc',
      a: random,
      token: expect.stringMatching(mask) as unknown,
      b: expect.stringMatching(mask) as unknown,
    });
    const secret = { kind: 'Secret', stringData: { chainToken: 'abc' } };
    expect(JSON.stringify(masker(settings).maskObject(secret))).not.toContain('abc');
  });
});

describe('maskObject: values', () => {
  it.each([
    ['a token of GitLab', 'glpat-abcdefghij0123456789'],
    ['a token of GitHub', 'ghp_abcdefghij0123456789abcdefghij012345'],
    ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['a token of Slack', 'xoxb-123456789012-abcdef'],
    ['a token of Vault', `hvs.${random}`],
    ['a JSON Web Token', jwt],
    ['base64', random],
    ['base64 of a text', base64('this is a text of some length, in base64')],
    ['base58', '5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF'],
    ['base36', 'kf5vz6ssxe4zjcb409rjgo747tc5qjazgptvotk6'],
    ['hexadecimal', '4f3c2a1b9e8d7c6b5a4f3e2d1c0b9a87'],
    ['20 bytes in hexadecimal', hex40],
    ['a private key of Ethereum', `0x${hex64}`],
    ['a private key', privatePem],
    ['a bcrypt', '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC'],
    ['a header', 'Bearer abcdef0123'],
    ['a header of HTTP', `Authorization: Basic ${base64('me:s3cret')}`],
  ])('masks %s wherever it is', (_, value) => {
    for (const object of [
      { a: value },
      { a: `see ${value} there` },
      { [`k`]: [`x\n${value}\ny`] },
    ]) {
      const masked = JSON.stringify(masker().maskObject(object));
      expect(masked).toMatch(mask);
      expect(masked).not.toContain(value.trim().split(/[\s.]/).at(-1));
    }
    expect(masker().maskText(`see ${value}`)).toMatch(value === hex40 ? hex40 : mask);
  });

  it.each([
    ['a digest of an image', `registry/app@sha256:${hex64}`],
    ['a digest', `sha256:${hex64}`],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['an address of Ethereum', '0x52908400098527886E0F7030069857D2E4169EE7'],
    ['a public key', publicPem.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['a certificate', publicPem],
    ['a certificate in base64', base64(publicPem)],
    ['a public key of SSH', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${random} me@host`],
    ['a node of Ethereum', `enode://${hex64}${hex64}@10.0.0.1:30303`],
    ['a node of Tendermint', `${hex40}@node-alpha:26656`],
    ['a peer of libp2p', '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'],
    ['a picture', `data:image/png;base64,iVBORw0KGgo${random}`],
    ['a path', '/usr/local/share/ca-certificates/internal/authority'],
    ['a class', 'org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration'],
    ['a name with words', 'dlt-node-alpha-backend-headless-internal-qa-20260501t120000'],
    ['a URL', 'https://user@host:8443/path@v1?x=a:b#c'],
    ['a URL with references', 'https://$(USER):$(PASSWORD)@host'],
    ['an image with a tag and a digest', `docker://alpine:3.18@sha256:${hex64}`],
    ['prose', 'The token is read from a file; the secret, too. See there for passwords.'],
    ['a comparison', 'if password == nil then return secret ~= other end'],
    ['code', 'if obj.status.token ~= nil and obj.secret == "" then'],
  ])('leaves %s', (_, value) => {
    const object = { a: value, b: [value] };
    expect(masker().maskObject(object)).toBe(object);
  });

  it.each([
    ['config-checksum', hex64],
    ['checksum/secret', hex64],
    ['targetRevision', hex40],
    ['genesisHash', `0x${hex64}`],
    ['resourceVersion', '123456'],
    ['caBundle', random],
    ['publicKey', hex64],
    ['enode', hex64],
  ])('leaves what is random under %s', (key, value) => {
    const object = { metadata: { annotations: { [key]: value } } };
    expect(masker().maskObject(object)).toBe(object);
    const text = `x: y\n${key}: ${value}\n`;
    expect(masker().maskObject({ text })).toEqual({ text });
  });

  it('does not take a password for a checksum', () => {
    expect(JSON.stringify(masker().maskObject({ passwordHash: hex64 }))).not.toContain(hex64);
    expect(JSON.stringify(masker().maskObject({ 'checksum/password': 's3cret' }))).not.toContain(
      's3cret',
    );
  });

  it.each([
    ['postgres://me:s3cret@host/db', 'postgres://me:*@host/db'],
    ['postgres://me:s3/cr?et@host/db', 'postgres://me:*@host/db'],
    ['redis://:s3cret@host', 'redis://:*@host'],
    ['a://u:s3cret@h,b://v:s3cret@h', 'a://u:*@h,b://v:*@h'],
    ['me:s3cret@tcp(db:3306)/x', 'me:*@tcp(db:3306)/x'],
    ['jdbc:oracle:thin:me/s3cret@//db:1521/x', 'jdbc:oracle:thin:me/*@//db:1521/x'],
    [
      'jdbc:postgresql://db/x?user=me&password=s3cret&ssl=true',
      'jdbc:postgresql://db/x?user=me&password=*&ssl=true',
    ],
    ['Server=db;Password=s3cret;Encrypt=true', 'Server=db;Password=*;Encrypt=true'],
    ['host=db password=s3cret dbname=x', 'host=db password=* dbname=x'],
    ['--password=s3cret', '--password=*'],
    ['run --api-key s3cret --x', 'run --api-key * --x'],
    ['run --password="s3 cret" --x', 'run --password="*" --x'],
    ['curl -u me:s3cret https://x', 'curl -u me:* https://x'],
    ['--set a.password=s3cret,b=c', '--set a.password=*,b=c'],
    ['export TOKEN=s3cret', 'export TOKEN=*'],
    ['{"a":1,"password":"s3\\"cret","b":2} x', '{"a":1,"password":"*","b":2} x'],
    ['x "{\\"password\\":\\"s3cret\\",\\"b\\":2}"', 'x "{\\"password\\":\\"*\\",\\"b\\":2}"'],
    ['requirepass s3cret', 'requirepass *'],
    ['machine x login me password s3cret', 'machine x login me password *'],
    ['<password>s3cret</password> password=s3cret', '<password>s3cret</password> password=*'],
    ['a: b\npassword: s3cret # see\nc: d', 'a: b\npassword: * # see\nc: d'],
    ['password: |\n  s3cret\n  more\nc: d', 'password: |\n  *\n  *\nc: d'],
    ['password:\n  s3cret\nc: d', 'password:\n  *\nc: d'],
    ['tokens:\n  - s3cret\n  - "more"\nc: d', 'tokens:\n  - *\n  - "*"\nc: d'],
    [
      'secret:\n  secretName: a\n  items:\n    - key: b',
      'secret:\n  secretName: a\n  items:\n    - key: b',
    ],
    ['password:\n  value: s3cret\n', 'password:\n  value: *\n'],
    ['db.password = s3cret\nx = y', 'db.password = *\nx = y'],
    ['requirepass $(REDIS_PASSWORD)', 'requirepass $(REDIS_PASSWORD)'],
    ["password: 's3''cret'\nx: y", "password: '*'\nx: y"],
    ['userPassword: {SSHA}s3cret', 'userPassword: *'],
  ])('masks in the text %j', (text, expected) => {
    const masked = (masker().maskObject({ text }) as { text: string }).text;
    expect(masked.replace(/<masked [^>]*>/g, '*')).toBe(expected);
    expect(
      masker()
        .maskText(text)
        .replace(/<masked [^>]*>/g, '*'),
    ).toBe(expected);
  });

  it('masks the argument behind one that names a secret', () => {
    const args = [
      '--user',
      'me',
      '--password',
      's3cret',
      '--token',
      '--verbose',
      '--secret-file',
      '/x',
    ];
    const masked = (masker().maskObject({ args }) as { args: string[] }).args;
    expect(masked).toEqual(
      args.map((arg) => arg.replace('s3cret', `<masked ${digest('s3cret')}>`)),
    );
  });

  it('masks what pretends to be masked', () => {
    const own = masker();
    const { a } = own.maskObject({ a: { token: 's3cret' } }) as { a: { token: string } };
    const copies = [a.token, `x ${a.token}`, '<masked 00000000>', '< MASKED 1', '<masked?'];
    for (const copy of copies) {
      for (const object of [{ copy }, { [copy]: 'x', y: 1 }, { data: { copy }, kind: 'Secret' }]) {
        expect(JSON.stringify(own.maskObject(object))).not.toContain(copy);
      }
    }
    const settings = { keepKeys: ['copy'] };
    expect(masker(settings).maskObject({ copy: '<masked 1>' })).not.toEqual({ copy: '<masked 1>' });
  });

  it('keeps keys that would change a prototype as ordinary ones', () => {
    const text =
      '{"__proto__":{"password":"s3cret"},"constructor":{"token":"s3cret"},"toString":"x"}';
    const masked = masker().maskObject(JSON.parse(text)) as object;
    expect(Object.keys(masked)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(JSON.stringify(masked)).not.toContain('s3cret');
    expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['password']).toBeUndefined();
  });

  it('refuses what is nested without end', () => {
    const cycle: Record<string, unknown> = {};
    cycle['a'] = cycle;
    expect(() => masker().maskObject(cycle)).toThrow(/nested/);
    const deep = `${'['.repeat(50_000)}"password=s3cret"${']'.repeat(50_000)}`;
    expect(JSON.stringify(masker().maskObject({ deep }))).not.toContain('s3cret');
  });

  it('leaves everything that is rendered for the example network', () => {
    const folder = new URL('../../../../test/__golden__/manifests/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const manifests = files.filter((file) => file.endsWith('.yaml'));
    expect(manifests.length).toBeGreaterThan(10);
    for (const file of manifests) {
      for (const { value } of parseYamlDocuments(
        readFileSync(new URL(file, folder), 'utf8'),
        file,
      )) {
        expect(masker().maskObject(value)).toBe(value);
      }
    }
  });

  it('finds nearly everything that is random, and no names', () => {
    const alphabets = [
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
      '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
      'abcdefghijklmnopqrstuvwxyz0123456789',
    ];
    const own = masker();
    const values = alphabets.flatMap((alphabet) =>
      fc.sample(fc.string({ unit: fc.constantFrom(...alphabet), minLength: 32, maxLength: 64 }), {
        numRuns: 1000,
        seed: 1,
      }),
    );
    const missed = values.filter((value) => (own.maskObject([value]) as string[])[0] === value);
    expect(missed.length / values.length).toBeLessThan(0.005);
  });
});

describe('maskText', () => {
  it.each([
    ['plain', 's3cr"et/<1>', 's3cr"et/<1>'],
    ['as JSON', 's3cr"et/<1>', 's3cr\\"et/<1>'],
    ['as JSON in JSON', 's3cr"et/<1>', 's3cr\\\\\\"et/<1>'],
    ['as Go writes JSON', 's3cr"et/<1>', 's3cr\\"et/\\u003c1\\u003e'],
    ['in YAML', "s3cr'et", "s3cr''et"],
    ['in HTML', 's3cr"et/<1>', 's3cr&quot;et/&lt;1&gt;'],
    ['in a URL', 's3cr et/ü', 's3cr%20et%2F%C3%BC'],
    ['in a form', 's3cr et/ü', 's3cr+et%2F%C3%BC'],
    ['as base64', 's3cret??>', base64('s3cret??>')],
    ['as base64 without padding', 's3cretab', base64('s3cretab').replace('=', '')],
    ['as base64 for URLs', 's3cret??>', base64('s3cret??>').replaceAll('/', '_')],
    ['without blanks around it', ' s3cret\n', 's3cret'],
    ['a line of it', 'first line\nsecond line', 'second line'],
    ['a password in it', '{"auths":{"x":{"password":"s3cret"}}}', 's3cret'],
  ])('masks a known secret %s', (_, secret, form) => {
    const own = masker();
    own.maskObject({ kind: 'Secret', stringData: { a: secret } });
    const text = `render failed near ${form}, line 3`;
    expect(own.maskText(text)).toMatch(/^render failed near <masked [0-9a-f]{8}>,? line 3$/);
  });

  it('masks all occurrences, the longest secret first, and what overlaps', () => {
    const own = masker();
    own.maskObject({ kind: 'Secret', stringData: { a: 'abcd', b: 'abcdefgh', c: 'ghijkl' } });
    const mark = (text: string): string => `<masked ${digest(text)}>`;
    expect(own.maskText('abcd abcdefgh.abcd abcdefghijkl')).toBe(
      `${mark('abcd')} ${mark('abcdefgh')}.${mark('abcd')} ${mark('abcdefghijkl')}`,
    );
  });

  it('finds long secrets', () => {
    const own = masker();
    const secret = Array.from({ length: 400 }, (_, index) => `part ${index}`).join('-');
    own.maskObject({ kind: 'Secret', data: { a: base64(secret) } });
    expect(own.maskText(`x${secret}y`)).toBe(`x<masked ${digest(secret)}>y`);
    expect(own.maskText(base64(secret))).not.toContain(base64(secret).slice(100, 170));
    expect(own.maskText(secret.slice(40, 300))).not.toContain('part 20-');
  });

  it('does not shred texts', () => {
    const own = masker();
    own.maskObject({ kind: 'Secret', stringData: { a: 'abc', b: 'true', c: 'postgres' } });
    own.maskObject({ token: 'short', password: 'admin' });
    const text = 'abc true postgres short admin';
    expect(own.maskText(text)).toBe(text);
  });

  it('keeps our own masks, and no other ones', () => {
    const own = masker();
    const { token } = own.maskObject({ token: 's3cret-value' }) as { token: string };
    const text = `token: ${token}\npassword: "${token}"`;
    expect(own.maskText(text)).toBe(text);
    expect(own.maskText(own.maskText('s3cret-value <masked 12345678>'))).toBe(
      `${token} <masked ${digest('<masked 12345678>')}>`,
    );
  });

  it('leaves commits, and messages of Helm', () => {
    const text =
      `compared ${hex40} with origin/main: [ERROR] templates/: template: dlt-backend/templates/x.yaml:12:4: ` +
      'executing "x" at <required "the database has no password: set it">: error calling required';
    expect(masker().maskText(text)).toContain(
      `compared ${hex40} with origin/main: [ERROR] templates/`,
    );
    expect(masker().maskText(text)).toContain('<required "the database has no password: ');
  });
});

describe('properties', () => {
  it('no secret is left in an object, or in a text after it was seen', () => {
    fc.assert(
      fc.property(planted, fc.string(), fc.string(), ([secret, object], before, after) => {
        const own = masker();
        const masked = JSON.stringify(own.maskObject(object));
        const forms = [
          secret,
          base64(secret),
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
        ];
        for (const form of forms) {
          expect(masked).not.toContain(form);
          expect(own.maskText(`${before}${form}${after}`)).not.toContain(form);
        }
        expect(own.maskText(JSON.stringify(object))).not.toContain(secret);
      }),
      { numRuns: 1000 },
    );
  });

  it('the same secret gives the same mask, another one another', () => {
    fc.assert(
      fc.property(secrets, secrets, (one, two) => {
        const own = masker();
        const [first, again, other] = [one, one, two].map((token) =>
          JSON.stringify(own.maskObject({ token })),
        );
        expect(again).toBe(first);
        expect(other === first).toBe(one === two);
        expect(masker().maskObject({ token: one })).toEqual(own.maskObject({ token: one }));
      }),
    );
  });

  it('what an object comes out as depends on it alone', () => {
    fc.assert(
      fc.property(planted, planted, ([, one], [, two]) => {
        const used = masker();
        used.maskObject(one);
        used.maskText(JSON.stringify(two));
        expect(used.maskObject(two)).toEqual(masker().maskObject(two));
      }),
    );
  });

  it('an object without secrets is itself, and no object is changed', () => {
    fc.assert(
      fc.property(around(harmless), planted, (plain, [, object]) => {
        expect(masker().maskObject(plain)).toBe(plain);
        const copy = structuredClone(object);
        masker().maskObject(object);
        expect(JSON.stringify(object)).toBe(JSON.stringify(copy));
      }),
    );
  });

  it('takes any object and any text', () => {
    fc.assert(
      fc.property(fc.object(), fc.string({ unit: 'binary' }), (object, text) => {
        const own = masker();
        const masked = own.maskObject({ object, text, password: text });
        expect(Object.keys(masked as object)).toEqual(['object', 'text', 'password']);
        expect(typeof own.maskText(text)).toBe('string');
      }),
    );
  });
});

describe('time', () => {
  const size = 200_000;
  const fill = (part: string): string => part.repeat(Math.ceil(size / part.length));
  it.each(
    [
      'a',
      '=',
      '\\',
      '"',
      ' ',
      '[',
      '0123456789abcdef',
      'password=',
      'password="',
      "password='",
      'password=[',
      'password=\\"\\\\"',
      '://',
      'a://b:c@',
      'a:b@tcp(',
      'eyJ-',
      '<masked ',
      '--password ',
      'secret:\n',
      'key: ',
      '-----BEGIN ',
      'kind: Secret\ndata:\n',
      '"kind":"Secret""data":{',
      'authorization: ',
      'Basic ',
      '-u a:',
      'login a ',
      'passwords:\n  value:\n',
      'aB3',
      'A',
      '<',
      'Bearer\t',
    ].map((part) => [JSON.stringify(part), part]),
  )('is linear for a text of nothing but %s', (_, part) => {
    const text = fill(part);
    const start = performance.now();
    const own = masker();
    own.maskObject({ kind: 'Secret', stringData: { a: text.slice(0, 1000) } });
    own.maskObject({ text });
    own.maskText(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
