import { satisfies, validRange } from 'semver';
import { isDnsLabel } from '../model/names.ts';
import type { PinnedVersion, Versions } from '../model/versions.ts';

/** A component or service at chart versions of a range. */
export interface VersionRange {
  readonly name: string;
  /** As npm's semver reads it, such as `>=1.2 <2 || ^3`. */
  readonly range: string;
}

/** What a component or service needs of others: `backend >=3.1 needs vault >=1.2`. */
export interface CompatibilityRule {
  readonly subject: VersionRange;
  readonly needs: readonly VersionRange[];
}

const example = '"backend >=3.1 needs vault >=1.2 and shared-services ^2"';

/** `1.3.0-rc.1` is in `>=1.2`: an environment that tries a pre-release is to be checked as well. */
const semverOptions = { includePrerelease: true } as const;

/** Reads one rule. A fault says what is wrong with it and what was expected. */
export function parseCompatibilityRule(
  text: string,
): { readonly rule: CompatibilityRule } | { readonly fault: string } {
  // The first one: a component may be called as the word.
  const [, left, right] = /^(.+?)\s+needs\s+(.+)$/s.exec(text.trim()) ?? [];
  if (left === undefined || right === undefined) {
    return { fault: `${JSON.stringify(text)} is no rule; expected one such as ${example}` };
  }
  const parts = [left, ...right.split(/\s+and\s+/)].map(splitPart);
  const fault = parts.map(partFault).find((found) => found !== undefined);
  if (fault !== undefined) return { fault: `${fault}, in a rule such as ${example}` };
  const [subject = splitPart(left), ...needs] = parts;
  return { rule: { subject, needs } };
}

function splitPart(part: string): VersionRange {
  const [name = '', ...range] = part.trim().split(/\s+/);
  return { name, range: range.join(' ') };
}

function partFault({ name, range }: VersionRange): string | undefined {
  if (!isDnsLabel(name)) {
    return `${JSON.stringify(name)} is no name; expected the name of a component or service`;
  }
  if (range === '') return `"${name}" has no range; expected one such as >=1.2 after the name`;
  // An empty alternative would stand for any version.
  const isWhole = range.split('||').every((alternative) => alternative.trim() !== '');
  return isWhole && validRange(range, semverOptions) !== null
    ? undefined
    : `${JSON.stringify(range)} is no range of versions; expected one such as >=1.2 after "${name}"`;
}

/** The components and services that a rule names, each once. */
export function ruleNames({ subject, needs }: CompatibilityRule): string[] {
  return [...new Set([subject, ...needs].map(({ name }) => name))];
}

/** One sentence for each rule that the chart versions break. */
export function brokenRules(rules: readonly CompatibilityRule[], versions: Versions): string[] {
  return rules
    .map((rule) => brokenRule(rule, versions))
    .filter((sentence) => sentence !== undefined);
}

function brokenRule({ subject, needs }: CompatibilityRule, versions: Versions): string | undefined {
  const version = chartVersion(versions, subject.name);
  if (version === undefined || !isIn(version, subject)) return undefined;
  const unmet = needs.filter((need) => {
    const found = chartVersion(versions, need.name);
    return found === undefined || !isIn(found, need);
  });
  if (unmet.length === 0) return undefined;
  const wanted = unmet.map(({ name, range }) => `${name} ${range}`).join(' and ');
  const found = unmet.map(({ name }) => foundVersion(versions, name)).join(' and ');
  return `${subject.name} ${version} needs ${wanted}, but ${found}`;
}

function foundVersion(versions: Versions, name: string): string {
  const version = chartVersion(versions, name);
  return version === undefined ? `there is no ${name}` : `${name} is ${version}`;
}

function isIn(version: string, { range }: VersionRange): boolean {
  return satisfies(version, range, semverOptions);
}

function chartVersion({ components, services }: Versions, name: string): string | undefined {
  return (ownEntry(components, name) ?? ownEntry(services, name))?.chartVersion;
}

function ownEntry(
  entries: Readonly<Record<string, PinnedVersion>>,
  name: string,
): PinnedVersion | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
