import type { KeyInfo } from './secret-keys.ts';

/** What a switch is set to. */
const trivial =
  /^(?:true|false|yes|no|on|off|null|nil|none|undefined|enabled|disabled|~|\{\}|\[\])$/i;
/** Where a secret is to be found, instead of the secret. */
const references = [
  // Kubernetes, shells, Compose.
  /^\$\([A-Za-z_][\w.-]*\)$/,
  /^\$\{[A-Z_][A-Z0-9_]*\}$/,
  /^\$[A-Z]+(?:_[A-Z0-9]+)+$/,
  /^\$\((?:cat|<) \/[\w./-]+\)$/,
  // Argo CD: keys of Secrets in its settings.
  /^\$[a-z][\w-]*[.:][\w.:-]*(?:secret|token|password|key)s?$/i,
  // Go templates without a text in them.
  /^\{\{-? ?[.$a-z][^"'`{}]*\}\}$/,
  // Vault: its paths, Bank-Vaults, vals, the plugins of Argo CD and Helm.
  /^(?:secrets?|kv|kv-v2|database|pki|ssh|auth|transit|cubbyhole|sys)\/[a-z0-9._/-]+(?:#[\w.-]+)?$/,
  /^vault:[a-z0-9._/-]+#[\w.-]+$/,
  /^ref\+[a-z]+:\/\/[\w./-]+(?:#[\w./-]+)?$/,
  /^<path:[\w./-]+#[\w.-]+>$/,
  /^arn:aws[\w-]*:(?:secretsmanager|ssm|kms):[\w:/.-]+$/,
];
const absolutePath = /^(?:\/[a-z0-9._-]+){2,}\/?$/;
const smallNumber = /^\d{1,5}$/;
const duration = /^\d{1,6}(?:ms|s|m|h|d)$/;
const digest = /^(?:sha\d{1,3}[:-]|0x)?[0-9a-f]{6,128}$/i;
const digestBase64 = /^(?:sha\d{1,3}[:-])?(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)$/;

/** Whether a value under a key that names a secret is one, and no switch, reference or setting. */
export function isSecretValue(info: KeyInfo, value: string): boolean {
  const text = value.trim();
  if (text === '' || trivial.test(text)) return false;
  if (info.isDigest && isDigestValue(text)) return false;
  if (text.length <= 256 && references.some((reference) => reference.test(text))) return false;
  if (info.class === 'password') return true;
  if (smallNumber.test(text) || duration.test(text)) return false;
  return text.length > 256 || !absolutePath.test(text);
}

/** Whether a value is a checksum, or the hash of a commit. */
export function isDigestValue(value: string): boolean {
  return value.length <= 140 && (digest.test(value) || digestBase64.test(value));
}
