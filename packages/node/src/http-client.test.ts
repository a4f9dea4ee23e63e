import { RemoteError, UsageError } from '@tidegate/core';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { failureOf, testClock } from '../test/scratch.ts';
import { deadAddress, reply, testServers, type Answer } from '../test/servers.ts';
import { authorization, httpGet, httpSend, type HttpRequest } from './http-client.ts';

const serve = testServers();
const secret = 'pa55-word';
const limits = { timeoutMs: 5_000, bytesMax: 1_000 };
const signedIn = { authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}` };

async function get(answer: Answer, request: Partial<HttpRequest> = {}): Promise<string> {
  const { url } = await serve(answer);
  const { body } = await httpGet({ url, ...limits, ...request }, testClock());
  return Buffer.from(body).toString();
}

describe('httpGet', () => {
  it('gives body, status and headers', async () => {
    const server = await serve((_, response) => {
      reply(response, 200, 'body', { etag: '"x"' });
    });
    const answer = await httpGet({ url: server.url, ...limits }, testClock());

    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"x"');
    expect(Buffer.from(answer.body).toString()).toBe('body');
  });

  it.each([429, 500, 502, 503])('tries again after HTTP %d', async (status) => {
    let asked = 0;
    const clock = testClock();
    const { url } = await serve((_, response) => {
      asked += 1;
      reply(response, asked < 3 ? status : 200, 'done');
    });
    const { body } = await httpGet({ url, ...limits }, clock);

    expect(Buffer.from(body).toString()).toBe('done');
    expect(clock.slept).toEqual([200, 400]);
  });

  it.each([
    [500, 3, 'answers with HTTP 500'],
    [400, 1, 'answers with HTTP 400'],
    [404, 1, 'answers with HTTP 404'],
    [304, 1, 'answers with HTTP 304'],
    [401, 1, 'refuses access (HTTP 401)'],
    [403, 1, 'refuses access (HTTP 403)'],
  ])('gives up on HTTP %d after %d tries', async (status, tries, message) => {
    const server = await serve((_, response) => {
      reply(response, status);
    });
    const url = `${server.url}/index.yaml?token=${secret}`;
    const error = await failureOf(httpGet({ url, headers: signedIn, ...limits }, testClock()));

    expect(error).toBeInstanceOf(RemoteError);
    expect((error as RemoteError).exitCode).toBe(5);
    expect(error.message).toBe(`${server.url}/index.yaml ${message}`);
    expect(server.seen).toHaveLength(tries);
  });

  it('names the settings when access is refused', async () => {
    const error = await failureOf(
      get((_, response) => {
        reply(response, 401);
      }),
    );

    expect((error as RemoteError).hint).toContain('TIDEGATE_CHARTS_TOKEN');
  });

  it('takes statuses that count as answers', async () => {
    const { url } = await serve((_, response) => {
      reply(response, 404, 'none');
    });

    expect((await httpGet({ url, accept: [404], ...limits }, testClock())).status).toBe(404);
  });

  it('says why a server cannot be reached', async () => {
    const url = `http://${await deadAddress()}/index.yaml`;
    const error = await failureOf(httpGet({ url, ...limits }, testClock()));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(`${url} cannot be reached: ECONNREFUSED`);
  });

  it.each<[string, Answer]>([
    ['never answers', () => undefined],
    [
      'stops in the middle',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('begin');
      },
    ],
  ])('does not wait for a server that %s', async (_, answer) => {
    const error = await failureOf(get(answer, { timeoutMs: 100 }));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toMatch(/cannot be reached: no answer within 0.1 s$/);
  });

  it('notices a body that is cut short', async () => {
    const error = await failureOf(
      get((_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('begin', () => response.destroy());
      }),
    );

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('cannot be reached: ');
  });

  it.each<[string, Answer]>([
    [
      'a long body',
      (_, response) => {
        reply(response, 200, 'x'.repeat(2_000));
      },
    ],
    [
      'a body without end',
      (_, response) => {
        const more = (): void => {
          response.write('x'.repeat(500), (error) => {
            if (error === null || error === undefined) setImmediate(more);
          });
        };
        more();
      },
    ],
    [
      'a small body that unpacks to a long one',
      (_, response) => {
        reply(response, 200, gzipSync('x'.repeat(500_000)), { 'content-encoding': 'gzip' });
      },
    ],
  ])('refuses %s, and does not try again', async (_, answer) => {
    let asked = 0;
    const error = await failureOf(
      get((request, response) => {
        asked += 1;
        answer(request, response);
      }),
    );

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('is larger than 1000 bytes');
    expect(asked).toBe(1);
  });

  it('follows a redirect on the same host with credentials', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/') reply(response, 302, '', { location: '/there' });
      else reply(response, 200, request.headers.authorization ?? 'nobody');
    });
    const answer = await httpGet({ url: server.url, headers: signedIn, ...limits }, testClock());

    expect(Buffer.from(answer.body).toString()).toBe(signedIn.authorization);
  });

  it.each([301, 302, 307, 308])('sends no credentials along HTTP %d elsewhere', async (status) => {
    const elsewhere = await serve((request, response) => {
      reply(response, 200, request.headers.authorization ?? 'nobody');
    });
    const body = await get(
      (_, response) => {
        reply(response, status, '', { location: `${elsewhere.url}/there` });
      },
      { headers: signedIn },
    );

    expect(body).toBe('nobody');
    expect(elsewhere.seen).toHaveLength(1);
  });

  it('gives up on redirects without end', async () => {
    const error = await failureOf(
      get((_, response) => {
        reply(response, 302, '', { location: '/again' });
      }),
    );

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('redirect count exceeded');
  });

  it('never shows credentials that a redirect carries', async () => {
    const error = await failureOf(
      get((_, response) => {
        reply(response, 302, '', { location: `ftp://robot:${secret}@elsewhere.example/x` });
      }),
    );

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).not.toContain(secret);
  });

  it.each([
    `https://robot:${secret}@charts.example.com/x.tgz`,
    `file:///etc/passwd`,
    'ftp://charts.example.com/x.tgz',
    `http://`,
  ])('does not ask %s', async (url) => {
    const error = await failureOf(httpGet({ url, ...limits }, testClock()));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('expected an http or https URL without credentials');
    expect(error.message).not.toContain(secret);
  });
});

describe('httpSend', () => {
  it('sends method, headers and body, and gives the answer', async () => {
    const { url } = await serve((request, response) => {
      request.setEncoding('utf8').once('data', (body: string) => {
        reply(response, 201, [request.method, request.headers['x-name'], body].join());
      });
    });
    const call = {
      method: 'PUT',
      url,
      headers: { 'x-name': 'name' },
      body: 'ü',
      ...limits,
    } as const;
    const answer = await httpSend(call);

    expect(answer).toMatchObject({ status: 201 });
    expect('body' in answer && Buffer.from(answer.body).toString()).toBe('PUT,name,ü');
  });

  it.each([302, 307, 400, 401, 404, 429, 500])('asks once when HTTP %d comes', async (status) => {
    const server = await serve((_, response) => {
      reply(response, status, '', { location: '/there' });
    });

    expect(await httpSend({ method: 'POST', url: server.url, ...limits })).toMatchObject({
      status,
    });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['no answer within 0.1 s', () => undefined],
    ['SOCKET', (_, response) => response.destroy()],
  ])('gives a failure that leaves open what was done: %s', async (reason, answer) => {
    const server = await serve(answer);
    const call = { method: 'POST', url: server.url, ...limits, timeoutMs: 100 } as const;
    const error = await httpSend(call);

    expect(error).toBeInstanceOf(RemoteError);
    expect((error as RemoteError).message).toContain(`cannot be reached: `);
    expect((error as RemoteError).message).toContain(reason);
    expect(server.seen).toHaveLength(1);
  });

  it('does not ask a URL with credentials', async () => {
    const url = `https://robot:${secret}@gitlab.example.com`;
    const error = await failureOf(httpSend({ method: 'POST', url, ...limits }));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).not.toContain(secret);
  });
});

describe('authorization', () => {
  it('makes Basic of a user and a password, in UTF-8', () => {
    const header = authorization({ username: 'röbot', password: 'a:b' });

    expect(Buffer.from(header.slice('Basic '.length), 'base64').toString()).toBe('röbot:a:b');
  });

  it('takes a token without the line end that files give it', () => {
    expect(authorization({ token: ' abc.def\n' })).toBe('Bearer abc.def');
  });

  it.each(['two\nlines', 'two words', 'umläut', ''])(
    'refuses token %j without showing it',
    (token) => {
      let error: unknown;
      try {
        authorization({ token });
      } catch (thrown) {
        error = thrown;
      }

      expect(error).toBeInstanceOf(UsageError);
      if (token !== '') expect(String(error)).not.toContain(token);
    },
  );
});
