/**
 * The natural order of keys: numbers within texts by their value, letters after everything else.
 * Source: go.yaml.in/yaml/v2, sorter.go.
 */
export function compareKeys(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  const at = one.findIndex((char, index) => char !== other[index]);
  if (at < 0 || at >= other.length) return one.length - other.length;
  const [left, right] = [one[at] ?? '', other[at] ?? ''];
  const bytes = (left.codePointAt(0) ?? 0) - (right.codePointAt(0) ?? 0);
  const letters = [left, right].filter((char) => /\p{L}/u.test(char));
  if (letters.length === 2) return bytes;
  if (letters.length === 1) return letters[0] === right ? -1 : 1;
  return compareNumbers(one, other, at) || bytes;
}

/** Compares the numbers that begin at a place where two texts part. */
function compareNumbers(one: readonly string[], other: readonly string[], at: number): number {
  const zero = one[at] === '0' || other[at] === '0';
  const lead = zero && withinNumber(one, at) ? '1' : '0';
  const [left, right] = [digitsFrom(one, at), digitsFrom(other, at)];
  const difference = BigInt(`${lead}${left}`) - BigInt(`${lead}${right}`);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return left.length - right.length;
}

function withinNumber(chars: readonly string[], at: number): boolean {
  const before = /[0-9]*$/.exec(chars.slice(0, at).join(''))?.[0] ?? '';
  return /[1-9]/.test(before);
}

function digitsFrom(chars: readonly string[], at: number): string {
  return /^[0-9]*/.exec(chars.slice(at).join(''))?.[0] ?? '';
}
