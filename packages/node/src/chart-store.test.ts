import { InputError, RemoteError, ToolError, UsageError } from '@tidegate/core';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, scratchFolders, testClock } from '../test/scratch.ts';
import { reply, testServers } from '../test/servers.ts';
import { helmServer, testChart } from '../test/stand-ins.ts';
import type { ChartCredentials } from './chart-repository.ts';
import { chartStore, type ChartStore } from './chart-store.ts';

const scratch = scratchFolders();
const serve = testServers();
const secret = 'pa55-word';

interface Settings {
  readonly credentials?: ReadonlyMap<string, ChartCredentials>;
  readonly mirrors?: ReadonlyMap<string, string>;
}

function open(cacheDir: string, settings: Settings = {}): ChartStore {
  return chartStore({
    cacheDir,
    clock: testClock(),
    credentials: settings.credentials ?? new Map(),
    mirrors: settings.mirrors ?? new Map(),
  });
}

const chartAt = (repository: string): { repository: string; name: string; version: string } => ({
  repository,
  name: 'a',
  version: '1.0.0',
});

describe('chartStore', () => {
  it.each([
    `https://robot:${secret}@charts.example.com`,
    `https://${secret}@charts.example.com/x`,
    `oci://robot:${secret}@registry.example.com/charts`,
    `robot:${secret}@registry.example.com/charts`,
  ])('refuses credentials in the address %s, without repeating them', async (repository) => {
    const error = await failureOf(open(await scratch()).fetch(chartAt(repository)));

    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain('example.com');
    expect(error.message).not.toContain(secret);
    expect((error as UsageError).hint).toContain('TIDEGATE_CHARTS_TOKEN');
  });

  it.each(['ftp://charts.example.com', 's3://bucket/charts'])('refuses %s', async (repository) => {
    const error = await failureOf(open(await scratch()).fetch(chartAt(repository)));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('expected https, file or oci');
  });

  it('gives credentials only to the repository that they are for', async () => {
    const one = await serve(helmServer([testChart('a', '1.0.0')]));
    const two = await serve(helmServer([testChart('a', '1.0.0')]));
    const store = open(await scratch(), { credentials: new Map([[one.url, { token: secret }]]) });
    await store.fetch(chartAt(one.url));
    await store.fetch(chartAt(two.url));

    expect(one.seen.every(({ authorization }) => authorization === `Bearer ${secret}`)).toBe(true);
    expect(two.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('fetches from a mirror what manifests name elsewhere', async () => {
    const mirror = await serve(helmServer([testChart('a', '1.0.0')]));
    const store = open(await scratch(), {
      mirrors: new Map([['https://charts.example.com', mirror.url]]),
    });

    expect((await store.fetch(chartAt('https://charts.example.com'))).digest).toBe(
      `sha256:${testChart('a', '1.0.0').digest}`,
    );
  });

  it('refuses a page that comes instead of an archive with no digest known', async () => {
    const { url } = await serve((request, response) => {
      const index = 'entries: {a: [{version: 1.0.0, urls: [a.tgz]}]}';
      reply(response, 200, request.url === '/index.yaml' ? index : '<html>Please sign in</html>');
    });
    const error = await failureOf(open(await scratch()).fetch(chartAt(url)));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('is no chart archive');
  });

  it('says that the cache cannot be written', async () => {
    const { url } = await serve(helmServer([testChart('a', '1.0.0')]));
    const cacheDir = join(await scratch(), 'cache');
    await writeFile(cacheDir, 'a file stands in the way');
    const error = await failureOf(open(cacheDir).fetch(chartAt(url)));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('the cache cannot be written');
    expect((error as ToolError).hint).toContain('TIDEGATE_CACHE_DIR');
  });
});
