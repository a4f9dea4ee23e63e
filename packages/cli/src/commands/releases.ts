import {
  aheadOf,
  describeChange,
  findEnvironment,
  listReleases,
  readNetwork,
  type Ahead,
  type ReleaseEntry,
} from '@tidegate/core';
import type { Io } from '../io.ts';
import { formatListing } from '../output/data.ts';
import { openReleaseClone, takeSnapshot, type CloneOptions } from '../release/release-clone.ts';
import { changeData } from '../release/show-plan.ts';

export interface ReleasesOptions extends CloneOptions {
  readonly limit: number;
  readonly output: string;
}

/** `tidegate releases ENV`: what each release changed, and what is ahead in the environment before. */
export async function runReleases(
  io: Io,
  environmentName: string,
  options: ReleasesOptions,
): Promise<void> {
  const clone = await openReleaseClone(io, options);
  const { repository } = await takeSnapshot(clone);
  const network = await readNetwork(repository.head);
  const environment = findEnvironment(network, environmentName);
  const entries = await listReleases(repository, environment.name, options.limit);
  const ahead = await aheadOf(repository, environment);
  const data = {
    environment: environment.name,
    releases: entries.map(entryData),
    ahead: aheadData(ahead),
  };
  const header = ['RELEASE', 'DATE', 'BY', 'FROM', 'CHANGES'];
  io.stdout.write(formatListing({ header, rows: entries.flatMap(rowsOf), data }, options.output));
  if (entries.length === 0) io.stderr.write(`"${environment.name}" has no release yet\n`);
  if (options.output === 'table') io.stderr.write(describeAhead(environment.name, ahead));
}

/** One line for each change, so that nothing is cut off. */
function rowsOf(entry: ReleaseEntry): string[][] {
  const lines = [
    ...entry.changes.map(describeChange),
    ...(entry.nodesAdded.length > 0 ? [`nodes added: ${entry.nodesAdded.join(', ')}`] : []),
    ...(entry.nodesRemoved.length > 0 ? [`nodes removed: ${entry.nodesRemoved.join(', ')}`] : []),
  ];
  const [first = 'values or definition', ...rest] = lines;
  const from = fromOf(entry);
  const date = new Date(entry.dateMs).toISOString().slice(0, 16).replace('T', ' ');
  return [
    [String(entry.release), date, entry.by, from, first],
    ...rest.map((line) => ['', '', '', '', line]),
  ];
}

/** Where the versions of a release come from. */
function fromOf({ kind, source }: ReleaseEntry): string {
  if (kind === 'rollback') return `rollback to ${source ?? 'an earlier one'}`;
  return source ?? 'its own';
}

function entryData(entry: ReleaseEntry): Record<string, unknown> {
  const { dateMs, source, changes, ...rest } = entry;
  return {
    ...rest,
    date: new Date(dateMs).toISOString(),
    source: source ?? null,
    changes: changes.map(changeData),
  };
}

function aheadData(ahead: Ahead | undefined): Record<string, unknown> | null {
  if (ahead === undefined) return null;
  return {
    environment: ahead.environment,
    tag: ahead.tag ?? null,
    changes: ahead.changes.map(changeData),
  };
}

function describeAhead(environment: string, ahead: Ahead | undefined): string {
  if (ahead === undefined) return '';
  if (ahead.tag === undefined) return `"${ahead.environment}" has no release to promote yet\n`;
  if (ahead.changes.length === 0) {
    return `"${environment}" has the versions of ${ahead.tag}, the newest of "${ahead.environment}"\n`;
  }
  const lines = ahead.changes.map((change) => `  ${describeChange(change)}\n`).join('');
  return `ahead in "${ahead.environment}" (${ahead.tag}):\n${lines}`;
}
