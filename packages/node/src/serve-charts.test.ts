import { RemoteError } from '@tidegate/core';
import { mkdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, putFiles, scratchFolders } from '../test/scratch.ts';
import { serveCharts, type ServedCharts } from './serve-charts.ts';

const scratch = scratchFolders();
let served: ServedCharts;
let folder: string;

beforeEach(async () => {
  const parent = await scratch();
  folder = join(parent, 'charts');
  await putFiles(parent, {
    'secret.tgz': 'secret',
    'charts/index.yaml': 'entries: {}\n',
    'charts/a-1.0.0+b.tgz': 'archive',
    'charts/.packed-from': 'secret',
    'charts/.hidden.tgz': 'secret',
    'charts/notes.txt': 'secret',
    'charts/deep/b-1.0.0.tgz': 'secret',
  });
  await mkdir(join(folder, 'folder.tgz'));
  served = await serveCharts(folder, { host: '127.0.0.1', port: 0 });
});
afterEach(() => served.close());

/** Sends a path as it is; fetch would tidy it up. */
function statusOf(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('serveCharts', () => {
  it('serves the index and the archives on this machine only', async () => {
    const index = await fetch(`${served.url}/index.yaml`);
    const archive = await fetch(`${served.url}/a-1.0.0+b.tgz?x=y`);

    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await index.text()).toBe('entries: {}\n');
    expect(index.headers.get('content-type')).toContain('yaml');
    expect(await archive.text()).toBe('archive');
    expect(archive.headers.get('content-length')).toBe('7');
  });

  it('answers an index that somebody has with 304, until it changes', async () => {
    const url = `${served.url}/index.yaml`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    await putFiles(folder, { 'index.yaml': 'entries: {a: []}\n' });
    const changed = await fetch(url, { headers: { 'if-none-match': etag } });

    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(changed.status).toBe(200);
  });

  it.each([
    '/',
    '/../secret.tgz',
    '/..%2fsecret.tgz',
    '/%2e%2e/secret.tgz',
    '/deep/../../secret.tgz',
    '/deep/b-1.0.0.tgz',
    '//etc/hostname',
    '/..\\secret.tgz',
    '/.packed-from',
    '/.hidden.tgz',
    '/notes.txt',
    '/index.yaml/',
    '/index.yaml%00.tgz',
    '/missing-1.0.0.tgz',
    '/' + 'x'.repeat(3_000) + '.tgz',
  ])('offers nothing at %s', async (path) => {
    const { status, body } = await statusOf(path);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toBe('');
  });

  it('answers what is no file with an error', async () => {
    expect(await statusOf('/folder.tgz')).toEqual({ status: 500, body: '' });
  });

  it('tells of a file without sending it', async () => {
    expect(await statusOf('/index.yaml', 'HEAD')).toEqual({ status: 200, body: '' });
  });

  it.each(['POST', 'PUT', 'DELETE'])('takes nothing by %s', async (method) => {
    expect((await statusOf('/index.yaml', method)).status).toBe(405);
  });

  it('closes at once, whoever is still connected', async () => {
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    await fetch(`${served.url}/index.yaml`);
    const begin = performance.now();
    await served.close();

    expect(performance.now() - begin).toBeLessThan(2_000);
    await expect(fetch(`${served.url}/index.yaml`)).rejects.toThrow();
    await served.close();
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(served.url).port);
    const error = await failureOf(serveCharts(folder, { host: '127.0.0.1', port }));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain(`cannot listen on 127.0.0.1:${port}`);
  });
});
