import fc from 'fast-check';

/** Secrets that tests make up, and objects that hold them: in Secrets, by key, in texts, URLs and arguments. */

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Marked at both ends, so that no name or reference looks like it and no other text contains it. */
const secretOf = (unit: string): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...unit), minLength: 8, maxLength: 90 })
    .map((text) => `Zq${text}9`);
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!%*+?^~äé🌊';
/** What may stand in a line without quotes, and what needs them. */
export const secrets = secretOf(letters);
const oddSecrets = secretOf(`${letters} "'\`\\,;:=&<>{}[]()#@/|$\n\t-_.`);
const names = fc.constantFrom(
  'alpha',
  'beta',
  'config',
  'spec',
  'items',
  'x-1',
  '__proto__',
  'data',
);
const secretNames = fc.constantFrom(
  ...['password', 'DB_PASSWORD', 'apiToken', 'client-secret', 'private_key', 'dsn'],
);

/** Something with the secret in it, whatever characters it has, where it is known for one. */
function quotedPlaces(secret: string): fc.Arbitrary<unknown> {
  const own = fc.oneof(
    names.map((key) => ({ apiVersion: 'v1', kind: 'Secret', data: { [key]: base64(secret) } })),
    names.map((key) => ({ kind: 'Secret', stringData: { [key]: secret } })),
    secretNames.map((name) => ({
      env: [
        { name: 'A', value: 'b' },
        { name, value: secret },
      ],
    })),
    secretNames.map((name) => ({ [name]: secret })),
    secretNames.map((name) => ({ [name]: [secret, { value: secret }] })),
    secretNames.map((name) => ({ args: ['run', `--${name}`, secret] })),
  );
  return fc.oneof(
    own,
    own.map((object) => ({ config: JSON.stringify(object) })),
    own.map((object) => ({ metadata: { annotations: { last: JSON.stringify(object, null, 2) } } })),
    secretNames.map((name) => ({ config: `got ${JSON.stringify({ [name]: secret, a: 1 })}` })),
    secretNames.map((name) => ({ config: `a: b\n${name}: ${JSON.stringify(secret)}\nc: d\n` })),
    fc.constant({ values: `kind: Secret\nstringData:\n  a: ${JSON.stringify(secret)}\n` }),
    fc.constant({ values: `kind: Secret\ndata:\n  a: ${base64(secret)}\n` }),
    fc.constant({ url: `postgres://me:${encodeURIComponent(secret)}@host/db`, password: secret }),
  );
}

/** Something with the secret in it where nothing is around it. */
function barePlaces(secret: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    quotedPlaces(secret),
    secretNames.map((name) => ({ args: [`--${name}=${secret}`] })),
    secretNames.map((name) => ({ command: `run --${name} ${secret} --verbose` })),
    secretNames.map((name) => ({ config: `a=b\n${name}=${secret}\nc=d\n` })),
    secretNames.map((name) => ({ config: `a: b\n  ${name}: ${secret}\nc: d\n` })),
    secretNames.map((name) => ({ config: `first\n  ${name}: |\n    ${secret}\nc: d\n` })),
    secretNames.map((name) => ({ config: `${name}s:\n  - ${secret}\n  - x\n` })),
  );
}

export const harmless = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constantFrom(
    '',
    'a text',
    'registry/app:v1.2.3',
    '/etc/app/config.yaml',
    'a: b\nc: d\n',
    '10Gi',
  ),
);
/** Objects and lists with something in them somewhere. */
export function around(inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrap = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof(
      fc.tuple(names, value, harmless).map(([key, own, other]) => ({ other, [key]: own })),
      fc.tuple(harmless, value).map(([other, own]) => [other, own]),
      value.map((own) => ({ kind: 'List', items: [own] })),
    );
  return fc.oneof(inner, wrap(inner), wrap(wrap(inner)), wrap(wrap(wrap(inner))));
}

/** A secret, and plain data with it somewhere where it is known for one. */
export const planted = fc.oneof(
  secrets.chain((secret) => fc.tuple(fc.constant(secret), around(barePlaces(secret)))),
  oddSecrets.chain((secret) => fc.tuple(fc.constant(secret), around(quotedPlaces(secret)))),
);
