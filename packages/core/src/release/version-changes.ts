import { componentVersionsKey, type Network } from '../model/network.ts';
import type { PinnedVersion, Versions } from '../model/versions.ts';
import type { YamlPathPart } from '../yaml/parse-yaml.ts';

/** What a version is of. */
export type VersionField = 'chartVersion' | 'imageTag';

/** One version that is another than before. Undefined: there is none. */
export interface VersionChange {
  /** Service or component. */
  readonly name: string;
  readonly field: VersionField;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const fields = ['chartVersion', 'imageTag'] as const;

/** What differs between two sets of versions: services and components in the order of the second. */
export function versionChanges(from: Versions | undefined, to: Versions): VersionChange[] {
  const before = pinnedVersions(from);
  return [...pinnedVersions(to)].flatMap(([name, pinned]) =>
    fields.flatMap((field): VersionChange[] => {
      const old = before.get(name)?.[field];
      return old === pinned[field] ? [] : [{ name, field, from: old, to: pinned[field] }];
    }),
  );
}

/** Versions of all services and components by name. */
export function pinnedVersions(versions: Versions | undefined): Map<string, PinnedVersion> {
  if (versions === undefined) return new Map();
  return new Map([...Object.entries(versions.components), ...Object.entries(versions.services)]);
}

/** Where a version stands in `versions/<env>.yaml`. */
export function versionPath(
  network: Pick<Network, 'components'>,
  name: string,
  field: VersionField,
): YamlPathPart[] {
  const isComponent = network.components.some((component) => component.name === name);
  return isComponent ? [componentVersionsKey, name, field] : [name, field];
}

/** A change for people, such as `backend chart 3.1.0 -> 3.2.0`. */
export function describeChange({ name, field, from, to }: VersionChange): string {
  const what = `${name} ${field === 'chartVersion' ? 'chart' : 'image'}`;
  if (from === undefined) return `${what} ${to ?? 'none'} (new)`;
  return to === undefined ? `${what} ${from} (gone)` : `${what} ${from} -> ${to}`;
}
