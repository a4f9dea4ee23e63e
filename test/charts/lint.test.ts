import { readCharts, resolveHelm, runTool, type HelmBinary } from '@tidegate/node';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetFolder, layerZipCandidates } from '../../packages/cli/src/assets.ts';
import { testCacheDir } from '../../packages/cli/test/workbench.ts';

const charts = await readCharts(assetFolder('charts'));
let helm: HelmBinary;
let folder: string;

beforeAll(async () => {
  helm = await resolveHelm({
    cacheDir: testCacheDir,
    layerZips: layerZipCandidates(),
    env: process.env,
  });
  folder = await mkdtemp(join(tmpdir(), 'tidegate-lint-'));
  for (const chart of charts) {
    const copy = join(folder, basename(chart.path));
    await cp(chart.path, copy, { recursive: true });
    for (const sibling of chart.siblings) {
      await cp(sibling, join(copy, 'charts', basename(sibling)), { recursive: true });
    }
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('there are all the charts of the network', () => {
  expect(charts.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'dlt-backend 3.1.0',
    'dlt-backup 0.3.1',
    'dlt-frontend 2.3.1',
    'dlt-library 1.0.0',
    'dlt-namespace 1.0.0',
    'dlt-node-namespace 1.0.0',
    'dlt-shared-services 2.1.0',
    'dlt-vault 1.2.0',
  ]);
});

describe.each(charts.filter(({ isLibrary }) => !isLibrary))('$name', ({ name }) => {
  const chartFile = (file: string): string => join(folder, name, file);

  test('is clean for helm lint', async () => {
    const args = ['lint', '--strict', join(folder, name), '--values', chartFile('ci/values.yaml')];
    const result = await runTool(helm.path, { args });
    const printed = result.stdout.toString();
    expect(result.exitCode, printed + result.stderr).toBe(0);
    expect(printed).not.toMatch(/WARNING|ERROR/);
  });

  test('has notes that render', async () => {
    const args = ['install', name, join(folder, name), '--values', chartFile('ci/values.yaml')];
    const result = await runTool(helm.path, { args: [...args, '--dry-run=client'] });
    const [, notes = ''] = result.stdout.toString().split('NOTES:\n');
    expect(notes.trim(), result.stderr).not.toBe('');
    expect(notes).not.toContain('<no value>');
  });

  test('says what every value is for', async () => {
    const lines = (await readFile(chartFile('values.yaml'), 'utf8')).split('\n');
    // The keys of dlt-namespace have no common key above them.
    const ownLevel = name === 'dlt-namespace' ? 0 : 1;
    const silent = lines.filter(
      (line, index) =>
        /^\s+[A-Za-z][\w.-]*: *\S/.test(line) && !isExplained(lines, index, ownLevel),
    );
    expect(silent).toEqual([]);
  });
});

/** Whether a comment stands above a value or above a key around it that is the chart's own. */
function isExplained(lines: readonly string[], index: number, ownLevel: number): boolean {
  let indent = Infinity;
  for (let at = index; at >= 0 && indent > 0; at--) {
    const line = lines[at] ?? '';
    const own = line.search(/\S/);
    if (own === -1 || own >= indent || line.trim().startsWith('#')) continue;
    if ((lines[at - 1] ?? '').trim().startsWith('#') && own >= ownLevel) return true;
    indent = own;
  }
  return false;
}
