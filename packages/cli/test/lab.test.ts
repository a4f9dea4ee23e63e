import { httpClient } from '@tidegate/kube/node';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo, type TestIo } from './test-io.ts';
import { removeFolder, temporaryFolder } from './workbench.ts';

const made: string[] = [];
const running: { readonly controller: AbortController; readonly ended: Promise<number> }[] = [];
afterEach(async () => {
  for (const { controller, ended } of running.splice(0)) {
    controller.abort();
    await ended;
  }
  await Promise.all(made.splice(0).map(removeFolder));
});

async function folder(): Promise<string> {
  const path = await temporaryFolder();
  made.push(path);
  return path;
}

interface Lab {
  readonly io: TestIo;
  readonly kubeconfig: string;
  client(): Promise<ReturnType<typeof httpClient>>;
  stop(): Promise<number>;
}

async function startLab(cwd: string, ...options: string[]): Promise<Lab> {
  const controller = new AbortController();
  const io = testIo({ cwd, signal: controller.signal });
  const ended = runProgram(['lab', 'api', '--kubeconfig', 'kc', ...options], io);
  running.push({ controller, ended });
  await vi.waitFor(() => {
    expect(io.printed.stdout).toMatch(/^https:\/\/127\.0\.0\.1:\d+\n$/);
  });
  const kubeconfig = join(cwd, 'kc');
  return {
    io,
    kubeconfig,
    client: async () =>
      httpClient({ userAgent: 'test', kubeconfig: await readFile(kubeconfig, 'utf8') }),
    stop: () => {
      controller.abort();
      return ended;
    },
  };
}

async function call(cwd: string, words: readonly string[], env = {}): Promise<[number, string]> {
  const io = testIo({ cwd, env });
  const exitCode = await runProgram(words, io);
  return [exitCode, io.printed.stdout + io.printed.stderr];
}

const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const pods = { apiVersion: 'v1', plural: 'pods' };
const pod = {
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'registry.example/app:1' }] },
};

describe('lab api', () => {
  test('answers a client with its kubeconfig, until it is interrupted', async () => {
    const lab = await startLab(await folder());
    const client = await lab.client();

    expect(JSON.stringify(await client.list({ apiVersion: 'v1', plural: 'namespaces' }))).toContain(
      'kube-system',
    );
    expect((await stat(lab.kubeconfig)).mode & 0o777).toBe(0o600);
    expect(await lab.stop()).toBe(0);
    await expect(stat(lab.kubeconfig)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('ends open watches when it is interrupted', async () => {
    const lab = await startLab(await folder());
    const client = await lab.client();
    const watch = client.watch(configMaps, { namespace: 'default', resourceVersion: '0' });
    const events = watch[Symbol.asyncIterator]();
    const next = events.next().then(
      (result) => result.done,
      () => true,
    );
    await client.list(configMaps);
    expect(await lab.stop()).toBe(0);
    expect(await next).toBe(true);
  });

  test.each<[string, string[], string]>([
    ['is empty, so that pods stay pending', [], 'Pending'],
    ['runs pods with a kubelet', ['--kubelet'], 'Running'],
  ])('%s', async (_, options, phase) => {
    const lab = await startLab(await folder(), ...options);
    const client = await lab.client();
    await client.create(pods, pod);
    await vi.waitFor(
      async () => {
        const found = await client.get(pods, { name: 'p', namespace: 'default' });
        expect(found).toMatchObject({ status: { phase } });
      },
      { timeout: 10_000 },
    );
  });

  test('is the same one again with its state', async () => {
    const cwd = await folder();
    const first = await startLab(cwd, '--state', 'saved');
    await (
      await first.client()
    ).create(configMaps, { metadata: { name: 'a', namespace: 'default' } });
    await first.stop();
    const second = await startLab(cwd, '--state', 'saved');
    const found = (await second.client()).get(configMaps, { name: 'a', namespace: 'default' });
    await expect(found).resolves.toMatchObject({ metadata: { name: 'a' } });
  });

  test('says that a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const cwd = await folder();
    const [exitCode, text] = await call(cwd, ['lab', 'api', '--port', String(port)]);
    taken.close();

    expect([exitCode, text]).toEqual([
      5,
      expect.stringContaining(`cannot listen on 127.0.0.1:${port}`),
    ]);
    await expect(stat(join(cwd, 'kubeconfig'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each<[string[], number, string]>([
    [['--port', '70000'], 2, 'Expected a port between 0 and 65535'],
    [['--port', 'x'], 2, 'Expected a port'],
    [['--nodes'], 2, "unknown option '--nodes'"],
    [['more'], 2, 'too many arguments'],
    [['--kubeconfig', 'foreign'], 6, 'foreign is there and was not written by a lab'],
    [['--kubeconfig', '.'], 3, 'cannot use'],
    [['--kubeconfig', 'foreign/kc'], 3, 'cannot use'],
    [['--state', 'foreign'], 3, 'is no saved state'],
  ])('refuses %j', async (options, code, words) => {
    const cwd = await folder();
    await writeFile(join(cwd, 'foreign'), 'apiVersion: v1\nkind: Config\ncurrent-context: prod\n');
    const [exitCode, text] = await call(cwd, ['lab', 'api', ...options]);

    expect([exitCode, text]).toEqual([code, expect.stringContaining(words)]);
    expect(await readFile(join(cwd, 'foreign'), 'utf8')).toContain('prod');
  });

  test('takes the place of what another lab left behind', async () => {
    const cwd = await folder();
    await writeFile(join(cwd, 'kc'), 'current-context: tidegate\nold: true\n', { mode: 0o644 });
    const lab = await startLab(cwd);
    expect(await readFile(lab.kubeconfig, 'utf8')).not.toContain('old');
    expect((await stat(lab.kubeconfig)).mode & 0o777).toBe(0o600);
  });
});

describe('lab api compact', () => {
  test('makes a running lab forget its history', async () => {
    const cwd = await folder();
    const lab = await startLab(cwd);
    const client = await lab.client();
    const first = await client.create(configMaps, {
      metadata: { name: 'a', namespace: 'default' },
    });
    await client.create(configMaps, { metadata: { name: 'b', namespace: 'default' } });
    const old = {
      namespace: 'default',
      resourceVersion: String((first['metadata'] as Record<string, unknown>)['resourceVersion']),
    };
    const firstEvent = async (): Promise<unknown> =>
      (await client.watch(configMaps, old)[Symbol.asyncIterator]().next()).value as unknown;

    expect(await firstEvent()).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'b' } },
    });
    expect(await call(cwd, ['lab', 'api', 'compact', '--kubeconfig', 'kc'])).toEqual([
      0,
      expect.stringMatching(/^the history up to revision \d+ is forgotten\n$/),
    ]);
    expect(await firstEvent()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    expect(await call(cwd, ['lab', 'api', 'compact'], { KUBECONFIG: lab.kubeconfig })).toEqual([
      0,
      expect.stringContaining('forgotten'),
    ]);
  });

  test('needs a running lab and its administrator', async () => {
    const cwd = await folder();
    const compact = ['lab', 'api', 'compact', '--kubeconfig', 'kc'];
    expect(await call(cwd, ['lab', 'api', 'compact'])).toEqual([
      3,
      expect.stringMatching(/there is no kubeconfig .*kubeconfig/),
    ]);
    const lab = await startLab(cwd);
    const text = await readFile(lab.kubeconfig, 'utf8');
    await writeFile(join(cwd, 'other'), text.replace(/token: .*/, 'token: wrong'));
    expect(await call(cwd, [...compact.slice(0, -1), 'other'])).toEqual([
      5,
      expect.stringContaining("is not the lab's administrator's"),
    ]);
    await lab.stop();
    await writeFile(join(cwd, 'kc'), text);
    expect(await call(cwd, compact)).toEqual([5, expect.stringContaining('does not answer')]);
  });

  test('says that another server is no lab', async () => {
    const cwd = await folder();
    const other = createServer((socket) => {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: `http://127.0.0.1:${port}` } }],
    };
    await writeFile(join(cwd, 'other'), JSON.stringify(config));
    const answer = await call(cwd, ['lab', 'api', 'compact', '--kubeconfig', 'other']);
    other.close();
    expect(answer).toEqual([5, expect.stringContaining('is no lab: it answered 404')]);
  });
});
