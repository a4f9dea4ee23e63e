import { httpClient } from '@tidegate/kube/node';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import { removeFolder, temporaryFolder } from './workbench.ts';

const made: string[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map(removeFolder));
});

async function folder(): Promise<string> {
  const path = await temporaryFolder();
  made.push(path);
  return path;
}

describe('lab api', () => {
  test('answers a client with its kubeconfig, until it is interrupted', async () => {
    const cwd = await folder();
    const controller = new AbortController();
    const io = testIo({ cwd, signal: controller.signal });
    const running = runProgram(['lab', 'api', '--kubeconfig', 'kc'], io);
    await vi.waitFor(() => {
      expect(io.printed.stdout).toMatch(/^https:\/\/127\.0\.0\.1:\d+\n$/);
    });
    const client = httpClient({
      userAgent: 'test',
      kubeconfig: await readFile(join(cwd, 'kc'), 'utf8'),
    });
    const namespaces = await client.list({ apiVersion: 'v1', plural: 'namespaces' });

    expect(JSON.stringify(namespaces)).toContain('kube-system');
    expect((await stat(join(cwd, 'kc'))).mode & 0o077).toBe(0);
    controller.abort();
    expect(await running).toBe(0);
  });

  test('says that a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const io = testIo({ cwd: await folder() });
    const exitCode = await runProgram(['lab', 'api', '--port', String(port)], io);
    taken.close();

    expect([exitCode, io.printed.stderr]).toEqual([
      5,
      expect.stringContaining(`cannot listen on 127.0.0.1:${port}`),
    ]);
  });
});
