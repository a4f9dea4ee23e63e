import { InputError, RemoteError } from '@tidegate/core';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, scratchFolders, testClock } from '../test/scratch.ts';
import { deadAddress, reply, testServers, type Answer } from '../test/servers.ts';
import { helmServer, testChart } from '../test/stand-ins.ts';
import type { ChartCredentials, ChartRepository } from './chart-repository.ts';
import { httpRepository } from './helm-repository.ts';

const scratch = scratchFolders();
const serve = testServers();
const password = 'pa55-word';
const credentials: ChartCredentials = { username: 'robot', password };

function open(url: string, cacheDir: string, who?: ChartCredentials): ChartRepository {
  return httpRepository(url, { cacheDir, clock: testClock(), credentials: who });
}

describe('httpRepository', () => {
  describe('the index', () => {
    it('is asked for once in one run', async () => {
      const server = await serve(helmServer([testChart('a', '1.0.0'), testChart('b', '1.0.0')]));
      const repository = open(server.url, await scratch());
      await Promise.all([
        repository.find('a', '1.0.0'),
        repository.find('b', '1.0.0'),
        failureOf(repository.find('c', '1.0.0')),
      ]);

      expect(server.seen.map(({ path }) => path)).toEqual(['/index.yaml']);
    });

    it('is revalidated in the next run, and sent again only when it has changed', async () => {
      const charts = [testChart('a', '1.0.0')];
      const statuses: number[] = [];
      const answer = helmServer(charts);
      const server = await serve((request, response) => {
        response.on('finish', () => statuses.push(response.statusCode));
        answer(request, response);
      });
      const cacheDir = await scratch();
      await open(server.url, cacheDir).find('a', '1.0.0');
      await open(server.url, cacheDir).find('a', '1.0.0');
      charts.push(testChart('a', '2.0.0'));
      const offer = await open(server.url, cacheDir).find('a', '2.0.0');

      expect(statuses).toEqual([200, 304, 200]);
      expect(server.seen.map(({ etag }) => etag !== undefined)).toEqual([false, true, true]);
      expect(offer.digest).toBe(charts[1]?.digest);
    });

    it.each(['', '{', 'null', '[]', '{"etag":1,"index":{}}', '{"etag":"x"}', '{"index":{}}'])(
      'is fetched whole when the stored one says %j',
      async (stored) => {
        const server = await serve(helmServer([testChart('a', '1.0.0')]));
        const cacheDir = await scratch();
        await open(server.url, cacheDir).find('a', '1.0.0');
        const [file = ''] = await readdir(join(cacheDir, 'indexes'));
        await writeFile(join(cacheDir, 'indexes', file), stored);
        const offer = await open(server.url, cacheDir).find('a', '1.0.0');

        expect(offer.digest).toBe(testChart('a', '1.0.0').digest);
        expect(server.seen.at(-1)?.etag).toBeUndefined();
      },
    );

    it('is kept apart for each who signs in, and shows no credentials on disk', async () => {
      const server = await serve(helmServer([testChart('a', '1.0.0')]));
      const cacheDir = await scratch();
      await open(server.url, cacheDir).find('a', '1.0.0');
      await open(server.url, cacheDir, credentials).find('a', '1.0.0');
      const files = await readdir(join(cacheDir, 'indexes'));
      const texts = await Promise.all(
        files.map((file) => readFile(join(cacheDir, 'indexes', file), 'utf8')),
      );

      expect(files).toHaveLength(2);
      expect([...files, ...texts].join()).not.toMatch(/pa55-word|robot|cm9ib3Q/);
      for (const file of files) {
        expect((await stat(join(cacheDir, 'indexes', file))).mode & 0o777).toBe(0o600);
      }
    });

    it('does without a cache that cannot be written', async () => {
      const server = await serve(helmServer([testChart('a', '1.0.0')]));
      const cacheDir = await scratch();
      await writeFile(join(cacheDir, 'indexes'), 'a file stands in the way');

      expect((await open(server.url, cacheDir).find('a', '1.0.0')).digest).toBeDefined();
    });

    it('may be JSON, and need not have an ETag', async () => {
      const digest = 'A'.repeat(64);
      const index = {
        entries: { a: [{ version: '1.0.0', digest: `sha256:${digest}`, urls: [] }] },
      };
      const server = await serve((_, response) => {
        reply(response, 200, JSON.stringify(index));
      });
      const cacheDir = await scratch();

      expect((await open(server.url, cacheDir).find('a', '1.0.0')).digest).toBe('a'.repeat(64));
      expect(await readdir(cacheDir)).toEqual([]);
    });

    it.each([
      ['<html>Please sign in</html>', 'it has no entries'],
      ['entries: [', 'it is not valid YAML'],
      ['{"entries": ', 'it is not valid YAML'],
      ['entries:\n', 'it has no entries'],
      [
        'a: &a [x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: &d [*c,*c,*c]\ne: [*d,*d,*d]\nf: [*d,*d,*d,*d]',
        'it is not valid YAML',
      ],
    ])('is refused when it reads %j', async (text, reason) => {
      const { url } = await serve((_, response) => {
        reply(response, 200, text);
      });
      const error = await failureOf(open(url, await scratch()).find('a', '1.0.0'));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toBe(`${url}/index.yaml is no Helm repository index: ${reason}`);
    });

    it('is missing where there is no Helm repository', async () => {
      const { url } = await serve((_, response) => {
        reply(response, 404);
      });
      const error = await failureOf(open(url, await scratch()).find('a', '1.0.0'));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toContain('there is no Helm repository at');
    });
  });

  describe('versions', () => {
    it('takes the first of several entries with the same version', async () => {
      const [first, second] = [
        testChart('a', '1.2.0'),
        { ...testChart('a', '9.9.9'), version: '1.2.0' },
      ];
      const { url } = await serve(helmServer([first, second]));

      expect((await open(url, await scratch()).find('a', '1.2.0')).digest).toBe(first.digest);
    });

    it.each([
      ['v1.2.0', '1.2.0'],
      ['1.2.0', 'v1.2.0'],
    ])('finds %s when asked for %s', async (offered, asked) => {
      const { url } = await serve(helmServer([testChart('a', offered)]));

      expect((await open(url, await scratch()).find('a', asked)).digest).toBeDefined();
    });

    it('does not take 1.2.0-rc.1 or 1.20.0 for 1.2.0', async () => {
      const { url } = await serve(
        helmServer([testChart('a', '1.2.0-rc.1'), testChart('a', '1.20.0')]),
      );
      const error = await failureOf(open(url, await scratch()).find('a', '1.2.0'));

      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).hint).toBe('versions there: 1.20.0, 1.2.0-rc.1');
    });
  });

  describe('archives', () => {
    const indexNaming = (url: string): string =>
      `entries:\n  a:\n  - version: 1.0.0\n    urls: [${JSON.stringify(url)}]\n`;
    const withArchiveAt =
      (url: string): Answer =>
      (request, response) => {
        if (request.url === '/repo/index.yaml') reply(response, 200, indexNaming(url));
        else
          reply(
            response,
            200,
            `${request.url ?? ''} for ${request.headers.authorization ?? 'nobody'}`,
          );
      };
    const download = async (base: string, who?: ChartCredentials): Promise<string> => {
      const offer = await open(base, await scratch(), who).find('a', '1.0.0');
      return Buffer.from(await offer.download()).toString();
    };

    it.each([
      ['a-1.0.0.tgz', '/repo/a-1.0.0.tgz'],
      ['charts/a-1.0.0.tgz', '/repo/charts/a-1.0.0.tgz'],
      ['/elsewhere/a-1.0.0.tgz', '/elsewhere/a-1.0.0.tgz'],
      ['../a-1.0.0.tgz', '/a-1.0.0.tgz'],
      ['a-1.0.0%2Bb.tgz?x=y', '/repo/a-1.0.0%2Bb.tgz?x=y'],
    ])('named %s lie at %s', async (named, path) => {
      const { url } = await serve(withArchiveAt(named));

      expect(await download(`${url}/repo`)).toBe(`${path} for nobody`);
      expect(await download(`${url}/repo/`)).toBe(`${path} for nobody`);
    });

    it('are fetched from another host without credentials', async () => {
      const other = await serve((request, response) => {
        reply(response, 200, request.headers.authorization ?? 'nobody');
      });
      const { url, seen } = await serve(withArchiveAt(`${other.url}/a.tgz`));

      expect(await download(`${url}/repo`, credentials)).toBe('nobody');
      expect(seen[0]?.authorization).toMatch(/^Basic /);
    });

    it('are fetched from the own host with credentials, also by a whole URL', async () => {
      let own = '';
      const { url } = await serve((request, response) => {
        withArchiveAt(`${own}/a.tgz`)(request, response);
      });
      own = url;

      expect(await download(`${url}/repo`, credentials)).toBe(
        `/a.tgz for Basic ${Buffer.from(`robot:${password}`).toString('base64')}`,
      );
    });

    it.each([
      'file:///etc/passwd',
      'ftp://x/a.tgz',
      'http://',
      `https://u:${password}@h.example/a.tgz`,
    ])('are not fetched from %s', async (named) => {
      const { url } = await serve(withArchiveAt(named));
      const error = await failureOf(download(`${url}/repo`));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).not.toContain(password);
    });

    it('need a URL', async () => {
      const { url } = await serve((_, response) => {
        reply(response, 200, 'entries: {a: [{version: 1.0.0}, {version: 7}, nonsense], b: 7}');
      });

      expect(await failureOf(download(url))).toBeInstanceOf(RemoteError);
    });
  });

  it.each([
    ['unreachable', undefined, 'cannot be reached: ECONNREFUSED'],
    ['refusing', 401, 'refuses access (HTTP 401)'],
    ['broken', 500, 'answers with HTTP 500'],
  ])('says without credentials that a repository is %s', async (_, status, reason) => {
    const url =
      status === undefined
        ? `http://${await deadAddress()}`
        : (await serve((_request, response) => void reply(response, status))).url;
    const error = await failureOf(open(url, await scratch(), credentials).find('a', '1.0.0'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(`${url}/index.yaml ${reason}`);
    const told = JSON.stringify([
      error.message,
      (error as RemoteError).hint,
      (error as RemoteError).data,
    ]);
    expect(told).not.toMatch(/pa55-word|cm9ib3Q/);
  });

  it('keeps no half of an index when writing it fails', async () => {
    const server = await serve(helmServer([testChart('a', '1.0.0')]));
    const cacheDir = await scratch();
    await open(server.url, cacheDir).find('a', '1.0.0');
    const [file = ''] = await readdir(join(cacheDir, 'indexes'));
    const other = await scratch();
    await mkdir(join(other, 'indexes', file), { recursive: true });
    await open(server.url, other).find('a', '1.0.0');

    expect(await readdir(join(other, 'indexes'))).toEqual([file]);
  });
});
