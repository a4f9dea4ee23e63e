import { InputError, RemoteError, UsageError } from '@tidegate/core';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { failureOf, testClock } from '../test/scratch.ts';
import { deadAddress, reply, testServers, type Answer } from '../test/servers.ts';
import type { ChartCredentials } from './chart-repository.ts';
import { imageRegistry, type ImageRegistry } from './image-registry.ts';

const serve = testServers();
const password = 'pa55-word';
const credentials: ChartCredentials = { username: 'robot', password };
const basic = `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`;
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

function open(host?: string, who: ChartCredentials = credentials): ImageRegistry {
  return imageRegistry({
    clock: testClock(),
    credentials: new Map(host === undefined ? [] : [[host, who]]),
    fetchTimeoutMs: 5_000,
  });
}

/** All that people may come to see of an error. */
function told(error: Error): string {
  const { message, hint, data } = error as RemoteError;
  return JSON.stringify([message, hint, data]);
}

/** Answers with a status to every request. */
function always(status: number, body = '', headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    reply(response, status, body, headers);
  };
}

/** Answers HEAD in one way and GET in another. */
function byMethod(head: Answer, get: Answer): Answer {
  return (request, response) => {
    (request.method === 'HEAD' ? head : get)(request, response);
  };
}

/** A registry that has manifests at some paths, and wants a token for each image. */
function tokenRegistry(paths: readonly string[], knows?: string, realm?: string): Answer {
  return (request, response) => {
    const origin = `http://${request.headers.host ?? ''}`;
    const url = new URL(request.url ?? '', origin);
    const who = request.headers.authorization;
    if (url.pathname === '/token') {
      const token = Buffer.from(url.searchParams.get('scope') ?? '').toString('base64');
      reply(response, knows === undefined || who === knows ? 200 : 401, JSON.stringify({ token }));
      return;
    }
    const scope = `repository:${/^\/v2\/(.+)\/manifests\//.exec(url.pathname)?.[1] ?? ''}:pull`;
    if (who === `Bearer ${Buffer.from(scope).toString('base64')}`) {
      reply(response, paths.includes(url.pathname) ? 200 : 404);
      return;
    }
    const challenge = `Bearer realm="${realm ?? `${origin}/token`}",service="test",scope="${scope}",Basic realm="x"`;
    reply(response, 401, '', { 'www-authenticate': challenge });
  };
}

describe('imageRegistry', () => {
  it('asks with HEAD for the manifest, whatever kind it is', async () => {
    const asked: (string | undefined)[] = [];
    const server = await serve((request, response) => {
      asked.push(request.method, request.headers.accept, request.headers['user-agent']);
      reply(response, 200);
    });

    expect(await open().hasTag(`${server.host}/team/app:v1.2.0`)).toBe(true);
    expect(server.seen.map(({ path }) => path)).toEqual(['/v2/team/app/manifests/v1.2.0']);
    expect(asked).toEqual([
      'HEAD',
      'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json',
      'tidegate',
    ]);
  });

  it.each([
    ['app', '/v2/app/manifests/latest'],
    [`a/b/app@${digest}`, `/v2/a/b/app/manifests/${digest}`],
    [`app:v1@${digest}`, `/v2/app/manifests/${digest}`],
  ])('asks for %s at %s', async (image, path) => {
    const server = await serve(always(200));

    expect(await open().hasTag(`${server.host}/${image}`)).toBe(true);
    expect(server.seen.map((request) => request.path)).toEqual([path]);
  });

  it('says that a tag is missing', async () => {
    const server = await serve(always(404));

    expect(await open().hasTag(`${server.host}/app:v9`)).toBe(false);
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, number, string, boolean]>([
    ['a manifest', 200, '{}', true],
    ['no manifest', 404, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', false],
    ['no manifest', 400, '{"errors":[{"code":"X"},{"code":"MANIFEST_UNKNOWN"}]}', false],
    ['no repository', 400, '{"errors":[{"code":"NAME_UNKNOWN"}]}', false],
  ])(
    'asks with GET where HEAD is refused, and finds %s (HTTP %d)',
    async (_, status, body, has) => {
      for (const refusal of [400, 403, 405, 501]) {
        const { host } = await serve(byMethod(always(refusal), always(status, body)));

        expect(await open(host).hasTag(`${host}/app:v1`), `HEAD ${refusal}`).toBe(has);
      }
    },
  );

  it('remembers answers, also under another name of the image and while it is being asked', async () => {
    const server = await serve(byMethod(always(404), always(500)));
    const registry = open();
    const names = ['app', 'app:latest', 'app', 'app:v1'];
    const has = await Promise.all(names.map((name) => registry.hasTag(`${server.host}/${name}`)));

    expect(has).toEqual([false, false, false, false]);
    expect(await registry.hasTag(`${server.host}/app:v1`)).toBe(false);
    expect(server.seen).toHaveLength(2);
  });

  it('does not remember failures', async () => {
    let status = 403;
    const { host } = await serve((_, response) => {
      reply(response, status);
    });
    const registry = open();
    await failureOf(registry.hasTag(`${host}/app:v1`));
    status = 200;

    expect(await registry.hasTag(`${host}/app:v1`)).toBe(true);
  });

  it('asks a few at once', async () => {
    let running = 0;
    let most = 0;
    const { host } = await serve((_, response) => {
      running += 1;
      most = Math.max(most, running);
      void wait(10).then(() => {
        running -= 1;
        reply(response, 200);
      });
    });
    const registry = open();
    const tags = Array.from({ length: 20 }, (_, index) => `${host}/app:v${index}`);
    await Promise.all(tags.map((tag) => registry.hasTag(tag)));

    expect(most).toBe(4);
  });
});

describe('imageRegistry signing in', () => {
  it('takes an anonymous token for each image', async () => {
    const server = await serve(tokenRegistry(['/v2/a/manifests/v1', '/v2/b/manifests/v1']));
    const registry = open();
    const images = ['a:v1', 'a:v2', 'b:v1'].map((name) => `${server.host}/${name}`);
    const has: boolean[] = [];
    for (const image of images) has.push(await registry.hasTag(image));

    expect(has).toEqual([true, false, true]);
    expect(server.seen.map(({ path }) => path).filter((path) => path.startsWith('/token'))).toEqual(
      ['a', 'b'].map((name) => `/token?service=test&scope=repository%3A${name}%3Apull`),
    );
    expect(server.seen.map(({ authorization }) => authorization)).not.toContain(basic);
  });

  it('shows the token service who asks', async () => {
    const server = await serve(tokenRegistry(['/v2/a/manifests/v1'], basic));

    expect(await open(server.host).hasTag(`${server.host}/a:v1`)).toBe(true);
    expect(await open(server.host).hasTag(`${server.host}/a:v2`)).toBe(false);
  });

  it('signs in for GET where HEAD is refused', async () => {
    const answer = tokenRegistry(['/v2/a/manifests/v1'], basic);
    const { host } = await serve(byMethod(always(405), answer));

    expect(await open(host).hasTag(`${host}/a:v1`)).toBe(true);
    expect(await open(host).hasTag(`${host}/a:v2`)).toBe(false);
  });

  it('takes another token when the first has run out', async () => {
    let valid = 0;
    const { host, url } = await serve((request, response) => {
      if (request.url === '/token') {
        valid += 1;
        reply(response, 200, JSON.stringify({ access_token: `t${valid}` }));
      } else if (request.headers.authorization === `Bearer t${valid}`) reply(response, 200);
      else reply(response, 401, '', { 'www-authenticate': `Bearer realm="${url}/token"` });
    });
    const registry = open();
    await registry.hasTag(`${host}/app:v1`);
    valid += 1;

    expect(await registry.hasTag(`${host}/app:v2`)).toBe(true);
    expect(valid).toBe(3);
  });

  it.each<[string, ChartCredentials, string]>([
    ['a user and a password', credentials, basic],
    ['a token', { token: 'abc.def\n' }, 'Bearer abc.def'],
  ])('signs in with %s where the registry wants no token', async (_, who, header) => {
    const { host } = await serve((request, response) => {
      if (request.headers.authorization === header) reply(response, 200);
      else reply(response, 401, '', { 'www-authenticate': 'Basic realm="registry"' });
    });

    expect(await open(host, who).hasTag(`${host}/app:v1`)).toBe(true);
    expect(await failureOf(open().hasTag(`${host}/app:v1`))).toBeInstanceOf(RemoteError);
  });

  it('shows each registry its own credentials only', async () => {
    const [own, other] = [await serve(always(200)), await serve(always(200))];
    const registry = open(own.host);
    await registry.hasTag(`${own.host}/app:v1`);
    await registry.hasTag(`${other.host}/app:v1`);

    expect(own.seen.map(({ authorization }) => authorization)).toEqual([basic]);
    expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.each([301, 302, 303, 307, 308])('follows HTTP %d without credentials', async (status) => {
    const elsewhere = await serve((request, response) => {
      reply(response, request.url === '/there/v1' ? 200 : 404);
    });
    const server = await serve((request, response) => {
      const tag = request.url?.split('/').at(-1) ?? '';
      reply(response, status, '', { location: `${elsewhere.url}/there/${tag}` });
    });

    expect(await open(server.host).hasTag(`${server.host}/app:v1`)).toBe(true);
    expect(await open(server.host).hasTag(`${server.host}/app:v2`)).toBe(false);
    expect(server.seen.every(({ authorization }) => authorization === basic)).toBe(true);
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('lets nobody that a redirect leads to ask for the credentials', async () => {
    const elsewhere = await serve(tokenRegistry([]));
    const server = await serve(always(307, '', { location: `${elsewhere.url}/v2/x/manifests/v1` }));
    const error = await failureOf(open(server.host).hasTag(`${server.host}/app:v1`));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('refuses access (HTTP 401)');
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.each(['ftp://tokens.example/x', 'not a URL', `http://robot:${password}@tokens.example/x`])(
    'sends no credentials to realm %s',
    async (realm) => {
      const { host } = await serve(tokenRegistry([], basic, realm));
      const error = await failureOf(open(host).hasTag(`${host}/app:v1`));

      expect(error).toBeInstanceOf(RemoteError);
      expect(told(error)).not.toContain(password);
    },
  );

  it.each([
    ['{"token":"two\\nlines"}', 'answers without a token'],
    ['{}', 'answers without a token'],
    ['<html>', 'answers with something that is not JSON'],
  ])('refuses token service answer %s', async (body, reason) => {
    const registry = tokenRegistry([]);
    const server = await serve((request, response) => {
      if (request.url?.startsWith('/token') === true) reply(response, 200, body);
      else registry(request, response);
    });
    const error = await failureOf(open().hasTag(`${server.host}/app:v1`));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(
      `cannot find out whether image ${server.host}/app:v1 exists: ${server.url}/token ${reason}`,
    );
    expect(told(error)).not.toContain('two');
  });

  it('refuses a token that no header can hold, without showing it', async () => {
    const { host } = await serve(always(200));
    const error = await failureOf(open(host, { token: 'two\nlines' }).hasTag(`${host}/app:v1`));

    expect(error).toBeInstanceOf(UsageError);
    expect(told(error)).toContain(`the token for the registry ${host}`);
    expect(told(error)).not.toMatch(/two|CHARTS/);
  });
});

describe('imageRegistry in trouble', () => {
  it.each([429, 500, 503])('tries again after HTTP %d', async (status) => {
    const clock = testClock();
    let asked = 0;
    const { host } = await serve((_, response) => {
      asked += 1;
      reply(response, asked < 3 ? status : 200);
    });
    const registry = imageRegistry({ clock, credentials: new Map() });

    expect(await registry.hasTag(`${host}/app:v1`)).toBe(true);
    expect(asked).toBe(3);
    expect(clock.slept).toEqual([200, 200]);
  });

  it.each([
    [500, 4, 'answers with HTTP 500'],
    [429, 4, 'answers with HTTP 429'],
    [418, 2, 'answers with HTTP 418'],
    [400, 2, 'answers with HTTP 400'],
    [403, 2, 'refuses access (HTTP 403)'],
    [401, 1, 'refuses access (HTTP 401)'],
  ])('gives up on HTTP %d after %d requests', async (status, tries, reason) => {
    const server = await serve(always(status));
    const image = `${server.host}/team/app:v1`;
    const error = await failureOf(open(server.host).hasTag(image));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(
      `cannot find out whether image ${image} exists: ${server.url}/v2/team/app/manifests/v1 ${reason}`,
    );
    expect(server.seen).toHaveLength(tries);
    expect(told(error)).not.toMatch(/pa55-word|cm9ib3Q|CHARTS/);
  });

  it('does not take another fault of the request for a missing image', async () => {
    const body = '{"errors":[{"code":"NAME_INVALID"}]}';
    const { host } = await serve(byMethod(always(400), always(400, body)));
    const error = await failureOf(open().hasTag(`${host}/app:v1`));

    expect(error.message).toContain('answers with HTTP 400');
  });

  it('says whose credentials are refused, or that there are none', async () => {
    const server = await serve(tokenRegistry([], basic));
    const image = `${server.host}/app:v1`;
    const wrong = { username: 'robot', password: 'wr0ng' };
    const errors = [
      await failureOf(open().hasTag(image)),
      await failureOf(open(server.host, wrong).hasTag(image)),
    ];

    for (const error of errors) {
      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toBe(
        `cannot find out whether image ${image} exists: ${server.url}/token refuses access (HTTP 401)`,
      );
    }
    expect(errors.map((error) => (error as RemoteError).hint)).toEqual([
      `there are no credentials for ${server.host}`,
      `the credentials for ${server.host} may be wrong, or may not read this image`,
    ]);
  });

  it('signs in once when the token does not help', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/token') reply(response, 200, '{"token":"t"}');
      else reply(response, 401, '', { 'www-authenticate': `Bearer realm="${server.url}/token"` });
    });
    const error = await failureOf(open().hasTag(`${server.host}/app:v1`));

    expect(error.message).toContain('refuses access (HTTP 401)');
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/v2/app/manifests/v1',
      '/token',
      '/v2/app/manifests/v1',
    ]);
  });

  it.each<[string, Answer]>([
    ['never answers', () => undefined],
    ['answers HEAD only to refuse it', byMethod(always(405), () => undefined)],
  ])('does not wait for a server that %s', async (_, answer) => {
    const { host } = await serve(answer);
    const registry = imageRegistry({
      clock: testClock(),
      credentials: new Map(),
      fetchTimeoutMs: 50,
    });
    const error = await failureOf(registry.hasTag(`${host}/app:v1`));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toMatch(/image \S+\/app:v1 exists: .*no answer within 0.05 s$/);
  });

  it('says that a registry cannot be reached', async () => {
    const host = await deadAddress();
    const error = await failureOf(open(host).hasTag(`${host}/app:v1`));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('cannot be reached: ECONNREFUSED');
    expect((error as RemoteError).hint).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('does not take a sign-in page for an image', async () => {
    const page = always(200, '<html>', { 'content-type': 'text/html; charset=utf-8' });
    const { host } = await serve((request, response) => {
      if (request.url === '/login') page(request, response);
      else reply(response, 302, '', { location: '/login' });
    });
    const direct = await serve(page);
    for (const server of [host, direct.host]) {
      const error = await failureOf(open().hasTag(`${server}/app:v1`));

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toContain('answers with a web page instead of a manifest');
    }
  });

  it('gives up on redirects without end', async () => {
    const { host } = await serve(always(302, '', { location: '/again' }));
    const error = await failureOf(open().hasTag(`${host}/app:v1`));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('redirect count exceeded');
  });

  it.each(['', 'App:v1', 'a b', 'app:', '../x:1', 'http://127.0.0.1/app:v1', 'app@sha256:12'])(
    'refuses %j',
    async (image) => {
      const error = await failureOf(open().hasTag(image));

      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toBe(
        `${JSON.stringify(image)} is no image reference; expected one such as registry.example.com/team/app:v1.2.0`,
      );
    },
  );

  it.each([
    `robot:${password}@127.0.0.1/app:v1`,
    `https://robot:${password}@127.0.0.1/app:v1`,
    `robot:a/${password}@127.0.0.1/app@${digest}`,
  ])('shows no credentials of %s', async (image) => {
    expect(told(await failureOf(open().hasTag(image)))).not.toContain(password);
  });
});

describe('imageRegistry over plain HTTP', () => {
  it('asks other hosts over HTTPS unless they are named', async () => {
    const server = await serve(always(200));
    const host = server.host.replace('127.0.0.1', '0.0.0.0');
    const options = { clock: testClock(), credentials: new Map<string, ChartCredentials>() };
    const error = await failureOf(imageRegistry(options).hasTag(`${host}/app:v1`));

    expect(error.message).toContain(`https://${host}/v2/app/manifests/v1 cannot be reached`);
    expect(server.seen).toHaveLength(0);

    const named = imageRegistry({ ...options, plainHttpHosts: new Set([host]) });
    expect(await named.hasTag(`${host}/app:v1`)).toBe(true);
  });
});
