import { InputError, RemoteError, type ChartReference } from '@tidegate/core';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChartCredentials } from '../src/chart-repository.ts';
import { chartStore, type ChartStore } from '../src/chart-store.ts';
import { failureOf, scratchFolders, testClock } from './scratch.ts';
import { testChart, type TestChart } from './stand-ins.ts';

/** A repository that has been filled for a test. */
export interface PublishedRepository {
  readonly url: string;
  readonly credentials?: ChartCredentials;
  /** How often archives were sent so far, where that can be counted. */
  readonly downloads?: () => number;
  /** Puts the charts' present bytes in place; for repositories that hold copies. */
  readonly refresh?: () => Promise<void>;
}

/** What every place for charts owes to the chart store. */
export function describeChartRepositoryContract(
  name: string,
  publish: (charts: readonly TestChart[]) => Promise<PublishedRepository>,
): void {
  describe(`chart repository contract: ${name}`, () => {
    const scratch = scratchFolders();
    const open = (cacheDir: string, { url, credentials }: PublishedRepository): ChartStore =>
      chartStore({
        cacheDir,
        clock: testClock(),
        credentials: new Map(credentials === undefined ? [] : [[url, credentials]]),
        mirrors: new Map(),
      });
    const at = (repository: PublishedRepository, version: string): ChartReference => ({
      repository: repository.url,
      name: 'dlt-vault',
      version,
    });

    it('gives the archive and its digest', async () => {
      const chart = testChart('dlt-vault', '1.2.0');
      const repository = await publish([testChart('other', '1.2.0'), chart]);
      const stored = await open(await scratch(), repository).fetch(at(repository, '1.2.0'));

      expect(stored.digest).toBe(`sha256:${chart.digest}`);
      expect(await readFile(stored.path)).toEqual(Buffer.from(chart.bytes));
    });

    it('fetches an archive once, for all who ask and for later runs', async () => {
      const repository = await publish([testChart('dlt-vault', '1.2.0')]);
      const cacheDir = await scratch();
      const store = open(cacheDir, repository);
      const asked = Array.from({ length: 20 }, () => store.fetch(at(repository, '1.2.0')));
      const paths = new Set((await Promise.all(asked)).map(({ path }) => path));
      const later = await open(cacheDir, repository).fetch(at(repository, '1.2.0'));

      expect([...paths]).toEqual([later.path]);
      if (repository.downloads !== undefined) expect(repository.downloads()).toBe(1);
    });

    it('lets several processes fill one cache at once', async () => {
      const repository = await publish([testChart('dlt-vault', '1.2.0')]);
      const cacheDir = await scratch();
      const stores = Array.from({ length: 6 }, () => open(cacheDir, repository));
      const stored = await Promise.all(stores.map((store) => store.fetch(at(repository, '1.2.0'))));

      expect(new Set(stored.map(({ digest }) => digest)).size).toBe(1);
      expect(await readdir(join(cacheDir, 'charts'))).toHaveLength(1);
    });

    it('keeps archives readable for their owner only', async () => {
      const repository = await publish([testChart('dlt-vault', '1.2.0')]);
      const cacheDir = join(await scratch(), 'cache');
      const { path } = await open(cacheDir, repository).fetch(at(repository, '1.2.0'));

      expect((await stat(path)).mode & 0o077).toBe(0);
      expect((await stat(cacheDir)).mode & 0o077).toBe(0);
    });

    it('notices a tampered archive in the cache and fetches it anew', async () => {
      const chart = testChart('dlt-vault', '1.2.0');
      const repository = await publish([chart]);
      const cacheDir = await scratch();
      const { path } = await open(cacheDir, repository).fetch(at(repository, '1.2.0'));
      await writeFile(path, 'something else');
      await open(cacheDir, repository).fetch(at(repository, '1.2.0'));

      expect(await readFile(path)).toEqual(Buffer.from(chart.bytes));
    });

    it.each([
      ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 4)],
      ['replaced', () => testChart('dlt-vault', '6.6.6').bytes],
      ['emptied', () => new Uint8Array()],
    ])('refuses an archive that was %s', async (_, damage) => {
      const chart = testChart('dlt-vault', '1.2.0');
      const repository = await publish([chart]);
      chart.bytes = damage(chart.bytes);
      await repository.refresh?.();
      const cacheDir = await scratch();
      const error = await failureOf(open(cacheDir, repository).fetch(at(repository, '1.2.0')));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toContain('chart dlt-vault 1.2.0');
      expect(error.message).toContain('is damaged');
      expect(await readdir(cacheDir)).not.toContain('charts');
    });

    it('says which versions there are when the wanted one is not', async () => {
      const versions = ['3.0.0', '1.10.0', '1.9.0', '1.3.0', '1.2.1', '1.2.0-rc.1', '1.1.0'];
      const many = Array.from({ length: 30 }, (_, index) => `0.${index}.0`);
      const repository = await publish(
        [...many, ...versions].map((version) => testChart('dlt-vault', version)),
      );
      const error = await failureOf(
        open(await scratch(), repository).fetch(at(repository, '1.2.0')),
      );

      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toBe(
        `chart dlt-vault has no version 1.2.0 in the repository ${repository.url}`,
      );
      expect((error as InputError).hint).toBe(
        'versions there: 1.10.0, 1.9.0, 1.3.0, 1.2.1, 1.2.0-rc.1, 1.1.0, 0.29.0, 0.28.0 and 29 more',
      );
    });

    it.each(['dlt-nothing', 'constructor', '__proto__', 'toString'])(
      'knows no chart named %s',
      async (chart) => {
        const repository = await publish([testChart('dlt-vault', '1.2.0')]);
        const error = await failureOf(
          open(await scratch(), repository).fetch({ ...at(repository, '1.2.0'), name: chart }),
        );

        expect(error).toBeInstanceOf(InputError);
      },
    );

    it('finds a version with build metadata', async () => {
      const chart = testChart('dlt-vault', '1.2.0+build.7');
      const repository = await publish([chart, testChart('dlt-vault', '1.2.0')]);
      const stored = await open(await scratch(), repository).fetch(at(repository, chart.version));

      expect(stored.digest).toBe(`sha256:${chart.digest}`);
    });

    it.each([
      ['../dlt-vault', '1.2.0'],
      ['dlt/vault', '1.2.0'],
      ['', '1.2.0'],
      ['dlt-vault', '../../1.2.0'],
      ['dlt-vault', '..'],
      ['dlt-vault', '1.2.0?x=y'],
      ['dlt-vault', '>=1.0.0'],
      ['dlt-vault', ''],
    ])('refuses chart %j, version %j', async (chart, version) => {
      const repository = await publish([testChart('dlt-vault', '1.2.0')]);
      const error = await failureOf(
        open(await scratch(), repository).fetch({
          repository: repository.url,
          name: chart,
          version,
        }),
      );

      expect(error).toBeInstanceOf(InputError);
    });
  });
}
