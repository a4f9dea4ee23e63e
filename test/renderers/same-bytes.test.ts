import type { ChartRenderer, RenderRequest } from '@tidegate/core';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { assetFolder } from '../../packages/cli/src/assets.ts';
import { exampleRepository } from '../../packages/cli/src/example-repository.ts';
import { directoryTree, readCharts, sha256 } from '@tidegate/node';
import { renderManifests, variants, renderExample } from '../charts/rendered-network.ts';
import { findCharts, withoutChance } from './chart-folder.ts';
import { chartFiles } from './generated-charts.ts';
import {
  builtKinds,
  hasSameHelm,
  outcomeOf,
  rendererOf,
  requestOf,
  TestCharts,
} from './renderers.ts';

/**
 * Every way to render gives the same bytes and the same complaints. `TIDEGATE_CHARTS_DIR` names a
 * folder with further charts, archives or unpacked, which are rendered with their own values and with
 * each of their `ci/*-values.yaml`.
 */
const chartsDir = process.env['TIDEGATE_CHARTS_DIR'];
const furtherCharts = chartsDir === undefined ? [] : await findCharts(chartsDir);
const charts = new TestCharts();
let helm: ChartRenderer;
const others: ChartRenderer[] = [];

beforeAll(async () => {
  helm = await rendererOf('helm', charts);
  for (const kind of builtKinds) others.push(await rendererOf(kind, charts));
});

async function expectSame(request: RenderRequest): Promise<string> {
  const expected = await outcomeOf(helm, request);
  for (const other of others) expect(await outcomeOf(other, request)).toBe(expected);
  return expected;
}

function compareAll(): void {
  test.each(Object.keys(variants))('agree on %s', async (variant) => {
    const { files } = await renderExample(variants[variant]);
    const expected = await renderManifests(files, () => true, 'helm');
    for (const kind of builtKinds) {
      const manifests = await renderManifests(files, () => true, kind);
      expect([...manifests.keys()]).toEqual([...expected.keys()]);
      for (const [path, manifest] of manifests) expect(manifest, path).toBe(expected.get(path));
    }
  });

  // Other versions of Helm differ in what they make of null, for one.
  if (!hasSameHelm) return;
  test('agree on generated charts, values and faults', async () => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(chartFiles, async ({ files, values, parameters }) => {
        const chart = await charts.add('probe', files);
        const outcome = await expectSame(requestOf(chart, { values, parameters }));
        if (/^[A-Za-z]+Error: /.test(outcome)) failures += 1;
      }),
      { numRuns: 150 },
    );
    // Both happen: otherwise the property would say less than it seems to.
    expect(failures).toBeGreaterThan(5);
    expect(failures).toBeLessThan(145);
  }, 300_000);

  const found = furtherCharts.flatMap((chart) =>
    [undefined, ...chart.values].map((values) => ({ name: chart.name, values, chart })),
  );
  if (found.length === 0) return;
  test.each(found)('agree on $name $values', async ({ chart, values }) => {
    const archive = await chart.archive();
    const reference = await charts.addArchive(sha256(archive), archive);
    const layers =
      values === undefined ? [] : [{ path: 'ci', content: await readFile(values, 'utf8') }];
    const request = requestOf(reference, { values: layers });
    const [one, other] = [await outcomeOf(helm, request), await outcomeOf(helm, request)];
    for (const renderer of others) {
      // The second time its templates are parsed already.
      for (const outcome of [
        await outcomeOf(renderer, request),
        await outcomeOf(renderer, request),
      ])
        expect(withoutChance(outcome, one, other)).toBe(withoutChance(one, one, other));
    }
  });
}

if (builtKinds.length > 0) describe(`helm and ${builtKinds.join(' and ')}`, compareAll);

test('the project has charts to compare', async () => {
  expect((await readCharts(assetFolder('charts'))).length).toBeGreaterThan(6);
  expect(await exampleRepository(directoryTree(assetFolder('examples/dlt-network')))).not.toEqual(
    [],
  );
});
