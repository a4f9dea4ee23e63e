import { UsageError } from '../errors/tidegate-error.ts';
import { generateReleaseFiles } from '../generate/application.ts';
import { findEnvironment, readNetwork } from '../generate/plan-generate.ts';
import { versionsPath } from '../layout/paths.ts';
import { releaseTag, type Environment, type Network } from '../model/network.ts';
import { readVersions, type Versions } from '../model/versions.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import type { FileContent, FileTree } from '../ports/file-tree.ts';
import type { ReleaseRepository } from '../ports/release-repository.ts';
import { agreementRefusals } from './agreement.ts';
import { editVersions } from './edit-versions.ts';
import { findPending, isDue, type Pending } from './pending.ts';
import { overlayTree } from './overlay-tree.ts';
import { policyRefusals, type Refusal } from './policy.ts';
import { releaseMessage } from './release-message.ts';
import {
  newestRelease,
  nextNumber,
  obsoleteManifests,
  readRelease,
  type CutRelease,
} from './release-state.ts';
import { versionChanges, type VersionChange } from './version-changes.ts';

/** What shall be deployed. The three are one thing with different versions. */
export type ReleaseRequest =
  /** Today's values and nodes; versions as they are, of an environment that builds write to. */
  | { readonly kind: 'release'; readonly environment: string }
  /** Versions of another environment's release, the newest without a number. */
  | {
      readonly kind: 'promotion';
      readonly environment: string;
      readonly source: string;
      readonly release?: number;
    }
  /** Versions and values of an earlier release. */
  | { readonly kind: 'rollback'; readonly environment: string; readonly to: number };

/** A file that a release writes, beside what is there. */
export interface PlannedFile extends FileContent {
  readonly current: string | undefined;
}

/** Everything about a release before it is cut. Pure data over trees that do not change. */
export interface ReleasePlan {
  readonly request: ReleaseRequest;
  readonly network: Network;
  readonly environment: Environment;
  /** The commit that it is planned on. */
  readonly head: string;
  readonly newest: CutRelease | undefined;
  /** The release whose versions it takes: promoted, or rolled back to. */
  readonly source: CutRelease | undefined;
  readonly number: number;
  /** `release/<env>/<n>`. */
  readonly tag: string;
  readonly versions: Versions;
  readonly changes: readonly VersionChange[];
  /** Versions that builds have written and a rollback drops before they were ever released. */
  readonly dropped: readonly VersionChange[];
  readonly nodes: readonly string[];
  readonly nodesAdded: readonly string[];
  readonly nodesRemoved: readonly string[];
  /** The revision that manifests pin for values and nodes. */
  readonly valuesRevision: string;
  /** What that revision will hold. */
  readonly values: FileTree;
  /** The repository as the release leaves it. */
  readonly planned: FileTree;
  /** What else changes; undefined for the first release. */
  readonly pending: Pending | undefined;
  /** False: it would change nothing that is deployed, and is not cut. */
  readonly isDue: boolean;
  readonly files: readonly PlannedFile[];
  readonly removed: readonly string[];
  /** Why it must not be cut. */
  readonly refusals: readonly Refusal[];
  /** Of the commit and of the tag. */
  readonly message: string;
}

export interface PlanOptions {
  readonly nowMs: number;
  readonly allowDowngrade?: boolean;
}

/**
 * Plans a release on the head of a repository: the exact edits, the commit message, the tag, and the
 * reasons for refusal. Throws UsageError for an unknown environment, InputError for what cannot be
 * read.
 */
export async function planRelease(
  repository: ReleaseRepository,
  request: ReleaseRequest,
  options: PlanOptions,
): Promise<ReleasePlan> {
  const { head } = repository;
  const network = await readNetwork(head);
  const environment = findEnvironment(network, request.environment);
  const newest = await newestRelease(repository, environment.name);
  const source = await sourceOf(repository, network, request);
  const written = await readVersions(head, network, environment);
  const versions = wantedVersions(request, environment, { written, newest, source });
  const number = nextNumber(newest);
  const tag = releaseTag(environment.name, number);
  const isRollback = request.kind === 'rollback' && source !== undefined;
  const valuesRevision = isRollback ? source.valuesRevision : tag;
  const nodes = await listNodes(head, network, environment);
  const edits = await planFiles(head, network, environment, {
    release: number,
    versions,
    nodes,
    valuesRevision,
    written,
  });
  const planned = overlayTree(head, edits);
  const draft = {
    request,
    network,
    environment,
    head: head.commit,
    newest,
    source,
    number,
    tag,
    versions,
    changes: versionChanges(newest?.versions, versions),
    dropped: isRollback ? versionChanges(newest?.versions, written) : [],
    nodes,
    nodesAdded: nodes.filter((node) => newest?.nodes.includes(node) !== true),
    nodesRemoved: (newest?.nodes ?? []).filter((node) => !nodes.includes(node)),
    valuesRevision,
    values: isRollback ? source.values : planned,
    planned,
    ...edits,
  };
  const pending = await findPending(repository, draft);
  return {
    ...draft,
    pending,
    isDue: isDue(draft, pending),
    refusals: await refusalsOf(repository, draft, written, options),
    message: releaseMessage(draft),
  };
}

/** Who asks for the wrong thing need not hear what else is wrong with it. */
async function refusalsOf(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
  written: Versions,
  options: PlanOptions,
): Promise<Refusal[]> {
  const policy = await policyRefusals(repository, draft, options);
  if (policy.some(({ gate }) => gate === 'order')) return policy;
  return [...(await agreementRefusals(repository, draft, written)), ...policy];
}

/** A plan before it is judged. */
export type ReleaseDraft = Omit<ReleasePlan, 'isDue' | 'pending' | 'refusals' | 'message'>;

async function sourceOf(
  repository: ReleaseRepository,
  network: Network,
  request: ReleaseRequest,
): Promise<CutRelease | undefined> {
  switch (request.kind) {
    case 'release':
      return undefined;
    case 'rollback':
      return readRelease(repository, request.environment, request.to);
    case 'promotion': {
      const { name } = findEnvironment(network, request.source);
      return request.release === undefined
        ? newestRelease(repository, name)
        : readRelease(repository, name, request.release);
    }
  }
}

interface KnownVersions {
  /** Those of the head. */
  readonly written: Versions;
  readonly newest: CutRelease | undefined;
  readonly source: CutRelease | undefined;
}

/** Which versions a release deploys. */
function wantedVersions(
  request: ReleaseRequest,
  environment: Environment,
  { written, newest, source }: KnownVersions,
): Versions {
  if (request.kind !== 'release') return onlyKnown(source?.versions ?? written, written);
  // Elsewhere only releases write versions; what else is written there is refused.
  const isEntry = environment.promotesFrom === undefined;
  return isEntry || newest === undefined ? written : onlyKnown(newest.versions, written);
}

/** Versions of what the definition has today. */
function onlyKnown(versions: Versions, today: Versions): Versions {
  const pick = (
    all: Versions['services'],
    known: Versions['services'],
    kind: string,
  ): Versions['services'] =>
    Object.fromEntries(
      Object.keys(known).map((name) => {
        const version = all[name];
        if (version !== undefined) return [name, version];
        throw new UsageError(`${kind} "${name}" is not in the release whose versions are taken`, {
          hint: 'it came with a later definition; release it in the environment before this one first',
        });
      }),
    );
  return {
    release: today.release,
    services: pick(versions.services, today.services, 'service'),
    components: pick(versions.components, today.components, 'component'),
  };
}

interface FileInput {
  readonly release: number;
  readonly versions: Versions;
  readonly nodes: readonly string[];
  readonly valuesRevision: string;
  readonly written: Versions;
}

async function planFiles(
  head: FileTree,
  network: Network,
  environment: Environment,
  input: FileInput,
): Promise<{ files: PlannedFile[]; removed: string[] }> {
  const path = versionsPath(environment.name);
  const text = (await head.read(path)) ?? '';
  const changes = versionChanges(input.written, input.versions);
  const generated = generateReleaseFiles(network, environment, input);
  const files = [
    { path, content: editVersions({ path, content: text }, network, changes, input.release) },
    ...generated,
  ];
  return {
    files: await Promise.all(
      files.map(async (file) => ({ ...file, current: await head.read(file.path) })),
    ),
    removed: await obsoleteManifests(head, environment, generated),
  };
}
