import { compareVersions, parseVersion, type SemanticVersion } from './semantic-version.ts';

/** What versions a constraint permits. */
export interface VersionConstraint {
  permits(version: SemanticVersion): boolean;
}

/** One comparison. `open` says from which number on the version was left open, as in `1.x`. */
interface Comparison {
  readonly operator: string;
  readonly version: SemanticVersion;
  readonly open: 'major' | 'minor' | 'patch' | undefined;
}

const number = '[0-9|xX*]+';
const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const versionPattern = `v?(?:${number})(?:\\.${number})?(?:\\.${number})?(?:-${identifiers})?(?:\\+${identifiers})?`;
const operatorPattern = '(?:=>|=<|>=|<=|!=|~>|=|>|<|~|\\^|)';
const comparisonPattern = `${operatorPattern}\\s*${versionPattern}`;
const group = new RegExp(
  `^\\s*${comparisonPattern}\\s*(?:(?:\\s+|,\\s*)${comparisonPattern}\\s*)*$`,
);
const parts = new RegExp(
  `^(${operatorPattern})\\s*v?(${number})(?:\\.(${number}))?(?:\\.(${number}))?((?:-${identifiers})?)(?:\\+.*)?$`,
);
const hyphenRange = new RegExp(`\\s*(${versionPattern})\\s+-\\s+(${versionPattern})\\s*`, 'g');

/**
 * Reads a constraint as Masterminds/semver 3.4 does, which Argo CD uses for `targetRevision` of charts and
 * Git tags: comparisons with blanks or commas between them must all hold, `||` stands between alternatives,
 * `1 - 2` is a range, `1.x` and `*` leave numbers open. Prereleases are permitted only where a comparison
 * beside names one. Undefined for what is no constraint.
 *
 * See https://pkg.go.dev/github.com/Masterminds/semver/v3.
 */
export function parseConstraint(text: string): VersionConstraint | undefined {
  const alternatives = text.replace(hyphenRange, '>= $1, <= $2 ').split('||').map(readGroup);
  const known = alternatives.filter((one) => one !== undefined);
  if (known.length < alternatives.length) return undefined;
  return { permits: (version) => known.some((comparisons) => permits(comparisons, version)) };
}

function readGroup(text: string): Comparison[] | undefined {
  if (!group.test(text)) return undefined;
  const found = text.match(new RegExp(comparisonPattern, 'g')) ?? [];
  const comparisons = found.map(readComparison).filter((one) => one !== undefined);
  return comparisons.length < found.length ? undefined : comparisons;
}

function readComparison(text: string): Comparison | undefined {
  const match = parts.exec(text);
  if (match === null) return undefined;
  const [, operator = '', ...numbers] = match;
  const [major = '', minor = '', patch = '', prerelease = ''] = numbers;
  const open = [major, minor, patch].findIndex((one) => one === '' || /^[xX*]$/.test(one));
  const fixed = [major, minor, patch].map((one, index) =>
    open === -1 || index < open ? one : '0',
  );
  const version = parseVersion(`${fixed.join('.')}${prerelease}`);
  if (version === undefined) return undefined;
  const levels = ['major', 'minor', 'patch'] as const;
  return { operator, version, open: open === -1 ? undefined : levels[open] };
}

function permits(comparisons: readonly Comparison[], version: SemanticVersion): boolean {
  const withPrereleases = comparisons.some((one) => one.version.prerelease !== '');
  if (version.prerelease !== '' && !withPrereleases) return false;
  return comparisons.every((one) => operators[one.operator]?.(version, one) === true);
}

type Check = (version: SemanticVersion, comparison: Comparison) => boolean;

const equal: Check = (version, one) =>
  one.open === undefined ? compareVersions(version, one.version) === 0 : near(version, one);

/** With `=1.2.x`, and `!=` the other way around, prereleases count as well. */
const notEqual: Check = (version, { version: other, open }) => {
  if (version.major !== other.major) return open !== undefined || isOther(version, other);
  if (open === 'minor') return false;
  if (open !== undefined && version.minor !== other.minor) return true;
  if (open === 'patch') return version.prerelease !== other.prerelease;
  return isOther(version, other);
};

function isOther(version: SemanticVersion, other: SemanticVersion): boolean {
  return compareVersions(version, other) !== 0;
}

const greater: Check = (version, { version: other, open }) => {
  if (open === undefined || open === 'major') return compareVersions(version, other) > 0;
  if (version.major !== other.major) return version.major > other.major;
  return open === 'patch' && version.minor > other.minor;
};

const less: Check = (version, { version: other }) => compareVersions(version, other) < 0;

const atLeast: Check = (version, { version: other }) => compareVersions(version, other) >= 0;

const atMost: Check = (version, { version: other, open }) => {
  if (open === undefined) return compareVersions(version, other) <= 0;
  if (version.major !== other.major) return version.major < other.major;
  return open === 'minor' || version.minor <= other.minor;
};

/** `~1.2.3`: the same minor version, or only the same major one where that is all that is given. */
const near: Check = (version, { version: other, open }) => {
  if (compareVersions(version, other) < 0) return false;
  const isZero = other.major === 0n && other.minor === 0n && other.patch === 0n;
  if (isZero && open !== 'minor' && open !== 'patch') return true;
  return version.major === other.major && (open === 'minor' || version.minor === other.minor);
};

/** `^1.2.3`: the same first number that is not zero. */
const compatible: Check = (version, { version: other, open }) => {
  if (compareVersions(version, other) < 0) return false;
  if (version.major !== other.major) return false;
  if (other.major > 0n || open === 'minor') return true;
  if (version.minor !== other.minor) return false;
  return other.minor > 0n || open === 'patch' || version.patch === other.patch;
};

const operators: Readonly<Record<string, Check>> = {
  '': equal,
  '=': equal,
  '!=': notEqual,
  '>': greater,
  '<': less,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': near,
  '~>': near,
  '^': compatible,
};
