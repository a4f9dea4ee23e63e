import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { ApiRequest } from '../src/index.ts';
import { httpClient, listen, makeCertificate, startApiServer } from '../src/node/index.ts';
import { types } from './harness.ts';

let folder = '';
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-client-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Guarded {
  readonly url: string;
  readonly certificate: string;
  readonly seen: (string | undefined)[];
  /** What must be in the header `Authorization`. */
  allow(authorization: string): void;
}

/** An HTTPS server that lets in whoever has the right header, and says which it saw. */
async function guarded(answer: (request: ApiRequest) => number = () => 200): Promise<Guarded> {
  const tls = makeCertificate(Date.now());
  const seen: (string | undefined)[] = [];
  let allowed = '';
  const listening = await listen({
    port: 0,
    tls,
    handle: (request) => {
      const given = request.headers['authorization'];
      seen.push(given);
      const status = given === allowed ? answer(request) : 401;
      const body = JSON.stringify({ kind: 'Status', code: status, message: `said ${status}` });
      return { status, headers: { 'content-type': 'application/json' }, body };
    },
  });
  stops.push(() => listening.close());
  return {
    url: listening.url,
    certificate: tls.certificate,
    seen,
    allow: (value) => (allowed = value),
  };
}

function kubeconfig(server: Guarded, user: object, cluster: object = {}): string {
  const ca = Buffer.from(server.certificate).toString('base64');
  return stringify({
    'current-context': 'c',
    clusters: [
      { name: 'c', cluster: { server: server.url, 'certificate-authority-data': ca, ...cluster } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}

describe('httpClient', () => {
  it('takes the service account of the pod that it runs in, and its token anew when it is rotated', async () => {
    const server = await guarded();
    const files = join(folder, 'pod/var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'ca.crt'), server.certificate);
    await writeFile(join(files, 'token'), 'first\n');
    const { hostname, port } = new URL(server.url);
    vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname);
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port);
    const client = httpClient({ userAgent: 't', inCluster: { root: join(folder, 'pod') } });
    server.allow('Bearer first');
    await client.raw('/version');
    await writeFile(join(files, 'token'), 'second');
    server.allow('Bearer second');
    await client.raw('/version');
    await client.raw('/version');
    expect(server.seen).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second']);
  });

  it('asks a plugin for credentials once, and again when they are refused', async () => {
    const server = await guarded();
    const script = join(folder, 'plugin');
    const count = join(folder, 'count');
    const credential =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t$n"}}';
    await writeFile(
      script,
      `#!/bin/sh\nn=$(cat ${count} 2>/dev/null || echo 0)\nn=$((n+1))\necho $n > ${count}\necho "${credential.replaceAll('"', '\\"')}"\n`,
    );
    await chmod(script, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: script, args: [] };
    const client = httpClient({ userAgent: 't', kubeconfig: kubeconfig(server, { exec }) });
    server.allow('Bearer t1');
    await Promise.all([client.raw('/version'), client.raw('/version'), client.raw('/version')]);
    expect((await readFile(count, 'utf8')).trim()).toBe('1');
    server.allow('Bearer t2');
    await client.raw('/version');
    expect((await readFile(count, 'utf8')).trim()).toBe('2');
    await expect(
      httpClient({
        userAgent: 't',
        kubeconfig: kubeconfig(server, { exec: { ...exec, command: '/nonexistent' } }),
      }).raw('/version'),
    ).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['a token', { token: 'abc' }, 'Bearer abc'],
    [
      'a name and a password',
      { username: 'me', password: 'secret' },
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    ],
  ])('sends %s', async (_, user, header) => {
    const server = await guarded();
    server.allow(header);
    await httpClient({ userAgent: 't', kubeconfig: kubeconfig(server, user) }).raw('/version');
  });

  it('reads a token from a file beside the kubeconfig', async () => {
    const server = await guarded();
    const path = join(folder, 'kube', 'config');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(join(dirname(path), 'token'), 'from-file\n');
    await writeFile(path, kubeconfig(server, { tokenFile: 'token' }));
    server.allow('Bearer from-file');
    await httpClient({ userAgent: 't', kubeconfigPath: path }).raw('/version');
  });

  it('goes through the proxy that the kubeconfig names', async () => {
    const server = await guarded();
    server.allow('Bearer abc');
    const tunnels: string[] = [];
    const sockets: { destroy(): unknown }[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const target = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      sockets.push(socket, target);
      target.on('error', () => undefined);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    stops.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const address = proxy.address() as AddressInfo;
    const cluster = { 'proxy-url': `http://127.0.0.1:${address.port}` };
    await httpClient({
      userAgent: 't',
      kubeconfig: kubeconfig(server, { token: 'abc' }, cluster),
    }).raw('/version');
    expect(tunnels).toEqual([new URL(server.url).host]);
  });

  it('tells when to come again', async () => {
    const client = httpClient({
      userAgent: 't',
      kubeconfig: kubeconfig(await guarded(), { token: 'x' }),
    });
    await expect(client.raw('/version')).rejects.toMatchObject({
      code: 401,
      retryAfterSeconds: undefined,
    });
    const plain = createServer((_, response) => {
      response.writeHead(429, { 'retry-after': '4' }).end('Too many requests');
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => plain.close(resolve)));
    const { port } = plain.address() as AddressInfo;
    const text = kubeconfig(
      { ...(await guarded()), url: `http://127.0.0.1:${port}` },
      { token: 'x' },
    );
    await expect(
      httpClient({ userAgent: 't', kubeconfig: text }).list(types.pods),
    ).rejects.toMatchObject({
      code: 429,
      message: 'Too many requests',
      retryAfterSeconds: 4,
    });
  });

  it.each([
    ['no mapping', 'just text', /no mapping/],
    ['no context', stringify({ clusters: [], users: [], contexts: [] }), /names no cluster/],
  ])('says at once that a kubeconfig is %s', (_, text, words) => {
    expect(() => httpClient({ userAgent: 't', kubeconfig: text })).toThrow(words);
    expect(() => httpClient({ userAgent: 't', kubeconfigPath: '/nonexistent/kubeconfig' })).toThrow(
      /ENOENT/,
    );
  });

  it('does not trust another certificate, and gives up what does not answer', async () => {
    const api = await startApiServer();
    stops.push(() => api.close());
    const other = kubeconfig({ ...(await guarded()), url: api.url }, { token: api.token });
    await expect(httpClient({ userAgent: 't', kubeconfig: other }).raw('/version')).rejects.toThrow(
      /certificate|signed|signature/i,
    );
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    stops.push(() => {
      silent.closeAllConnections();
      return new Promise((resolve) => silent.close(resolve));
    });
    const { port } = silent.address() as AddressInfo;
    const text = kubeconfig({ ...(await guarded()), url: `http://127.0.0.1:${port}` }, {});
    await expect(
      httpClient({ userAgent: 't', kubeconfig: text, timeoutMs: 50 }).raw('/version'),
    ).rejects.toThrow('no answer within 50 ms');
  });
});
