import { readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import {
  changes,
  commitFolder,
  commitRelease,
  exampleFolder,
  packedCharts,
  removeFolder,
  snapshot,
  temporaryFolder,
  testCacheDir,
} from './workbench.ts';

/**
 * One folder per behaviour in `packages/cli/cases/`. `case.json` says where the command starts and
 * what is called; `stdout.txt`, `stderr.txt` and `changes.txt` hold what came of it. A new case needs
 * no code: write its `case.json` and run `npx vitest run packages/cli/test/cases --update`.
 */
interface Case {
  /** `init`: the repository that `init --yes` makes; `empty`: an empty folder. */
  readonly start: 'init' | 'empty';
  /** Commits the start; `release` also tags it as `release/qa/1` with the files of that release. */
  readonly git?: 'commit' | 'release';
  /** Files written before the call (after the commit); null removes one. */
  readonly write?: Readonly<Record<string, string | null>>;
  /** Text replaced before the call: by path, from and to. */
  readonly replace?: Readonly<Record<string, readonly [from: string, to: string]>>;
  readonly env?: Readonly<Record<string, string>>;
  /** `{charts}` stands for the project's packed charts, `{cache}` for the cache that tests share. */
  readonly args: readonly string[];
  readonly exitCode: number;
}

const casesFolder = fileURLToPath(new URL('../cases/', import.meta.url));
const names = (await readdir(casesFolder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.name === 'case.json')
  .map((entry) => entry.parentPath.slice(casesFolder.length))
  .sort();

describe('cases', () => {
  test.each(names)('%s', async (name) => {
    const folder = join(casesFolder, name);
    const given = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as Case;
    const root = await prepare(given);
    try {
      const before = await snapshot(root);
      const io = testIo({ cwd: root, ...(given.env === undefined ? {} : { env: given.env }) });
      const charts = given.args.some((arg) => arg.includes('{charts}')) ? await packedCharts() : '';
      const args = given.args.map((arg) =>
        arg.replace('{charts}', charts).replace('{cache}', testCacheDir),
      );

      const exitCode = await runProgram(args, io);

      const shown = (text: string): string =>
        text
          .replaceAll(charts === '' ? '\0' : charts, '<charts>')
          .replaceAll(charts === '' ? '\0' : fileURLToPath(charts), '<charts>')
          .replaceAll(root, '<root>')
          .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:<digest>');
      expect.soft(exitCode, io.printed.stderr).toBe(given.exitCode);
      await expect.soft(shown(io.printed.stdout)).toMatchFileSnapshot(join(folder, 'stdout.txt'));
      await expect.soft(shown(io.printed.stderr)).toMatchFileSnapshot(join(folder, 'stderr.txt'));
      const changed = changes(before, await snapshot(root));
      await expect.soft(changed).toMatchFileSnapshot(join(folder, 'changes.txt'));
    } finally {
      await removeFolder(root);
    }
  });
});

async function prepare(given: Case): Promise<string> {
  const root = given.start === 'init' ? await exampleFolder() : await temporaryFolder();
  if (given.git !== undefined) await commitFolder(root, 'Begin');
  if (given.git === 'release') await release(root);
  for (const [path, content] of Object.entries(given.write ?? {})) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (content === null) await rm(join(root, path), { recursive: true });
    else await writeFile(join(root, path), content);
  }
  for (const [path, [from, to]] of Object.entries(given.replace ?? {})) {
    await replaceIn(join(root, path), from, to);
  }
  return root;
}

async function replaceIn(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(
    file,
    text.replaceAll(from, () => to),
  );
}

/** What cutting the first release changes: its number and the revision that everything is pinned to. */
async function release(root: string): Promise<void> {
  await replaceIn(join(root, 'versions/qa.yaml'), 'release: 0', 'release: 1');
  for (const file of await readdir(join(root, 'argocd/qa'))) {
    if (file === 'app-root.yaml') continue;
    await replaceIn(join(root, 'argocd/qa', file), 'release/qa/0', 'release/qa/1');
    await replaceIn(join(root, 'argocd/qa', file), 'release: "0"', 'release: "1"');
  }
  await commitRelease(root, 'release/qa/1');
}
