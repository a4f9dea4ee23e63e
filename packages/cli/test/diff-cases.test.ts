import { formatMarkdown, type DiffReport } from '@tidegate/core';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../src/program.ts';
import { chartsOf, prepareDiffCase, type DiffCase } from './diff-cases.ts';
import { testIo } from './test-io.ts';
import { removeFolder, temporaryFolder, testCacheDir } from './workbench.ts';

/**
 * One folder per behaviour in `packages/cli/cases/diff/`. `diff.json` says what two commits hold;
 * `terminal.txt` and `note.md` are what a reviewer sees of the difference. A new case needs no code:
 * write its `diff.json` and run `npx vitest run packages/cli/test/diff-cases --update`.
 */
const folder = fileURLToPath(new URL('../cases/diff/', import.meta.url));
const names = (await readdir(folder)).sort();

describe('cases of diffs', () => {
  test.each(names)(
    '%s',
    async (name) => {
      const given = JSON.parse(await readFile(join(folder, name, 'diff.json'), 'utf8')) as DiffCase;
      const shelf = await temporaryFolder();
      const charts = await chartsOf(name, given, shelf);
      const root = await prepareDiffCase(given);
      const run = async (format: string): Promise<string> => {
        const io = testIo({
          cwd: root,
          env: {
            TIDEGATE_CHARTS_URL: charts,
            TIDEGATE_CACHE_DIR: testCacheDir,
            TIDEGATE_MASK_KEY: 'the key of the cases',
            ...given.env,
          },
        });
        const args = ['diff', '--base', 'base', '-o', format, ...(given.args ?? [])];
        const exitCode = await runProgram(args, io);
        expect.soft(exitCode, io.printed.stderr).toBe(given.exitCode);
        return io.printed.stdout;
      };
      try {
        const text = await run('text');
        const note =
          given.noteMax === undefined
            ? await run('markdown')
            : formatMarkdown(JSON.parse(await run('json')) as DiffReport, {
                charactersMax: given.noteMax,
              });

        await expect.soft(steady(text)).toMatchFileSnapshot(join(folder, name, 'terminal.txt'));
        await expect.soft(steady(note)).toMatchFileSnapshot(join(folder, name, 'note.md'));
        if (given.noteMax !== undefined) expect(note.length).toBeLessThanOrEqual(given.noteMax);
      } finally {
        await Promise.all([root, shelf].map(removeFolder));
      }
    },
    240_000,
  );
});

/** Whether a window is open depends on when the test runs. */
function steady(text: string): string {
  return text.replaceAll(
    /(?:open|closed) now`?, (?:until|opens) `?\d{4}-\d\d-\d\d \d\d:\d\d`? UTC/g,
    '<when the window is open>',
  );
}
