import { InputError, ToolError, type RenderRequest, type RenderResult } from '@tidegate/core';
import { execa } from 'execa';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { realHelm } from '../test/real-helm.ts';
import { failureOf, putFiles, putScript, scratchFolders } from '../test/scratch.ts';
import { helmRenderer, templateArguments, type HelmRendererOptions } from './helm-renderer.ts';

const scratch = scratchFolders();

afterEach(() => {
  vi.unstubAllEnvs();
});

const request: RenderRequest = {
  chart: { repository: 'https://charts.example.com', name: 'dlt-vault', version: '1.2.0' },
  releaseName: 'vault-node-a',
  namespace: 'node-a',
  values: [{ path: 'envs/qa/common.yaml', content: 'a: 1\n' }],
  parameters: [],
  kubeVersion: '1.36.1',
  apiVersions: [],
};

/** A renderer over a script that stands in for helm. */
async function fake(body: string, options: Partial<HelmRendererOptions> = {}) {
  const folder = await scratch();
  const path = await putScript(folder, 'helm', body);
  const renderer = helmRenderer({
    helm: { path, version: 'v4.9.9', origin: 'setting' },
    charts: { fetch: () => Promise.resolve({ path: '/charts/x.tgz', digest: 'sha256:x' }) },
    timeoutMs: 20_000,
    ...options,
  });
  return { renderer, folder };
}

async function timeMs(work: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work.catch(() => undefined);
  return performance.now() - begin;
}

describe('helmRenderer', () => {
  it('calls helm as Argo CD does, in a folder of its own that is gone afterwards', async () => {
    const { renderer } = await fake('pwd; printf "%s\\n" "$@"; cat layer-0.yaml');
    const { manifest, fromCache, chartDigest } = await renderer.render(request);
    const [folder = '', ...lines] = manifest.split('\n');

    expect(lines).toEqual([
      'template',
      '/charts/x.tgz',
      '--name-template',
      'vault-node-a',
      '--namespace',
      'node-a',
      '--kube-version',
      '1.36.1',
      '--values',
      'layer-0.yaml',
      '--include-crds',
      'a: 1',
      '',
    ]);
    expect([fromCache, chartDigest]).toEqual([false, 'sha256:x']);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('lets nothing of the user reach helm', async () => {
    vi.stubEnv('KUBECONFIG', '/secret/kubeconfig');
    vi.stubEnv('HELM_KUBETOKEN', 'secret');
    vi.stubEnv('TIDEGATE_CHARTS_TOKEN', 'secret');
    const { renderer } = await fake('env');
    const { manifest } = await renderer.render(request);

    expect(manifest).not.toContain('secret');
    expect(manifest).toMatch(/^HOME=.*tidegate-render-/m);
  });

  it('gives each layer its own content when two share a path', async () => {
    const { renderer } = await fake(
      'while [ $# -gt 0 ]; do [ "$1" = --values ] && cat "$2"; shift; done',
    );
    const values = ['first\n', 'second\n', 'first\n'].map((content) => ({
      path: 'a,b/"c".yaml',
      content,
    }));

    expect((await renderer.render({ ...request, values })).manifest).toBe('first\nsecond\nfirst\n');
  });

  it('keeps values readable for their owner only', async () => {
    const { renderer } = await fake('stat -c %a . layer-0.yaml');

    expect((await renderer.render(request)).manifest).toBe('700\n600\n');
  });

  it('writes nothing where a path leads, whatever it is', async () => {
    const { renderer } = await fake('ls');
    const values = [{ path: '../../escape.yaml', content: '' }];

    expect((await renderer.render({ ...request, values })).manifest).toBe('layer-0.yaml\n');
  });

  it('names layers by their paths when helm complains of one', async () => {
    const { renderer } = await fake('echo "Error: failed to parse layer-1.yaml" >&2; exit 1');
    const values = ['a: 1', 'b: ['].map((content, index) => ({
      path: `envs/v${index}.yaml`,
      content,
    }));

    expect((await failureOf(renderer.render({ ...request, values }))).message).toContain(
      'failed to parse envs/v1.yaml',
    );
  });

  it.each([undefined, 2])('runs several at a time, bounded (%s)', async (concurrency) => {
    const log = join(await scratch(), 'log');
    const body = `echo + >> '${log}'; sleep 0.15; echo - >> '${log}'`;
    const { renderer } = await fake(body, concurrency === undefined ? {} : { concurrency });
    const limit = concurrency ?? availableParallelism();
    await Promise.all(Array.from({ length: limit * 3 }, () => renderer.render(request)));
    let running = 0;
    const counts = (await readFile(log, 'utf8'))
      .split('\n')
      .map((line) => (running += line === '+' ? 1 : line === '-' ? -1 : 0));

    expect(Math.max(...counts)).toBe(limit);
    expect(running).toBe(0);
  });

  it('tells what helm says when it fails, as a fault of the input', async () => {
    const message = 'Error: execution error at (dlt-vault/templates/a.yaml:3:7): port is required';
    const { renderer } = await fake(`echo '${message}' >&2; exit 1`);
    const error = await failureOf(renderer.render(request));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('port is required');
    expect((error as InputError).position?.line).toBe(3);
  });

  it('takes megabytes of manifest and of complaint', async () => {
    const big = await fake('head -c 10000000 /dev/zero | tr "\\0" x');
    const bad = await fake('head -c 1000000 /dev/zero | tr "\\0" x >&2; exit 1');

    expect((await big.renderer.render(request)).manifest.trimEnd().length).toBe(10_000_000);
    expect(await failureOf(bad.renderer.render(request))).toBeInstanceOf(InputError);
  });

  it.each([
    ['hangs', 'exec sleep 20'],
    ['ignores SIGTERM', 'trap "" TERM; while :; do sleep 0.05; done'],
    ['hangs with a child', 'sleep 5 & wait'],
  ])('stops a helm that %s', async (_, body) => {
    const { renderer } = await fake(body, { timeoutMs: 200 });
    const work = failureOf(renderer.render(request));

    expect(await timeMs(work)).toBeLessThan(3_000);
    expect(await work).toBeInstanceOf(ToolError);
    expect((await work).message).toBe(
      'helm did not finish within 0.2 s and was stopped (rendering vault-node-a with chart dlt-vault 1.2.0)',
    );
    expect(((await work) as ToolError).hint).toContain('--timeout');
  });

  it('is interrupted, both what runs and what waits', async () => {
    const { renderer, folder } = await fake('echo >> "$0.log"; exec sleep 20', { concurrency: 2 });
    const controller = new AbortController();
    const work = Array.from({ length: 30 }, () =>
      failureOf(renderer.render(request, controller.signal)),
    );
    while (!(await readdir(folder)).includes('helm.log')) await sleep(10);
    controller.abort();
    const errors = await Promise.all(work);

    for (const error of errors) {
      expect(error).toBeInstanceOf(ToolError);
      expect(error.message).toContain('interrupted');
    }
    expect((await readFile(join(folder, 'helm.log'), 'utf8')).length).toBeLessThanOrEqual(2);
  });

  it('does not wait for a chart once it is interrupted', async () => {
    const never = { fetch: () => new Promise<never>(() => undefined) };
    const { renderer } = await fake('exit 0', { charts: never });
    const controller = new AbortController();
    const work = failureOf(renderer.render(request, controller.signal));
    controller.abort();

    expect(await work).toBeInstanceOf(ToolError);
    expect(await failureOf(renderer.render(request, controller.signal))).toBeInstanceOf(ToolError);
  });

  it('heeds a cancellation that is no AbortSignal', async () => {
    let abort = (): void => undefined;
    const cancellation = {
      aborted: false,
      addEventListener: (_: 'abort', listener: () => void) => {
        abort = listener;
      },
      removeEventListener: () => undefined,
    };
    const { renderer, folder } = await fake('echo >> "$0.log"; exec sleep 20');
    const work = failureOf(renderer.render(request, cancellation));
    while (!(await readdir(folder)).includes('helm.log')) await sleep(10);
    abort();

    expect((await work).message).toContain('interrupted');
  });

  it('warns of no leak when thousands share one signal', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): number => warnings.push(warning.name);
    process.on('warning', note);
    const { renderer } = await fake('exit 0', { concurrency: 4 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => renderer.render(request, signal)));
    await sleep(10);
    process.off('warning', note);

    expect(warnings).toEqual([]);
  });

  it('says that helm is missing, and what it was to render', async () => {
    const renderer = helmRenderer({
      helm: { path: '/nowhere/helm', version: 'v4.9.9', origin: 'setting' },
      charts: { fetch: () => Promise.resolve({ path: '/charts/x.tgz', digest: 'sha256:x' }) },
      timeoutMs: 1_000,
    });
    const error = await failureOf(renderer.render(request));

    expect(error).toBeInstanceOf(ToolError);
    expect((error as ToolError).exitCode).toBe(4);
    expect(error.message).toContain('helm is missing (rendering vault-node-a');
  });

  it('leaves nothing in the folder for temporary files', async () => {
    const left = async (): Promise<string[]> =>
      (await readdir(process.env['TMPDIR'] ?? tmpdir())).filter((name) =>
        name.startsWith('tidegate-render-'),
      );
    vi.stubEnv('TMPDIR', await scratch());
    const good = await fake('exit 0');
    const bad = await fake('exit 1');
    const slow = await fake('sleep 2 & wait', { timeoutMs: 100 });
    await Promise.allSettled([good, bad, slow].map(({ renderer }) => renderer.render(request)));

    expect(await left()).toEqual([]);
  });
});

describe('helmRenderer with the real helm', () => {
  async function render(change: Partial<RenderRequest>): Promise<RenderResult> {
    const folder = await scratch();
    await putFiles(folder, {
      'chart/Chart.yaml': 'apiVersion: v2\nname: probe\nversion: 1.0.0\n',
      'chart/values.yaml': 'a: default\n',
      'chart/templates/a.yaml': [
        'a: {{ .Values.a | quote }}',
        'list: {{ .Values.list | toJson }}',
        'name: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion }}',
        'has: {{ .Capabilities.APIVersions.Has "example.com/v1" }}',
        '{{ if eq (toString .Values.a) "fail" }}{{ fail "told to" }}{{ end }}',
      ].join('\n'),
      'chart/crds/crd.yaml': 'crd: here\n',
    });
    const helm = await realHelm();
    await execa(helm.path, ['package', join(folder, 'chart'), '--destination', folder]);
    const charts = {
      fetch: () => Promise.resolve({ path: join(folder, 'probe-1.0.0.tgz'), digest: 'sha256:x' }),
    };
    return helmRenderer({ helm, charts, timeoutMs: 20_000 }).render({ ...request, ...change });
  }

  it('renders with values, parameters, versions and CRDs', async () => {
    const { manifest } = await render({
      values: ['a: first', 'a: second', 'b: 1'].map((content, index) => ({
        path: index === 2 ? 'with blank/x,y.yaml' : `v${index}.yaml`,
        content,
      })),
      parameters: [{ name: 'list', value: '{one,two}', forceString: false }],
      apiVersions: ['example.com/v1'],
    });

    expect(manifest).toContain('crd: here');
    expect(manifest).toContain('a: "second"');
    expect(manifest).toContain('list: ["one","two"]');
    expect(manifest).toContain('name: vault-node-a node-a v1.36.1');
    expect(manifest).toContain('has: true');
  });

  it.each([
    [{ name: 'a', value: '007', forceString: true }, 'a: "007"'],
    [{ name: 'a', value: 'one,two', forceString: false }, 'a: "one,two"'],
    [{ name: 'a', value: '-x=y', forceString: false }, 'a: "-x=y"'],
  ])('passes parameter %j', async (parameter, line) => {
    expect((await render({ parameters: [parameter] })).manifest).toContain(line);
  });

  it('points at the template that fails', async () => {
    const error = await failureOf(render({ values: [{ path: 'v.yaml', content: 'a: fail' }] }));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('told to');
    expect((error as InputError).position).toMatchObject({
      file: 'probe/templates/a.yaml',
      line: 5,
    });
  });
});

describe('templateArguments', () => {
  it('never lets a name become an option of its own', () => {
    const args = templateArguments(
      { ...request, releaseName: '--debug', apiVersions: ['--post-renderer=x'] },
      '/c.tgz',
      ['layer-0.yaml'],
    );

    expect(args[args.indexOf('--debug') - 1]).toBe('--name-template');
    expect(args[args.indexOf('--post-renderer=x') - 1]).toBe('--api-versions');
  });
});
