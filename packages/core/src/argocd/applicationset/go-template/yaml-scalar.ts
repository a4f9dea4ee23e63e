/**
 * How Go's YAML library, which Argo CD uses, reads plain texts: YAML 1.1 without sexagesimals.
 * Source: go.yaml.in/yaml/v2, resolve.go.
 */

const words = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const infinity = /^[+-]?\.(?:inf|Inf|INF)$/;
const notANumber = /^\.(?:nan|NaN|NAN)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const timestamp =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** What a plain text stands for: a number, a boolean, null, or itself. */
export function resolveScalar(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (infinity.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (notANumber.test(text)) return NaN;
  if (!/^[-+.0-9]/.test(text) || isTimestamp(text)) return text;
  const plain = text.replaceAll('_', '');
  return integerOf(plain) ?? (float.test(plain) ? Number(plain) : text);
}

function integerOf(text: string): number | undefined {
  const digits = text.replace(/^[-+]/, '');
  const known = /^(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]+|0|[1-9][0-9]*)$/.test(digits);
  if (!known) return undefined;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (size >= 2n ** 64n) return undefined;
  return text.startsWith('-') ? -Number(size) : Number(size);
}

function isTimestamp(text: string): boolean {
  return timestamp.test(text);
}

/** Whether a text has to be in quotes to stay a text. Texts that look like times do, too. */
export function isAmbiguousScalar(text: string): boolean {
  return typeof resolveScalar(text) !== 'string' || isTimestamp(text) || isOldNumber(text);
}

function isOldNumber(text: string): boolean {
  return /[0-9]$/.test(text) || text.endsWith('.') || text.endsWith('_')
    ? text.includes(':') && sexagesimal.test(text)
    : false;
}
