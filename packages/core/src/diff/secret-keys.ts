/**
 * What a key says about its value:
 *
 * - `password`: a secret whatever it looks like, also a number.
 * - `secret`: a secret, unless it looks like a reference or a setting.
 * - `secretKey`: a secret, or the name of a key in a Secret.
 * - `public`: a name, an address, a certificate; random at most, and public.
 * - `kept`: never masked, as the settings say.
 * - `plain`: nothing.
 */
export type KeyClass = 'password' | 'secret' | 'secretKey' | 'public' | 'kept' | 'plain';

/** What a key says, beside what it says about what is below it. */
export interface KeyInfo {
  readonly class: KeyClass;
  /** Names several secrets: what is in it by any name is one. */
  readonly isPlural: boolean;
  /** Says only that a value follows, as `value` and `data`: what it is, the key above says. */
  readonly isGeneric: boolean;
  /** Names something about a secret that is none, such as `name`, `path` or `ttl`. */
  readonly isSetting: boolean;
  /** Names a checksum or a revision: hexadecimal digits are one. */
  readonly isDigest: boolean;
}

/** Keys that are judged otherwise than by their words. `*` in a pattern stands for anything. */
export interface KeySettings {
  /** Further keys whose values are masked. */
  readonly maskKeys?: readonly string[];
  /** Keys whose values are never masked, except in a Secret. */
  readonly keepKeys?: readonly string[];
}

export type KeyJudge = (key: string) => KeyInfo;

/** Longer keys are judged by their end. */
const keyLengthMax = 128;
/** So many keys are remembered. */
const rememberedMax = 20_000;

/** Judges keys; what was judged before is remembered. */
export function keyJudge(settings: KeySettings = {}): KeyJudge {
  const masks = patternTest(settings.maskKeys ?? []);
  const keeps = patternTest(settings.keepKeys ?? []);
  const known = new Map<string, KeyInfo>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const info = judge(key);
    const own = keeps(key) ? 'kept' : masks(key) ? 'password' : info.class;
    const result = own === info.class ? info : { ...info, class: own };
    if (known.size >= rememberedMax) known.clear();
    known.set(key, result);
    return result;
  };
}

/** Info of what has no key of its own. */
export const noKey: KeyInfo = {
  class: 'plain',
  isPlural: false,
  isGeneric: false,
  isSetting: false,
  isDigest: false,
};
const inherited: Readonly<Record<'password' | 'secret', KeyInfo>> = {
  password: { ...noKey, class: 'password' },
  secret: { ...noKey, class: 'secret' },
};

/** Info of what is a password whatever it is called. */
export const passwordKey: KeyInfo = inherited.password;

export function isSecretClass(info: KeyInfo): boolean {
  return info.class === 'password' || info.class === 'secret' || info.class === 'secretKey';
}

/** What a key says when it stands below another one. */
export function below(parent: KeyInfo, own: KeyInfo): KeyInfo {
  if (!isSecretClass(parent) || (own.class !== 'plain' && !own.isGeneric)) return own;
  if (!own.isGeneric && (!parent.isPlural || own.isSetting)) return own;
  return inherited[parent.class === 'password' ? 'password' : 'secret'];
}

/** What a key says about an item of its list. */
export function itemOf(list: KeyInfo): KeyInfo {
  return list.isPlural && isSecretClass(list)
    ? inherited[list.class === 'password' ? 'password' : 'secret']
    : list;
}

function patternTest(patterns: readonly string[]): (key: string) => boolean {
  const tests = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split(/\*+/)
          .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
          .join('.*')}$`,
        'is',
      ),
  );
  return (key) => {
    const short = key.slice(-keyLengthMax);
    return tests.some((test) => test.test(short) || test.test(lastPart(short)));
  };
}

const passwordWord = /(?:password|passwd|passphrase)(s?)$/;
const secretWord =
  /(?:requirepass|masterauth|secret|token|pwd|credential|apikey|privatekey|secretkey|accesskey|authkey|connectionstring|connstring|mnemonic)(s?)$/;
const secretWords = new Set([
  'cred',
  'dsn',
  'jwt',
  'htpasswd',
  'dockercfg',
  'dockerconfigjson',
  'salt',
]);
/** Short words that are a password only at the end: `DB_PASS`, but not `pass-through`. */
const lastPasswordWords = new Set(['pass', 'pw', 'psw', 'pswd', 'otp']);
const wordsBeforeKey = new Set([
  ...['access', 'account', 'admin', 'aes', 'api', 'auth', 'client', 'crypto', 'decryption'],
  ...['deploy', 'encrypt', 'encryption', 'hmac', 'integration', 'license', 'master', 'operator'],
  ...['private', 'recovery', 'root', 'rsa', 'secret', 'session', 'shared', 'sign', 'signer'],
  ...['signing', 'ssh', 'ssl', 'storage', 'tls', 'unseal', 'validator', 'wallet', 'webhook'],
]);
/** After a word for a secret: it is not the secret itself. */
const settingWords = new Set([
  ...['name', 'names', 'ref', 'refs', 'reference', 'references', 'path', 'paths', 'file', 'files'],
  ...['filename', 'dir', 'directory', 'folder', 'key', 'keys', 'mount', 'mounts', 'mountpath'],
  ...['volume', 'url', 'urls', 'uri', 'uris', 'endpoint', 'endpoints', 'server', 'host', 'port'],
  ...['address', 'addresses', 'header', 'headers', 'prefix', 'suffix', 'type', 'kind', 'class'],
  ...['ttl', 'expiry', 'expiration', 'expires', 'expire', 'lifetime', 'duration', 'validity'],
  ...['seconds', 'minutes', 'hours', 'days', 'interval', 'timeout', 'period', 'age', 'at', 'time'],
  ...['length', 'size', 'count', 'counts', 'limit', 'limits', 'max', 'min', 'policy', 'policies'],
  ...['enabled', 'disabled', 'enable', 'required', 'optional', 'rotation', 'renewal', 'refresh'],
  ...['mode', 'format', 'encoding', 'encoder', 'algorithm', 'alg', 'issuer', 'audience', 'scope'],
  ...['scopes', 'namespace', 'namespaces', 'provider', 'providers', 'store', 'stores', 'engine'],
  ...['backend', 'version', 'id', 'ids', 'manager', 'operator', 'role', 'roles', 'user', 'users'],
  ...['username', 'owner', 'env', 'environment', 'from', 'source', 'selector', 'label', 'labels'],
  ...['annotation', 'annotations', 'template', 'templates', 'property', 'field', 'index', 'hint'],
  ...['retries', 'retry', 'review', 'reviews', 'request', 'requests', 'projection', 'account'],
  ...['symbol', 'decimals', 'contract', 'supply', 'standard', 'registry', 'amount'],
  ...['price', 'balance', 'bridge', 'chain', 'network', 'method', 'description', 'error', 'status'],
  ...['reset', 'authentication', 'bits', 'strength', 'generator', 'validation', 'sync'],
  ...['pattern', 'regex', 'regexp', 'mtime', 'schema'],
]);
/** Before a word for a secret: it is the name of one, or counts them. */
const referenceWords = new Set([
  ...['existing', 'pull', 'max', 'min', 'num', 'total', 'native', 'gas', 'fee', 'staking'],
  ...['governance', 'erc20', 'erc721', 'erc1155'],
]);
/** Of which a Secret is the name. */
const ofWhichSecret = new Set([
  ...['password', 'passwords', 'credential', 'credentials', 'tls', 'ca', 'cert', 'certificate'],
]);
const genericWords = new Set([
  ...['value', 'values', 'data', 'content', 'contents', 'text', 'plain', 'plaintext', 'raw'],
  ...['string', 'literal', 'default', 'current', 'base64', 'b64', 'inline'],
]);
const digestWords = new Set([
  ...['checksum', 'digest', 'hash', 'sha', 'sha1', 'sha256', 'sha384', 'sha512', 'md5', 'etag'],
  ...['integrity', 'fingerprint', 'thumbprint', 'revision', 'commit', 'uid', 'tag', 'version'],
]);
const publicWords = new Set([
  ...['public', 'pub', 'pubkey', 'cert', 'certs', 'certificate', 'certificates', 'crt', 'ca'],
  ...['cabundle', 'cacert', 'bundle', 'enode', 'enr', 'bootnode', 'bootnodes', 'peer', 'peers'],
]);
/** At the end of a key. */
const lastPublicWords = new Set([
  ...['name', 'namespace', 'kind', 'image', 'address', 'addr', 'hosts', 'csr', 'crl', 'crd'],
]);
const extension =
  /\.(?:txt|json|ya?ml|pem|conf|cfg|config|ini|properties|props|env|hcl|toml|xml)$/i;

function judge(key: string): KeyInfo {
  const short = key.slice(-keyLengthMax);
  const own = ownWords(short);
  const noun = findNoun(own);
  return {
    class: classOf(short, own, noun),
    isPlural: noun?.isPlural === true,
    isGeneric: own.every((word) => genericWords.has(word)),
    isSetting: own.some((word) => settingWords.has(word)),
    isDigest: noun?.class !== 'password' && isDigestKey(short, own),
  };
}

function classOf(key: string, own: readonly string[], noun: Noun | undefined): KeyClass {
  // Vault's agent reads its annotations: paths and templates.
  if (key.startsWith('vault.hashicorp.com/')) return 'plain';
  if (noun !== undefined && isOwnSecret(own, noun)) return noun.class;
  if (own.some((word) => publicWords.has(word))) return 'public';
  return lastPublicWords.has(own.at(-1) ?? '') ? 'public' : 'plain';
}

/** `config-checksum`, `checksum/secret`, `checksum-secret`. */
function isDigestKey(key: string, own: readonly string[]): boolean {
  const prefix = wordsOf(key.slice(0, key.lastIndexOf('/') + 1));
  return (
    own[0] === 'checksum' ||
    digestWords.has(own.at(-1) ?? '') ||
    prefix.some((word) => digestWords.has(word))
  );
}

interface Noun {
  readonly class: 'password' | 'secret' | 'secretKey';
  readonly isPlural: boolean;
  /** Words before it, and where those behind it begin. */
  readonly from: number;
  readonly to: number;
}

/** The last word for a secret. */
function findNoun(words: readonly string[]): Noun | undefined {
  for (let at = words.length - 1; at >= 0; at -= 1) {
    const found = nounAt(words, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nounAt(words: readonly string[], at: number): Noun | undefined {
  const word = (words[at] ?? '').replace(/\d+$/, '');
  const before = words[at - 1] ?? '';
  const noun = (kind: Noun['class'], plural: string | undefined, length = 1): Noun => ({
    class: kind,
    isPlural: plural === 's',
    from: at + 1 - length,
    to: at + 1,
  });
  const password = passwordWord.exec(word);
  if (password !== null) return noun('password', password[1]);
  if (at === words.length - 1 && lastPasswordWords.has(word)) return noun('password', '');
  const secret = secretWord.exec(word);
  if (secret !== null) return noun('secret', secret[1]);
  const isPlural = word.endsWith('s');
  if (secretWords.has(isPlural ? word.slice(0, -1) : word))
    return noun('secret', isPlural ? 's' : '');
  return pairAt(before, word, noun);
}

function pairAt(
  before: string,
  word: string,
  noun: (kind: Noun['class'], plural: string, length: number) => Noun,
): Noun | undefined {
  const isKey = word === 'key' || word === 'keys';
  if (isKey && wordsBeforeKey.has(before)) {
    const kind = before === 'secret' || before === 'access' ? 'secretKey' : 'secret';
    return noun(kind, word.slice(3), 2);
  }
  const pair = `${before} ${word}`;
  if (/^(?:seed|recovery|pass) phrase$/.test(pair)) return noun('password', '', 2);
  return /^(?:conn(?:ection)? string|secret id)$/.test(pair) ? noun('secret', '', 2) : undefined;
}

/** Whether a key names a secret itself, and not something about it. */
function isOwnSecret(words: readonly string[], noun: Noun): boolean {
  const before = words.slice(0, noun.from);
  if (before.some((word) => referenceWords.has(word) || word === 'public')) return false;
  if (words.slice(noun.to).some((word) => settingWords.has(word))) return false;
  const isNameOfSecret = /^secrets?$/.test(words[noun.from] ?? '') && noun.to === noun.from + 1;
  return !(isNameOfSecret && ofWhichSecret.has(before.at(-1) ?? ''));
}

/** `spring.datasource.password` is a `password`, `token.json` a `token`, `tls.key` a `tls key`. */
function ownWords(key: string): string[] {
  const parts = lastPart(key)
    .replace(extension, '')
    .split(/[.:[\]]/)
    .filter((part) => !/^\d*$/.test(part));
  const last = parts.at(-1) ?? '';
  const words = wordsOf(last);
  const isVague = words.every((word) => genericWords.has(word) || /^(?:keys?|id)$/.test(word));
  return isVague && parts.length > 1 ? [...wordsOf(parts.at(-2) ?? ''), ...words] : words;
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** Words of a key in lower case, from camelCase, snake_case, kebab-case and others; `JWTs` is one. */
function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z\d])(?=[A-Z])/g, '$1 ')
    .replace(/([A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}
