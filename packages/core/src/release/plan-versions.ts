import { UsageError } from '../errors/tidegate-error.ts';
import { findEnvironment, readNetwork } from '../generate/plan-generate.ts';
import { versionsPath } from '../layout/paths.ts';
import type { Environment, Network } from '../model/network.ts';
import { parseVersions, readVersions } from '../model/versions.ts';
import type { RevisionTree } from '../ports/release-repository.ts';
import { editVersions } from './edit-versions.ts';
import type { PlannedFile } from './plan-release.ts';
import type { Refusal } from './policy.ts';
import {
  describeChange,
  versionChanges,
  type VersionChange,
  type VersionField,
} from './version-changes.ts';

/** A version that a build hands over, such as `backend.chartVersion=3.2.0`. */
export interface Assignment {
  readonly name: string;
  readonly field: VersionField;
  readonly value: string;
}

/** Reads assignments. Throws UsageError that names the first malformed one, or one that is given twice. */
export function parseAssignments(words: readonly string[]): Assignment[] {
  const assignments = words.map(parseAssignment);
  const seen = new Map<string, string>();
  for (const { name, field, value } of assignments) {
    const key = `${name}.${field}`;
    const other = seen.get(key);
    if (other !== undefined && other !== value) {
      throw new UsageError(`${key} is given twice, as ${other} and as ${value}`);
    }
    seen.set(key, value);
  }
  return assignments;
}

function parseAssignment(word: string): Assignment {
  const match = /^([^.=\s]+)\.(chartVersion|imageTag)=(.+)$/s.exec(word);
  const [, name, field, value] = match ?? [];
  if (name === undefined || field === undefined || value === undefined) {
    throw new UsageError(
      `${JSON.stringify(word)} is no version; expected <name>.chartVersion=<version> or <name>.imageTag=<tag>`,
      {
        hint: 'for example backend.chartVersion=3.2.0 backend.imageTag=v2.2.0',
      },
    );
  }
  return { name, field: field === 'chartVersion' ? field : 'imageTag', value };
}

/** What `versions set` does: one file, or nothing when it says so already. */
export interface VersionsPlan {
  readonly network: Network;
  readonly environment: Environment;
  readonly head: string;
  readonly changes: readonly VersionChange[];
  readonly isDue: boolean;
  readonly file: PlannedFile;
  readonly refusals: readonly Refusal[];
  readonly message: string;
}

/**
 * Plans to write versions of an environment that builds write to. Throws UsageError for an unknown
 * environment or name, InputError for a malformed version.
 */
export async function planVersions(
  head: RevisionTree,
  environmentName: string,
  assignments: readonly Assignment[],
  options: { readonly skipCi: boolean },
): Promise<VersionsPlan> {
  const network = await readNetwork(head);
  const environment = findEnvironment(network, environmentName);
  assertKnown(network, assignments);
  const path = versionsPath(environment.name);
  const before = await readVersions(head, network, environment);
  const current = (await head.read(path)) ?? '';
  const wanted = assignments.map(({ name, field, value }): VersionChange => ({
    name,
    field,
    from: undefined,
    to: value,
  }));
  const content = editVersions({ path, content: current }, network, wanted);
  const changes = versionChanges(before, parseVersions(content, network, path));
  return {
    network,
    environment,
    head: head.commit,
    changes,
    isDue: changes.length > 0,
    file: { path, current, content },
    refusals: refusals(environment),
    message: versionsMessage(environment, changes, options.skipCi),
  };
}

function assertKnown(network: Network, assignments: readonly Assignment[]): void {
  const known = [...network.components, ...network.services].map(({ name }) => name);
  const unknown = assignments.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`${JSON.stringify(unknown.name)} is neither a component nor a service`, {
    hint: `known: ${known.join(', ')}`,
  });
}

function refusals({ name, promotesFrom }: Environment): Refusal[] {
  if (promotesFrom === undefined) return [];
  return [
    {
      gate: 'order',
      reason: `only promotions write the versions of "${name}"`,
      hint: `set them where builds write to and promote: tidegate promote ${promotesFrom} ${name}`,
    },
  ];
}

function versionsMessage(
  { name }: Environment,
  changes: readonly VersionChange[],
  skipCi: boolean,
): string {
  const subject = `chore(${name}): set versions${skipCi ? ' [skip ci]' : ''}`;
  return `${subject}\n\n${changes.map((change) => describeChange(change)).join('\n')}\n`;
}
