import { InputError, invariant } from '../errors/tidegate-error.ts';
import {
  findEnvironment,
  generatedMark,
  pinnedValuesRevision,
  readNetwork,
} from '../generate/plan-generate.ts';
import { generateReleaseFiles, releaseFilePaths } from '../generate/application.ts';
import { argocdFolder, rootFileName, versionsPath } from '../layout/paths.ts';
import { releaseTag, type Environment, type Network } from '../model/network.ts';
import { readVersions, type Versions } from '../model/versions.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import type { FileContent, FileTree } from '../ports/file-tree.ts';
import type { ReleaseRepository, RevisionTree } from '../ports/release-repository.ts';

/** A release as its tag has it. */
export interface CutRelease {
  readonly number: number;
  /** `release/<env>/<n>`. */
  readonly tag: string;
  readonly tree: RevisionTree;
  readonly network: Network;
  readonly versions: Versions;
  /** Its own tag, or after a rollback an earlier one. */
  readonly valuesRevision: string;
  readonly values: FileTree;
  readonly nodes: readonly string[];
}

/** Reads a release. Throws InputError when the clone lacks it, or when it cannot be read. */
export async function readRelease(
  repository: ReleaseRepository,
  environment: string,
  number: number,
): Promise<CutRelease> {
  const tag = releaseTag(environment, number);
  const tree = await repository.tree(tag);
  if (tree === undefined) {
    const known = await repository.releases(environment);
    throw new InputError(`"${environment}" has no release ${number}`, {
      hint: known.length === 0 ? 'it has no release yet' : `newest release: ${Math.max(...known)}`,
    });
  }
  const network = await readNetwork(tree);
  const at = findEnvironment(network, environment);
  const valuesRevision = (await pinnedValuesRevision(tree, at)) ?? tag;
  const values = valuesRevision === tag ? tree : await repository.tree(valuesRevision);
  if (values === undefined) {
    throw new InputError(`${tag} pins revision "${valuesRevision}", which does not exist`, {
      hint: 'release tags must not be deleted',
    });
  }
  return {
    number,
    tag,
    tree,
    network,
    versions: await readVersions(tree, network, at),
    valuesRevision,
    values,
    nodes: await listNodes(values, network, at),
  };
}

/** The newest release of an environment; undefined when it was never released. */
export async function newestRelease(
  repository: ReleaseRepository,
  environment: string,
): Promise<CutRelease | undefined> {
  const numbers = await repository.releases(environment);
  return numbers.length === 0
    ? undefined
    : readRelease(repository, environment, Math.max(...numbers));
}

/**
 * What keeps a release from being what its number says: its versions file carries another number, a
 * file is missing, or a manifest deploys other versions than the versions file names. Empty when its
 * tag agrees with itself.
 */
export async function releaseFaults(release: CutRelease, environment: string): Promise<string[]> {
  const { tree, network, versions, number, tag } = release;
  const file = versionsPath(environment);
  if (versions.release !== number) {
    return [`${file} at ${tag} says release ${versions.release}`];
  }
  const at = findEnvironment(network, environment);
  const { nodes, valuesRevision } = release;
  const expected = generateReleaseFiles(network, at, {
    release: number,
    versions,
    nodes,
    valuesRevision,
  });
  const faults = expected.map(async ({ path, content }) => {
    const text = await tree.read(path);
    if (text === undefined) return [`${path} is missing at ${tag}`];
    const differing = pins(content).find((pin) => !pins(text).includes(pin));
    return differing === undefined
      ? []
      : [`${path} at ${tag} does not say "${differing}", as ${file} does`];
  });
  return (await Promise.all(faults)).flat();
}

/** The lines of a manifest that pin what it deploys. What else a generator writes may change with it. */
function pins(manifest: string): string[] {
  return manifest
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(?:targetRevision|revision|tidegate\.dev\/(?:release|nodes)):/.test(line));
}

/** Files of an environment at the head that are not as its newest release left them. */
export async function editedFiles(
  head: RevisionTree,
  release: CutRelease,
  environment: string,
): Promise<string[]> {
  const paths = releaseFilePaths(release.network, environment);
  const edited = paths.map(async (path) =>
    (await head.objectId(path)) === (await release.tree.objectId(path)) ? [] : [path],
  );
  return (await Promise.all(edited)).flat();
}

/** Generated manifests of an environment that are not among the wanted files. */
export async function obsoleteManifests(
  tree: FileTree,
  environment: Environment,
  wanted: readonly FileContent[],
): Promise<string[]> {
  const kept = new Set(wanted.map(({ path }) => path));
  const folder = argocdFolder(environment.name);
  const found: string[] = [];
  for (const { name, kind } of await tree.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind !== 'file' || name === rootFileName || kept.has(path)) continue;
    if ((await tree.read(path))?.startsWith(generatedMark) === true) found.push(path);
  }
  return found;
}

/** The number that an environment's next release gets. */
export function nextNumber(newest: CutRelease | undefined): number {
  const next = (newest?.number ?? 0) + 1;
  invariant(Number.isSafeInteger(next), 'release numbers are safe integers');
  return next;
}
