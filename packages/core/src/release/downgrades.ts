import { compare, parse, type SemVer } from 'semver';
import type { PinnedVersion, Versions } from '../model/versions.ts';

/** A version that is lower than before. */
export interface Downgrade {
  /** Of the service or component. */
  readonly name: string;
  readonly field: 'chartVersion' | 'imageTag';
  readonly from: string;
  readonly to: string;
}

/**
 * What goes down from one set of versions to another: services, then components. Image tags are
 * compared where both are versions; of others nobody knows which is newer.
 */
export function downgrades(from: Versions, to: Versions): Downgrade[] {
  return [
    ...entryDowngrades(from.services, to.services),
    ...entryDowngrades(from.components, to.components),
  ];
}

type Entries = Readonly<Record<string, PinnedVersion>>;

function entryDowngrades(from: Entries, to: Entries): Downgrade[] {
  return Object.entries(to).flatMap(([name, after]) => {
    const before = Object.hasOwn(from, name) ? from[name] : undefined;
    if (before === undefined) return [];
    return [
      ...downgrade(name, 'chartVersion', [before.chartVersion, after.chartVersion]),
      ...downgrade(name, 'imageTag', [before.imageTag, after.imageTag]),
    ];
  });
}

function downgrade(
  name: string,
  field: Downgrade['field'],
  [from, to]: readonly [string | undefined, string | undefined],
): Downgrade[] {
  if (from === undefined || to === undefined) return [];
  const before = readVersion(from);
  const after = readVersion(to);
  if (before === null || after === null || compare(after, before) >= 0) return [];
  return [{ name, field, from, to }];
}

/** A version with a leading `v` or without; `1.27` is read as `1.27.0`. */
function readVersion(text: string): SemVer | null {
  return parse(/^v?\d+\.\d+$/.test(text) ? `${text}.0` : text);
}
