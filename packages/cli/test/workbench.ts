import { defaultAnswers } from '@tidegate/core';
import {
  commitAll,
  git,
  initRepository,
  listFiles,
  packCharts,
  resolveHelm,
  writeFiles,
} from '@tidegate/node';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assetFolder, layerZipCandidates } from '../src/assets.ts';
import { repositoryFiles } from '../src/commands/init.ts';

/** What every test that renders shares: one cache with helm, and the project's charts packed. */
export const testCacheDir = join(tmpdir(), 'tidegate-test-cache');

/** A new folder that a test owns. */
export async function temporaryFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'tidegate-test-')));
}

/** A folder with the repository that `init --yes` makes. */
export async function exampleFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, await repositoryFiles(defaultAnswers, true), { overwrite: false });
  return folder;
}

const author = { name: 'Test', email: 'test@example.com' };

/** Makes a folder a Git repository with everything in it committed. */
export async function commitFolder(folder: string, message: string): Promise<void> {
  await initRepository(folder, 'main');
  await commitAll(folder, message, author);
}

/** Commits everything and tags it as a release. */
export async function commitRelease(folder: string, tag: string): Promise<void> {
  await commitAll(folder, `Release ${tag}`, author);
  await git(folder, [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.com',
    'tag',
    '-a',
    tag,
    '-m',
    tag,
  ]);
}

/** The project's charts as a Helm repository, packed once; a `file://` URL. */
export async function packedCharts(): Promise<string> {
  const helm = await resolveHelm({
    cacheDir: testCacheDir,
    layerZips: layerZipCandidates(),
    env: process.env,
  });
  const outDir = join(testCacheDir, 'charts-of-the-project');
  await packCharts({ chartsDir: assetFolder('charts'), outDir, helm });
  return pathToFileURL(outDir).href;
}

/** Content of every file below a folder but those of Git, by path. */
export async function snapshot(folder: string): Promise<Map<string, string>> {
  const files = (await listFiles(folder)).filter((path) => !path.startsWith('.git/'));
  const entries = files.map(async (path): Promise<[string, string]> => [
    path,
    await readFile(join(folder, path), 'utf8'),
  ]);
  return new Map(await Promise.all(entries));
}

/** One line per difference: `+ path` new, `- path` gone, `~ path` changed; empty when nothing is. */
export function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .flatMap((path) => {
      if (!before.has(path)) return [`+ ${path}\n`];
      if (!after.has(path)) return [`- ${path}\n`];
      return before.get(path) === after.get(path) ? [] : [`~ ${path}\n`];
    })
    .join('');
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
