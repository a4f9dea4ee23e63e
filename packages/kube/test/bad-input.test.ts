import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type ApiResponse, inProcessClient, isStream, type WatchSink } from '../src/index.ts';
import { startApiServer } from '../src/node/index.ts';
import { testServer, types } from './harness.ts';

function send(
  lab: ReturnType<typeof testServer>,
  method: string,
  path: string,
  body = '',
): { status: number; text: string } {
  const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
  const response: ApiResponse = lab.server.handle({ method, path, headers, body });
  return { status: response.status, text: isStream(response) ? '' : String(response.body) };
}

describe('bad input', () => {
  const collection = '/api/v1/namespaces/default/configmaps';

  it.each([
    ['a key that reaches prototypes', '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}', 501],
    ['deep nesting', `{"metadata":{"name":"a"},"data":${'['.repeat(30_000)}`, 400],
    ['a body over 3 MiB', 'x'.repeat(3 * 1024 * 1024 + 1), 413],
    ['no JSON', '{"a":', 400],
    ['the wrong type', '{"metadata":{"name":"a"},"data":{"k":1}}', 400],
    ['a name that looks like a path', '{"metadata":{"name":"../a"}}', 422],
  ])('answers %s', (_, body, status) => {
    const lab = testServer();
    expect(send(lab, 'POST', collection, body).status).toBe(status);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('answers paths that are none', () => {
    const lab = testServer();
    expect(send(lab, 'GET', '/api/v1/namespaces/%2e%2e%2fetc/configmaps/%ff').status).toBe(404);
    expect(send(lab, 'GET', '/api/v1/namespaces/default/pods/p/exec').status).toBe(501);
    expect(send(lab, 'GET', '//').status).toBe(200);
  });

  it('ends a watch that nobody reads and goes on with the others', async () => {
    const lab = testServer();
    const slow = inProcessClient(lab.server, { userAgent: 't', token: 'admin', watchBuffer: 10 });
    const events = slow.watch(types.configMaps, {
      namespace: 'default',
      resourceVersion: String(lab.server.store.revision()),
    });
    const watch = events[Symbol.asyncIterator]();
    const first = watch.next();
    for (let index = 0; index < 50; index += 1) {
      await lab.client.create(types.configMaps, {
        metadata: { name: `c${index}`, namespace: 'default' },
      });
    }
    expect((await first).value).toMatchObject({ type: 'ADDED' });
    let more = 0;
    for (let result = await watch.next(); result.done !== true; result = await watch.next())
      more += 1;
    expect(more).toBeLessThan(50);
  });

  it('carries thousands of watches', async () => {
    const lab = testServer();
    let events = 0;
    const sink: WatchSink = { send: () => (events += 1), end: () => undefined };
    const stops = Array.from({ length: 10_000 }, () => {
      const response = lab.server.handle({
        method: 'GET',
        path: '/api/v1/configmaps?watch=true',
        headers: { authorization: 'Bearer admin' },
        body: '',
      });
      return isStream(response) ? response.start(sink) : () => undefined;
    });
    await lab.client.create(types.configMaps, { metadata: { name: 'a', namespace: 'default' } });
    expect(events).toBe(10_000);
    for (const stop of stops) stop();
    await lab.client.create(types.configMaps, { metadata: { name: 'b', namespace: 'default' } });
    expect(events).toBe(10_000);
  });

  it('tells a watcher of a forgotten revision to list again', async () => {
    const lab = testServer();
    const from = String(lab.server.store.revision());
    await lab.client.create(types.configMaps, { metadata: { name: 'a', namespace: 'default' } });
    lab.server.compact();
    const events = lab.client.watch(types.configMaps, {
      namespace: 'default',
      resourceVersion: from,
    });
    const watch = events[Symbol.asyncIterator]();
    expect((await watch.next()).value).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
  });
});

describe('the listener', () => {
  it('refuses a port that is taken, and survives clients that go away', async () => {
    const started = await startApiServer({ insecure: true });
    await expect(startApiServer({ insecure: true, port: started.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await new Promise<void>((resolve) => {
      const gone = request({
        port: started.port,
        method: 'POST',
        path: '/api/v1/namespaces',
        headers: { 'content-length': '1000' },
      });
      gone.on('error', () => {
        resolve();
      });
      gone.write('{');
      setTimeout(() => gone.destroy(new Error('gone')), 20);
    });
    const client = inProcessClient(started.server, { userAgent: 't', token: started.token });
    await expect(client.list(types.namespaces)).resolves.toBeDefined();
    await started.close();
  });
});
