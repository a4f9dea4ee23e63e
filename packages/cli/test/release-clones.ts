import { commitAll, git, gitText } from '@tidegate/node';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import { commitFolder, exampleFolder, temporaryFolder, testCacheDir } from './workbench.ts';

export const ada = { name: 'Ada', email: 'ada@example.com' };

/** What came of a command. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a clone. */
export async function tidegate(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  // What a release changes once it is rendered takes time, and is the matter of other tests.
  const io = testIo({
    cwd: root,
    env: { TIDEGATE_CACHE_DIR: testCacheDir, TIDEGATE_DIFF: '0', ...env },
  });
  const exitCode = await runProgram(args, io);
  return { exitCode, ...io.printed };
}

/** Runs a command that has to succeed. */
export async function succeed(root: string, ...args: string[]): Promise<Outcome> {
  const outcome = await tidegate(root, args);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
  return outcome;
}

/** Folders that are gone after each test, and bare repositories in them. */
export function releaseClones(): {
  readonly folder: () => Promise<string>;
  /** A bare repository with what `init` makes, never released. Its gates do not render. */
  readonly origin: () => Promise<string>;
  /** The same with release 1 in all three environments. */
  readonly released: () => Promise<string>;
  /** The same, and release 2 in qa with another image of the backend. */
  readonly ahead: () => Promise<string>;
  /** A clone by somebody with a name. */
  readonly clone: (origin: string, ...options: string[]) => Promise<string>;
} {
  const made: string[] = [];
  const templates = new Map<string, Promise<string>>();
  const remove = async (folders: readonly string[]): Promise<void> => {
    await Promise.all(folders.map((path) => rm(path, { recursive: true, force: true })));
  };
  afterEach(() => remove(made.splice(0)));
  afterAll(async () => remove(await Promise.all(templates.values())));
  const folder = async (): Promise<string> => {
    const path = await temporaryFolder();
    made.push(path);
    return path;
  };
  const copyOf = async (name: string, make: () => Promise<string>): Promise<string> => {
    const template = templates.get(name) ?? make().then(packed);
    templates.set(name, template);
    const path = join(await folder(), 'origin.git');
    await cp(await template, path, { recursive: true });
    return path;
  };
  const clone = async (origin: string, ...options: string[]): Promise<string> =>
    cloneInto(await folder(), origin, ...options);
  return {
    folder,
    clone,
    origin: () => copyOf('origin', makeOrigin),
    released: () => copyOf('released', makeReleased),
    ahead: () => copyOf('ahead', makeAhead),
  };
}

async function cloneInto(root: string, origin: string, ...options: string[]): Promise<string> {
  await git(root, ['clone', '--quiet', '--template=', ...options, '--', origin, '.']);
  await git(root, ['config', 'user.name', ada.name]);
  await git(root, ['config', 'user.email', ada.email]);
  return root;
}

/** Few files, so that it can be copied for each test. */
async function packed(path: string): Promise<string> {
  await git(path, ['gc', '--quiet', '--prune=now']);
  return path;
}

async function makeOrigin(): Promise<string> {
  const seed = await exampleFolder();
  await edit(seed, 'tidegate.yaml', (text) =>
    text.replaceAll(
      /^ {4}sync: .*$/gm,
      '$&\n    gates: { checkRender: false, checkCharts: false }',
    ),
  );
  await commitFolder(seed, 'Begin');
  const path = await temporaryFolder();
  await git(path, ['clone', '--quiet', '--bare', '--template=', seed, '.']);
  await rm(seed, { recursive: true });
  return path;
}

async function makeReleased(): Promise<string> {
  const origin = await makeOrigin();
  const root = await cloneInto(await temporaryFolder(), origin);
  await succeed(root, 'release', 'qa', '--push');
  await succeed(root, 'promote', 'qa', 'preprod', '--push');
  await succeed(root, 'promote', 'preprod', 'prod', '--push');
  await rm(root, { recursive: true });
  return origin;
}

async function makeAhead(): Promise<string> {
  const origin = await makeReleased();
  const root = await cloneInto(await temporaryFolder(), origin);
  await succeed(root, 'versions', 'set', '--env', 'qa', 'backend.imageTag=v2.2.0', '--push');
  await succeed(root, 'release', 'qa', '--push');
  await rm(root, { recursive: true });
  return origin;
}

/** Changes a file of a work tree. */
export async function edit(
  root: string,
  path: string,
  change: (text: string) => string,
): Promise<void> {
  const file = join(root, path);
  const before = await readFile(file, 'utf8');
  const after = change(before);
  expect(after, `${path} is changed`).not.toBe(before);
  await writeFile(file, after);
}

/** Commits everything in a clone and pushes it. */
export async function pushAll(root: string, message = 'Change'): Promise<void> {
  await commitAll(root, message, ada);
  await git(root, ['push', '--quiet', 'origin', 'HEAD:main']);
}

/** Brings a clone's branch up to date. */
export async function pull(root: string): Promise<void> {
  await git(root, ['pull', '--quiet', '--ff-only', '--tags', 'origin', 'main']);
}

/** All references of a repository, with what they point to. */
export function refsOf(root: string): Promise<string> {
  return gitText(root, ['for-each-ref', '--format=%(objectname) %(refname)']);
}

/** Content of a file at a revision. */
export function contentAt(root: string, revision: string, path: string): Promise<string> {
  return gitText(root, ['cat-file', 'blob', `${revision}:${path}`]);
}

/** What people see of a clone: HEAD, the branches, the index and the files. */
export async function visible(root: string): Promise<readonly string[]> {
  return [
    await readFile(join(root, '.git/HEAD'), 'utf8'),
    await gitText(root, ['for-each-ref', 'refs/heads', 'refs/remotes']),
    (await readFile(join(root, '.git/index'))).toString('base64'),
    await gitText(root, ['status', '--porcelain=v1']),
    await gitText(root, ['diff']),
  ];
}
