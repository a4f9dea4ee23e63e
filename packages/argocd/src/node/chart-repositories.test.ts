import { systemClock } from '@tidegate/node';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scratchFolders } from '../../../node/test/scratch.ts';
import { deadAddress, reply, testServers } from '../../../node/test/servers.ts';
import { packChart } from './chart-archive.ts';
import { chartRepositories } from './chart-repositories.ts';
import { memoryFiles } from './memory-files.ts';

const scratch = scratchFolders();
const start = testServers();

/** An archive whose folder is called as the chart is. */
async function archiveOf(chart: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const inside = Object.entries(files).map(([path, text]): [string, string] => [path, text]);
  const tar = gunzipSync(await packChart({ files: memoryFiles(new Map(inside)), folder: '' }));
  // "chart/" in each name becomes the chart's own, of the same length.
  return gzipSync(Buffer.from(tar.toString('latin1').replaceAll('chart/', `${chart}/`), 'latin1'));
}

async function prepared(index: string, archive: Uint8Array) {
  const server = await start((request, response) => {
    if (request.url === '/charts/index.yaml') reply(response, 200, index);
    else if (request.url?.endsWith('.tgz') === true) reply(response, 200, archive);
    else reply(response, 404);
  });
  const charts = chartRepositories({ cacheDir: await scratch(), clock: systemClock() });
  return { server, charts, repoURL: `${server.url}/charts/` };
}

const index =
  'entries:\n  chart:\n  - {version: 1.0.0, urls: [chart-1.0.0.tgz]}\n  - {version: 1.1.0, urls: [chart-1.1.0.tgz]}\n';

describe('chartRepositories', () => {
  it('lists and unpacks charts of a Helm repository', async () => {
    const archive = await archiveOf('chart', { 'Chart.yaml': 'name: chart\n', 'templates/a': 'x' });
    const { charts, server, repoURL } = await prepared(index, archive);

    expect(await charts.versions(repoURL, 'chart')).toEqual({ versions: ['1.0.0', '1.1.0'] });
    expect(await charts.versions(repoURL, 'no')).toEqual({
      fault: "chart 'no' not found in index",
    });
    const pulled = await charts.pull(repoURL, 'chart', '1');

    expect(pulled).toMatchObject({ chart: { files: ['Chart.yaml', 'templates/a'] } });
    expect(server.seen.at(-1)?.path).toBe('/charts/chart-1.1.0.tgz');
    expect(await charts.pull(repoURL, 'chart', '3.0.0')).toEqual({
      fault: `exit status 1: Error: chart "chart" version "3.0.0" not found in ${repoURL} repository`,
    });
  });

  it('says what is wrong with a broken archive', async () => {
    const { charts, repoURL } = await prepared(index, Buffer.from('<html>'));

    expect(await charts.pull(repoURL, 'chart', '1.0.0')).toEqual({
      fault: 'incorrect header check',
      isBroken: true,
    });
  });

  it('says what is wrong with a repository', async () => {
    const { charts, server } = await prepared(index, Buffer.alloc(0));
    const none = `${server.url}/none`;
    const dead = `http://${await deadAddress()}/charts`;

    expect(await charts.versions(none, 'chart')).toEqual({
      fault: 'error loading repo index: failed to get index: 404 Not Found',
    });
    expect(await charts.pull(none, 'chart', '1.0.0')).toEqual({
      fault: `exit status 1: Error: looks like "${none}" is not a valid chart repository or cannot be reached: failed to fetch ${none}/index.yaml : 404 Not Found`,
    });
    expect(await charts.versions(dead, 'chart')).toEqual({
      fault: expect.stringContaining(
        `error loading repo index: error making HTTP request: Get "${dead}/index.yaml": `,
      ) as unknown,
    });
  });

  it('reads a registry, whose URL has no scheme', async () => {
    const archive = await archiveOf('chart', { 'Chart.yaml': 'name: chart\n' });
    const layer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
    const { createHash } = await import('node:crypto');
    const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    const { host } = await start((request, response) => {
      const path = request.url ?? '';
      if (path === '/v2/team/chart/tags/list') reply(response, 200, '{"tags":["1.0.0_1","1.0.1"]}');
      else if (path === '/v2/team/chart/manifests/1.0.0_1') {
        reply(response, 200, JSON.stringify({ layers: [{ mediaType: layer, digest }] }));
      } else if (path === `/v2/team/chart/blobs/${digest}`) reply(response, 200, archive);
      else reply(response, 404);
    });
    const charts = chartRepositories({ cacheDir: await scratch(), clock: systemClock() });

    expect(await charts.versions(`${host}/team`, 'chart')).toEqual({
      versions: ['1.0.0+1', '1.0.1'],
    });
    expect(await charts.pull(`${host}/team`, 'chart', '1.0.0+1')).toMatchObject({
      chart: { files: ['Chart.yaml'] },
    });
    expect(await charts.versions(`${host}/team`, 'no')).toEqual({
      fault: 'unable to get tags: failed to get tags: not found',
    });
  });
});
