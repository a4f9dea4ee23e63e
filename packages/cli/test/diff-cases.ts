import { git, packCharts, resolveHelm, commitAll } from '@tidegate/node';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse, stringify } from 'yaml';
import { assetFolder, layerZipCandidates } from '../src/assets.ts';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import { commitFolder, exampleFolder, packedCharts, testCacheDir } from './workbench.ts';

/** What a commit does to the repository that `init --yes` makes. */
export interface Edits {
  /** Files and what is in them; null removes a file or a folder. */
  readonly write?: Readonly<Record<string, string | null>>;
  /** Text replaced: by path, from and to. */
  readonly replace?: Readonly<Record<string, readonly [from: string, to: string]>>;
  /** Nodes that `node add` adds, by environment: their names, or how many. */
  readonly addNodes?: Readonly<Record<string, readonly string[] | number>>;
}

/** `diff.json` of a folder in `packages/cli/cases/diff/`: two commits and the diff between them. */
export interface DiffCase {
  /** What this is about, for whoever reads the folder. */
  readonly about: string;
  /** Further versions of charts: by name, the version and what differs in its files. */
  readonly charts?: Readonly<Record<string, { readonly version: string } & Pick<Edits, 'replace'>>>;
  /** Edits before the first commit. */
  readonly before?: Edits;
  /** The change that is looked at. */
  readonly change: Edits;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exitCode: number;
  /** Most characters of the note, instead of GitLab's million. */
  readonly noteMax?: number;
}

/** A repository with both commits. Its base is HEAD~1. */
export async function prepareDiffCase(given: DiffCase): Promise<string> {
  const root = await exampleFolder();
  await edit(root, given.before ?? {});
  await commitFolder(root, 'Begin');
  await git(root, ['branch', 'base']);
  await edit(root, given.change);
  await commitAll(root, 'Change', { name: 'Test', email: 'test@example.com' });
  return root;
}

async function edit(root: string, { write, replace, addNodes }: Edits): Promise<void> {
  for (const [environment, wanted] of Object.entries(addNodes ?? {})) {
    for (const name of nodeNames(wanted)) {
      const io = testIo({ cwd: root });
      const exitCode = await runProgram(['node', 'add', environment, name], io);
      if (exitCode !== 0) throw new Error(io.printed.stderr);
    }
  }
  for (const [path, content] of Object.entries(write ?? {})) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (content === null) await rm(join(root, path), { recursive: true });
    else await writeFile(join(root, path), content);
  }
  await replaceTexts(root, replace);
}

function nodeNames(wanted: readonly string[] | number): readonly string[] {
  if (typeof wanted !== 'number') return wanted;
  return Array.from({ length: wanted }, (_, index) => `node-${String(index + 1).padStart(4, '0')}`);
}

async function replaceTexts(folder: string, replace: Edits['replace'] = {}): Promise<void> {
  for (const [path, [from, to]] of Object.entries(replace)) {
    const file = join(folder, path);
    const text = await readFile(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`);
    await writeFile(
      file,
      text.replaceAll(from, () => to),
    );
  }
}

/**
 * The project's charts with the further versions of a case, as a Helm repository in a folder; a `file://`
 * URL.
 */
export async function chartsOf(name: string, given: DiffCase, folder: string): Promise<string> {
  const usual = await packedCharts();
  const { charts } = given;
  if (charts === undefined) return usual;
  const sources = join(folder, 'charts');
  await cp(assetFolder('charts'), sources, { recursive: true });
  for (const [chart, { version, replace }] of Object.entries(charts)) {
    const file = join(sources, chart, 'Chart.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^version: .*$/m, `version: ${version}`));
    await replaceTexts(join(sources, chart), replace);
  }
  const outDir = join(testCacheDir, `charts-of-${name.replaceAll('/', '-')}`);
  const helm = await resolveHelm({
    cacheDir: testCacheDir,
    layerZips: layerZipCandidates(),
    env: process.env,
  });
  await packCharts({ chartsDir: sources, outDir, helm });
  return await joinRepositories(new URL(`${usual}/`), outDir, folder);
}

interface Index {
  readonly entries: Readonly<Record<string, readonly { readonly version: string }[]>>;
}

/** One repository with the charts of two. */
async function joinRepositories(usual: URL, other: string, folder: string): Promise<string> {
  const joined = join(folder, 'repository');
  const read = async (place: string | URL): Promise<Index> =>
    parse(await readFile(place, 'utf8')) as Index;
  await cp(usual, joined, { recursive: true });
  await cp(other, joined, { recursive: true });
  const [own, further] = [
    await read(new URL('index.yaml', usual)),
    await read(join(other, 'index.yaml')),
  ];
  const entries = Object.entries(own.entries).map(([chart, versions]) => {
    const known = versions.map(({ version }) => version);
    const added = (further.entries[chart] ?? []).filter(({ version }) => !known.includes(version));
    return [chart, [...added, ...versions]];
  });
  const index = { ...own, entries: Object.fromEntries(entries) as Index['entries'] };
  await writeFile(join(joined, 'index.yaml'), stringify(index));
  return pathToFileURL(joined).href;
}
