import { startApiServer, type StartedServer } from '@tidegate/kube/node';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { findKubectl } from '../../tools/conformance/kubernetes/kubectl-binary.ts';
import { runProgram } from '../../packages/cli/src/program.ts';
import { testIo, type TestIo } from '../../packages/cli/test/test-io.ts';
import {
  commitFolder,
  exampleFolder,
  removeFolder,
  temporaryFolder,
} from '../../packages/cli/test/workbench.ts';

let server: StartedServer;
let folder: string;
let repository: string;
let kubectlPath: string;

beforeAll(async () => {
  kubectlPath = (await findKubectl()) ?? '';
  folder = await temporaryFolder();
  repository = await exampleFolder();
  await commitFolder(repository, 'Begin');
  server = await startApiServer({
    controllers: { kubelet: { nodeName: 'node', behaviour: () => ({}) } },
  });
  await writeFile(join(folder, 'kc'), server.kubeconfig);
});

afterAll(async () => {
  await server.close();
  await removeFolder(folder);
  await removeFolder(repository);
});

const running: { readonly controller: AbortController; readonly ended: Promise<number> }[] = [];
afterEach(async () => {
  for (const { controller, ended } of running.splice(0)) {
    controller.abort();
    await ended;
  }
});

function kubectl(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: join(folder, 'kc'), HOME: folder };
    execFile(kubectlPath, args, { env, cwd: repository }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr));
    });
  });
}

async function startArgoCd(...options: readonly string[]): Promise<TestIo> {
  const controller = new AbortController();
  const io = testIo({ cwd: folder, signal: controller.signal });
  const words = ['lab', 'argocd', '--kubeconfig', 'kc', '--repo-dir', repository, ...options];
  const ended = runProgram(words, io);
  running.push({ controller, ended });
  await vi.waitFor(
    () => {
      expect(io.printed.stderr).toContain('Argo CD runs in argocd and argocd-admin.');
    },
    { timeout: 20_000 },
  );
  return io;
}

async function call(...options: readonly string[]): Promise<[number, string]> {
  const io = testIo({ cwd: folder });
  return [await runProgram(['lab', 'argocd', ...options], io), io.printed.stderr];
}

describe('lab argocd', { timeout: 120_000 }, () => {
  test('runs both instances: bootstrap is applied, the admin instance keeps it, kubectl sees it', async () => {
    const io = await startArgoCd('--env', 'qa', '--polling', '2', '--seed', '1');
    await kubectl('apply', '-k', 'bootstrap/qa');
    await vi.waitFor(
      async () => {
        expect(await kubectl('get', 'app', '-n', 'argocd-admin')).toMatch(
          /^NAME +SYNC STATUS +HEALTH STATUS\ndlt-bootstrap-qa +Synced +Healthy\n$/,
        );
      },
      { timeout: 60_000, interval: 500 },
    );
    await kubectl('apply', '-f', 'argocd/qa/app-root.yaml');
    await vi.waitFor(
      async () => {
        const status = await kubectl('get', 'app', 'dlt-root-qa', '-n', 'argocd', '-o', 'json');
        const { sync } = (JSON.parse(status) as { status: { sync: { status: string } } }).status;
        expect(sync.status).toBe('OutOfSync');
      },
      { timeout: 30_000, interval: 500 },
    );
    await kubectl(
      'annotate',
      'app',
      'dlt-root-qa',
      '-n',
      'argocd',
      'argocd.argoproj.io/refresh=hard',
    );
    await vi.waitFor(
      async () => {
        const shown = await kubectl('get', 'app', 'dlt-root-qa', '-n', 'argocd', '-o', 'yaml');
        expect(shown).not.toContain('argocd.argoproj.io/refresh');
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(io.printed.stderr).toMatch(/argocd-admin\/dlt-bootstrap-qa .*Synced, Healthy/);
    expect(io.printed.stderr).not.toContain('error:');
  });

  test('says what is wrong with its input', async () => {
    expect(await call('--kubeconfig', 'nowhere', '--repo-dir', repository)).toEqual([
      3,
      expect.stringMatching(/^error: cannot use the kubeconfig .*nowhere: .*\nhint: start a lab/),
    ]);
    const [exitCode, text] = await call(
      '--kubeconfig',
      'kc',
      '--repo-dir',
      repository,
      '--env',
      'x',
    );
    expect([exitCode, text]).toEqual([2, expect.stringContaining('"x"')]);
    expect(await call('--kubeconfig', 'kc', '--repo-dir', folder)).toEqual([
      3,
      expect.stringContaining('no tidegate.yaml'),
    ]);
    expect((await call('--wave-delay', 'soon'))[0]).toBe(2);
  });

  test('ends with 5 when the API does not answer', async () => {
    const gone = await startApiServer();
    await writeFile(join(folder, 'gone'), gone.kubeconfig);
    await gone.close();
    expect(await call('--kubeconfig', 'gone', '--repo-dir', repository)).toEqual([
      5,
      expect.stringMatching(
        /^error: the Kubernetes API cannot be used: .*\nhint: is "tidegate lab api"/,
      ),
    ]);
  });

  test('does not work against a real Argo CD', async () => {
    const other = await startApiServer();
    await writeFile(join(folder, 'other'), other.kubeconfig);
    const env = { ...process.env, KUBECONFIG: join(folder, 'other'), HOME: folder };
    const labels = { 'app.kubernetes.io/part-of': 'argocd' };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'argocd-application-controller', namespace: 'argocd', labels },
      spec: {
        serviceName: 'x',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'main', image: 'argocd:1' }] },
        },
      },
    };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
    await writeFile(
      join(folder, 'real.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, set] }),
    );
    await new Promise<void>((resolve, reject) => {
      execFile(kubectlPath, ['apply', '-f', join(folder, 'real.json')], { env }, (error) => {
        if (error === null) resolve();
        else reject(new Error(error.message));
      });
    });
    expect(await call('--kubeconfig', 'other', '--repo-dir', repository)).toEqual([
      6,
      expect.stringContaining('namespace "argocd" of this cluster has a real Argo CD'),
    ]);
    await other.close();
  });
});
