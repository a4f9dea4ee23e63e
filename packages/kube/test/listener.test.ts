import { request, type IncomingMessage, Agent } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { createGunzip, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { inProcessClient, isStream, type KubeClient, type WatchSink } from '../src/index.ts';
import { listen, startApiServer, steadyClock, type StartedServer } from '../src/node/index.ts';
import { testServer, types } from './harness.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(): Promise<StartedServer & { readonly client: KubeClient }> {
  const started = await startApiServer({ insecure: true });
  stops.push(() => started.close());
  const client = inProcessClient(started.server, { userAgent: 't', token: started.token });
  return { ...started, client };
}

interface Call {
  readonly port: number;
  readonly token: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

function open(call: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const made = request(
      {
        port: call.port,
        path: call.path,
        method: call.method ?? 'GET',
        headers: { authorization: `Bearer ${call.token}`, ...call.headers },
        agent: call.agent ?? new Agent({ keepAlive: false }),
      },
      resolve,
    );
    made.on('error', reject);
    made.end(call.body);
  });
}

async function body(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; !check() && tries < 500; tries += 1) await wait(10);
  expect(check()).toBe(true);
}

const configMap = (
  name: string,
  size = 1,
): { metadata: Record<string, string>; data: Record<string, string> } => ({
  metadata: { name, namespace: 'default' },
  data: { text: 'x'.repeat(size) },
});

describe('gzip', () => {
  it.each([
    ['gzip, deflate', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
  ])('packs large answers for who accepts %s', async (accepted, encoding) => {
    const api = await start();
    await api.client.create(types.configMaps, configMap('big', 200_000));
    const path = '/api/v1/namespaces/default/configmaps';
    const incoming = await open({ ...api, path, headers: { 'accept-encoding': accepted } });
    expect(incoming.headers['content-encoding']).toBe(encoding);
    const bytes = await body(incoming);
    const text = encoding === undefined ? bytes : gunzipSync(bytes);
    expect(JSON.parse(String(text))).toMatchObject({ kind: 'ConfigMapList' });
  });

  it('hands on each event of a packed watch at once', async () => {
    const api = await start();
    const incoming = await open({
      ...api,
      path: '/api/v1/configmaps?watch=true&resourceVersion=5',
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(incoming.headers['content-encoding']).toBe('gzip');
    let text = '';
    incoming
      .pipe(createGunzip())
      .setEncoding('utf8')
      .on('data', (chunk) => (text += String(chunk)))
      .on('error', () => undefined);
    for (let index = 1; index <= 5; index += 1) {
      await api.client.create(types.configMaps, configMap(`c${index}`));
      await until(() => text.split('\n').length === index + 1);
    }
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(Array(5).fill('ADDED'));
    incoming.destroy();
  });
});

describe('slow readers', () => {
  async function flooded(packed: boolean): Promise<string> {
    const lab = testServer();
    const listening = await listen({
      handle: (call) => lab.server.handle(call),
      port: 0,
      watchBuffer: 300_000,
    });
    stops.push(() => listening.close());
    const headers = packed ? { 'accept-encoding': 'gzip' } : {};
    const incoming = await open({
      port: listening.port,
      token: 'admin',
      path: '/api/v1/configmaps?watch=true&resourceVersion=5',
      headers,
    });
    incoming.pause();
    const noise = Buffer.alloc(1_000_000);
    for (let index = 0; index < noise.length; index += 1)
      noise[index] = 33 + ((index * 7919 + (index >> 3) * 104_729) % 90);
    for (let index = 0; index < 60; index += 1) {
      const text = noise.toString('latin1').replace(/["\\]/g, 'x');
      await lab.client.create(types.configMaps, {
        metadata: { name: `c${index}`, namespace: 'default' },
        data: { text: text.slice(0, 900_000) },
      });
      await wait(0);
    }
    const bytes = await body(incoming);
    return String(packed ? gunzipSync(bytes) : bytes);
  }

  it.each([false, true])(
    'are told to list again when too much waits for them (packed: %s)',
    async (packed) => {
      const lines = (await flooded(packed)).trim().split('\n');
      expect(lines.length).toBeLessThan(60);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        type: 'ERROR',
        object: { code: 410, reason: 'Expired' },
      });
      for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );

  it('get all that a watch begins with, however much it is', async () => {
    const lab = testServer();
    const listening = await listen({
      handle: (call) => lab.server.handle(call),
      port: 0,
      watchBuffer: 1000,
    });
    stops.push(() => listening.close());
    for (let index = 0; index < 30; index += 1)
      await lab.client.create(types.configMaps, configMap(`c${index}`, 100_000));
    const path =
      '/api/v1/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
    const incoming = await open({ port: listening.port, token: 'admin', path });
    setTimeout(() => {
      lab.pass(2000);
    }, 50);
    const types_ = String(await body(incoming))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types_).toEqual([...Array<string>(30).fill('ADDED'), 'BOOKMARK']);
  });
});

describe('many watches', () => {
  it('are 10,000 in process: each hears of a write, and none after it stopped', async () => {
    const lab = testServer();
    let events = 0;
    const sink: WatchSink = { send: () => (events += 1), end: () => undefined };
    const ends = Array.from({ length: 10_000 }, () => {
      const call = {
        method: 'GET',
        path: '/api/v1/configmaps?watch=true',
        headers: { authorization: 'Bearer admin' },
        body: '',
      };
      const response = lab.server.handle(call);
      return isStream(response) ? response.start(sink) : () => undefined;
    });
    const startedMs = performance.now();
    await lab.client.create(types.configMaps, configMap('a'));
    expect(events).toBe(10_000);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    for (const end of ends) end();
    await lab.client.create(types.configMaps, configMap('b'));
    expect(events).toBe(10_000);
  });

  it('are 1,000 over sockets, and stopping ends them quickly', async () => {
    const started = await startApiServer({ insecure: true });
    const client = inProcessClient(started.server, { userAgent: 't', token: started.token });
    const head = `GET /api/v1/configmaps?watch=true&resourceVersion=5 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${started.token}\r\n\r\n`;
    let told = 0;
    let ended = 0;
    let opened = 0;
    const sockets: Socket[] = [];
    for (let index = 0; index < 1000; index += 1) {
      const socket = connect(started.port, '127.0.0.1', () => socket.write(head));
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('200 OK')) opened += 1;
        if (chunk.includes('"ADDED"')) told += 1;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => (ended += 1));
      sockets.push(socket);
      if (index % 100 === 99) await wait(5);
    }
    await until(() => opened === 1000);
    await client.create(types.configMaps, configMap('a'));
    await until(() => told === 1000);
    const startedMs = performance.now();
    await started.close();
    expect(performance.now() - startedMs).toBeLessThan(3000);
    await until(() => ended === 1000);
  });

  it('are let go of when their clients leave', async () => {
    const api = await start();
    const incoming = await open({
      ...api,
      path: '/api/v1/configmaps?watch=true&resourceVersion=5',
    });
    incoming.destroy();
    await wait(50);
    await api.client.create(types.configMaps, configMap('a'));
    await expect(api.client.list(types.configMaps)).resolves.toBeDefined();
  });
});

describe('bad clients', () => {
  it.each([3 * 1024 * 1024 + 1, 20 * 1024 * 1024])(
    'get 413 for a body of %i bytes, and the next one is served',
    async (size) => {
      const api = await start();
      const path = '/api/v1/namespaces/default/configmaps';
      const incoming = await open({
        ...api,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.alloc(size, 'x'),
      });
      expect(incoming.statusCode).toBe(413);
      expect(JSON.parse(String(await body(incoming)))).toMatchObject({
        reason: 'RequestEntityTooLarge',
        code: 413,
      });
      await expect(api.client.list(types.configMaps)).resolves.toBeDefined();
    },
  );

  it('leave in the middle of a request without effect', async () => {
    const api = await start();
    for (const cut of [
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"a"',
      'GET /api',
      'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(api.port, '127.0.0.1', () => {
          socket.write(cut, () => socket.destroy());
        });
        socket.on('close', () => {
          resolve();
        });
        socket.on('error', () => undefined);
      });
    }
    const incoming = await open({ ...api, path: '/version' });
    expect(incoming.statusCode).toBe(200);
    incoming.resume();
  });

  it('find out at once that a port is taken', async () => {
    const api = await start();
    await expect(startApiServer({ insecure: true, port: api.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('of HTTP/2 with open watches do not keep it from stopping', async () => {
    const started = await startApiServer();
    const session = connectHttp2(started.url, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    const stream = session.request({
      ':path': '/api/v1/configmaps?watch=true',
      authorization: `Bearer ${started.token}`,
    });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.on('response', resolve));
    const closing: Promise<void> = started.close();
    const late = wait(3000).then(() => 'late');
    expect(await Promise.race([closing.then(() => 'closed'), late])).toBe('closed');
    session.destroy();
  });
});

describe('clocks that jump', () => {
  it('do not make time go back', () => {
    let wall = 1_000_000;
    let steady = 0;
    const clock = steadyClock({ wallMs: () => wall, steadyMs: () => steady });
    expect(clock.nowMs()).toBe(1_000_000);
    [wall, steady] = [wall + 50, steady + 50];
    expect(clock.nowMs()).toBe(1_000_050);
    [wall, steady] = [wall - 3_600_000, steady + 10];
    expect(clock.nowMs()).toBe(1_000_060);
    [wall, steady] = [wall + 7_200_000, steady + 10];
    expect(clock.nowMs()).toBe(wall);
  });

  it.each([-86_400_000, -1000, 86_400_000])(
    'by %i ms leave controllers at work',
    async (jumpMs) => {
      const lab = testServer({
        kubelet: { nodeName: 'node', behaviour: () => ({ exitAfterMs: 3000 }) },
      });
      const template = {
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
      };
      const job = (
        name: string,
      ): { metadata: Record<string, string>; spec: { template: typeof template } } => ({
        metadata: { name, namespace: 'default' },
        spec: { template },
      });
      await lab.client.create(types.jobs, job('before'));
      lab.pass(1000);
      lab.clock.advance(jumpMs);
      await lab.client.create(types.jobs, job('after'));
      lab.pass(20_000);
      expect(
        await lab.client.get(types.jobs, { name: 'after', namespace: 'default' }),
      ).toMatchObject({ status: { succeeded: 1 } });
      // What was begun before the clock went back ends at the latest when it is there again.
      lab.pass(Math.max(0, -jumpMs) + 20_000, 60_000);
      expect(
        await lab.client.get(types.jobs, { name: 'before', namespace: 'default' }),
      ).toMatchObject({ status: { succeeded: 1 } });
    },
  );
});
