import { InputError, RemoteError } from '@tidegate/core';
import { describe, expect, it } from 'vitest';
import { failureOf, testClock } from '../test/scratch.ts';
import { reply, testServers, type TestServer } from '../test/servers.ts';
import { registryServer, testChart } from '../test/stand-ins.ts';
import type { ChartCredentials } from './chart-repository.ts';
import { ociRegistry } from './oci-registry.ts';

const serve = testServers();
const password = 'pa55-word';
const credentials: ChartCredentials = { username: 'robot', password };
const basic = `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`;
const open = (server: TestServer, who?: ChartCredentials): ReturnType<typeof ociRegistry> =>
  ociRegistry(`oci://${server.host}/team`, { clock: testClock(), credentials: who });

describe('ociRegistry', () => {
  it('asks for one token for each image, however many requests there are', async () => {
    const scopes: string[] = [];
    const charts = [testChart('a', '1.0.0'), testChart('b', '1.0.0')];
    const server = await serve(registryServer(charts, { onToken: (scope) => scopes.push(scope) }));
    const registry = open(server);
    for (const round of [1, 2, 3]) {
      for (const name of ['a', 'b']) {
        const offer = await registry.find(name, '1.0.0');
        expect((await offer.download()).length, `round ${round}`).toBeGreaterThan(0);
      }
    }

    expect(scopes).toEqual(['repository:team/a:pull', 'repository:team/b:pull']);
  });

  it('gives many charts at once each its own token', async () => {
    const charts = Array.from({ length: 12 }, (_, index) => testChart(`chart-${index}`, '1.0.0'));
    const server = await serve(registryServer(charts));
    const registry = open(server);
    const offers = await Promise.all(charts.map(({ name }) => registry.find(name, '1.0.0')));

    expect(offers.map(({ digest }) => digest)).toEqual(charts.map(({ digest }) => digest));
  });

  it('takes another token when the first has run out', async () => {
    let valid = 0;
    const answer = registryServer([testChart('a', '1.0.0')], { isOpen: true });
    const server = await serve((request, response) => {
      if (request.url?.startsWith('/token') === true) {
        valid += 1;
        reply(response, 200, JSON.stringify({ access_token: `t${valid}` }));
      } else if (request.headers.authorization === `Bearer t${valid}` && valid > 0) {
        answer(request, response);
      } else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        reply(response, 401, '', {
          'www-authenticate': `Basic realm="x", Bearer realm="${realm}"`,
        });
      }
    });
    const registry = open(server);
    const offer = await registry.find('a', '1.0.0');
    valid += 1;

    expect((await offer.download()).length).toBeGreaterThan(0);
  });

  it('shows the token service who asks, and refuses whom it does not know', async () => {
    const seen: (string | undefined)[] = [];
    const server = await serve(
      registryServer([testChart('a', '1.0.0')], {
        authorization: basic,
        onToken: (_, authorization) => seen.push(authorization),
      }),
    );
    await open(server, credentials).find('a', '1.0.0');
    const error = await failureOf(
      open(server, { username: 'robot', password: 'wr0ng' }).find('a', '1.0.0'),
    );

    expect(seen[0]).toBe(basic);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(`${server.url}/token refuses access (HTTP 401)`);
  });

  it('stays with Basic where the registry wants no token', async () => {
    const answer = registryServer([testChart('a', '1.0.0')], { isOpen: true });
    const server = await serve((request, response) => {
      if (request.headers.authorization === basic) answer(request, response);
      else reply(response, 401, '', { 'www-authenticate': 'Basic realm="registry"' });
    });

    expect((await open(server, credentials).find('a', '1.0.0')).digest).toBeDefined();
    expect(await failureOf(open(server).find('a', '1.0.0'))).toBeInstanceOf(RemoteError);
  });

  it('sends blobs that lie elsewhere no token', async () => {
    const chart = testChart('a', '1.0.0');
    const store = await serve((request, response) => {
      reply(response, 200, request.headers.authorization ?? chart.bytes);
    });
    const answer = registryServer([chart]);
    const server = await serve((request, response) => {
      const isBlob = request.url?.includes('/blobs/') === true;
      if (isBlob && request.headers.authorization !== undefined) {
        reply(response, 307, '', { location: `${store.url}/blob?signature=x` });
      } else answer(request, response);
    });
    const offer = await open(server).find('a', '1.0.0');

    expect(await offer.download()).toEqual(Buffer.from(chart.bytes));
  });

  it.each(['ftp://tokens.example/x', 'not a URL', `http://robot:${password}@tokens.example/x`])(
    'sends no credentials to realm %s',
    async (realm) => {
      const server = await serve((_, response) => {
        reply(response, 401, '', { 'www-authenticate': `Bearer realm="${realm}"` });
      });
      const error = await failureOf(open(server, credentials).find('a', '1.0.0'));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).not.toContain(password);
    },
  );

  it.each([
    ['{"layers":[]}', 'is no Helm chart'],
    ['{"manifests":[{"digest":"sha256:00"}]}', 'is no Helm chart'],
    ['<html>', 'answers with something that is not JSON'],
  ])('refuses manifest %s', async (manifest, reason) => {
    const server = await serve((_, response) => {
      reply(response, 200, manifest);
    });
    const error = await failureOf(open(server).find('a', '1.0.0'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain(reason);
  });

  it('refuses a token service that gives none', async () => {
    const answer = registryServer([testChart('a', '1.0.0')]);
    const server = await serve((request, response) => {
      if (request.url?.startsWith('/token') === true) reply(response, 200, '{"token": 7}');
      else answer(request, response);
    });

    expect((await failureOf(open(server).find('a', '1.0.0'))).message).toContain('without a token');
  });

  it('does not need the list of tags to say that a version is missing', async () => {
    const server = await serve((_, response) => {
      reply(response, 404);
    });
    const error = await failureOf(open(server).find('a', '1.0.0'));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('chart a is not in the repository oci://');
  });
});
