import { runTool } from '@tidegate/node';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packedCharts } from '../packages/cli/test/workbench.ts';

/** `npm pack`, then a global install without a network: what a user without this checkout has. */
const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const result = await runTool(command, { args, cwd, timeoutMs: 120_000 });
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout.toString();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-package-'));
  // Packed from a copy: packing puts files into the package's folder that other tests would find.
  const copy = join(folder, 'checkout');
  for (const name of await readdir(root)) {
    if (name === 'node_modules') await symlink(join(root, name), join(copy, name));
    else if (!name.startsWith('.git') && !['out', 'build'].includes(name)) {
      await cp(join(root, name), join(copy, name), { recursive: true });
    }
  }
  await run('npm', ['pack', '--workspace', 'tidegate', '--pack-destination', folder], copy);
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const install = ['install', '--global', '--offline', '--prefix', join(folder, 'global')];
  await run('npm', [...install, join(folder, archive ?? '')], folder);
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const tidegate = (args: readonly string[], cwd = folder): Promise<string> =>
  run(join(folder, 'global', 'bin', 'tidegate'), args, cwd);

test('the package runs from anywhere and says its version', async () => {
  expect(await tidegate(['--version'])).toBe('0.1.0\n');
});

test('it makes a repository and renders it with the helm that it carries', async () => {
  await tidegate(['init', 'network', '--yes']);
  const cache = ['--cache-dir', join(folder, 'cache'), '--charts-url', await packedCharts()];
  const manifest = await tidegate(
    ['render', 'qa', 'node-alpha', 'vault', '--renderer', 'helm', ...cache],
    join(folder, 'network'),
  );
  expect(manifest).toContain('kind: StatefulSet');
  expect(await readdir(join(folder, 'cache', 'helm'))).toHaveLength(1);
});

test('it renders the same with the best renderer that it carries', async () => {
  const args = ['render', 'qa', 'node-alpha', '--cache-dir', join(folder, 'cache'), '--no-cache'];
  const charts = ['--charts-url', await packedCharts()];
  const [best, helm] = await Promise.all(
    ['auto', 'helm'].map((renderer) =>
      tidegate([...args, ...charts, '--renderer', renderer], join(folder, 'network')),
    ),
  );
  expect(best).toContain('kind: StatefulSet');
  expect(best).toBe(helm);
});

test('it carries the charts and the example', async () => {
  const shown = await tidegate(['example', 'example', '--cache-dir', join(folder, 'cache')]);
  expect(shown).toContain('= 27');
  expect(shown).toMatch(/Rendered 3\d\d manifests of 56 Applications/);
});

test('it carries its licence and the notices of what is bundled', async () => {
  const installed = join(folder, 'global/lib/node_modules/tidegate');
  const names = await readdir(installed);
  expect(names).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist', 'vendor']));
  expect(await readdir(join(installed, 'dist'))).toContain('third-party-licenses.txt');
});
