/** A version as Masterminds/semver reads it. */
export interface SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the hyphen; empty for a release. */
  readonly prerelease: string;
  /** As it was written. */
  readonly original: string;
}

const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const pattern = new RegExp(
  `^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`,
);
const greatest = 2n ** 64n;

/**
 * Reads a version as Masterminds/semver 3 does, which Argo CD uses for charts and tags: `v` may stand in
 * front, minor and patch may be missing. Undefined for what is none.
 *
 * See https://pkg.go.dev/github.com/Masterminds/semver/v3#NewVersion.
 */
export function parseVersion(text: string): SemanticVersion | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = match;
  const numbers = [major, minor, patch].map(BigInt);
  if (numbers.some((number) => number >= greatest)) return undefined;
  if (prerelease.split('.').some((part) => /^0\d+$/.test(part))) return undefined;
  const [first = 0n, second = 0n, third = 0n] = numbers;
  return { major: first, minor: second, patch: third, prerelease, original: text };
}

/** Whether a text looks like a version and is none: a number is too great, or begins with a zero. */
export function isBrokenVersion(text: string): boolean {
  return pattern.test(text) && parseVersion(text) === undefined;
}

/** The order of versions: negative where the left one is smaller. Build metadata does not count. */
export function compareVersions(left: SemanticVersion, right: SemanticVersion): number {
  return (
    compare(left.major, right.major) ||
    compare(left.minor, right.minor) ||
    compare(left.patch, right.patch) ||
    comparePrereleases(left.prerelease, right.prerelease)
  );
}

function comparePrereleases(left: string, right: string): number {
  if (left === '' || right === '') return Number(left === '') - Number(right === '');
  const [lefts, rights] = [left.split('.'), right.split('.')];
  for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
    const order = compareParts(lefts[index], rights[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A part that is missing comes first, then numbers, then words. */
function compareParts(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) {
    return Number(left !== undefined) - Number(right !== undefined);
  }
  const [isNumber, isOtherNumber] = [left, right].map((part) => /^\d+$/.test(part));
  if (isNumber !== isOtherNumber) return isNumber === true ? -1 : 1;
  return isNumber === true ? compare(BigInt(left), BigInt(right)) : compare(left, right);
}

function compare<T extends bigint | string>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
