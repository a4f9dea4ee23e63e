import { InputError, type ChartRenderer, type RenderRequest } from '@tidegate/core';
import * as fc from 'fast-check';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, scratchFolders, testClock } from '../test/scratch.ts';
import { listFiles } from './files.ts';
import { cachedRenderer, renderKey, type CachedRendererOptions } from './rendered-cache.ts';

const scratch = scratchFolders();
const dayMs = 24 * 60 * 60 * 1000;

const request: RenderRequest = {
  chart: { repository: 'https://charts.example.com', name: 'dlt-vault', version: '1.2.0' },
  releaseName: 'vault',
  namespace: 'node-a',
  values: [
    { path: 'one.yaml', content: 'a: 1\n' },
    { path: 'two.yaml', content: 'b: 2\n' },
  ],
  parameters: [{ name: 'p', value: 'v', forceString: false }],
  kubeVersion: '1.36.1',
  apiVersions: ['one/v1', 'two/v1'],
};
const manifest = 'kind: Secret\nüñ: 🌊\n';

interface Bench {
  readonly cached: ChartRenderer;
  readonly rendered: () => number;
}

function bench(
  cacheDir: string,
  change: Partial<CachedRendererOptions> & { output?: string } = {},
): Bench {
  let count = 0;
  const renderer: ChartRenderer = {
    render: () => {
      count += 1;
      return Promise.resolve({
        manifest: change.output ?? manifest,
        fromCache: false,
        chartDigest: 'sha256:aa',
        helmVersion: 'v4.1.4',
      });
    },
  };
  const cached = cachedRenderer(renderer, {
    cacheDir,
    helmVersion: 'v4.1.4',
    charts: { fetch: () => Promise.resolve({ path: '/x.tgz', digest: 'sha256:aa' }) },
    clock: testClock(Date.now()),
    ...change,
  });
  return { cached, rendered: () => count };
}

/** The only entry of a cache. */
async function entryOf(cacheDir: string): Promise<string> {
  const files = (await listFiles(join(cacheDir, 'rendered'))).filter((path) => path !== '.pruned');
  expect(files).toHaveLength(1);
  return join(cacheDir, 'rendered', files[0] ?? '');
}

describe('cachedRenderer', () => {
  it('keeps output under the version of Helm that made it, when another one stepped in', async () => {
    const cacheDir = await scratch();
    const wanted = bench(cacheDir, { helmVersion: 'v4.2.1' });
    await wanted.cached.render(request);
    await wanted.cached.render(request);
    expect(wanted.rendered()).toBe(2);

    const own = bench(cacheDir, { helmVersion: 'v4.1.4' });
    expect(await own.cached.render(request)).toMatchObject({ fromCache: true });
    expect(own.rendered()).toBe(0);
  });

  it('renders once, also over several runs', async () => {
    const cacheDir = await scratch();
    const first = bench(cacheDir);
    const results = [await first.cached.render(request), await first.cached.render(request)];
    const later = bench(cacheDir);
    results.push(await later.cached.render(request));

    expect([first.rendered(), later.rendered()]).toEqual([1, 0]);
    expect(results.map(({ fromCache }) => fromCache)).toEqual([false, true, true]);
    expect(new Set(results.map((result) => result.manifest))).toEqual(new Set([manifest]));
    expect(results[2]?.chartDigest).toBe('sha256:aa');
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -3)],
    ['empty', () => ''],
    ['a header alone', (text: string) => text.slice(0, 65)],
    ['changed by one character', (text: string) => text.replace('Secret', 'secret')],
    ['longer', (text: string) => `${text}x`],
    ['zeros, as a crash may leave it', (text: string) => '\0'.repeat(text.length)],
  ])('renders again what is %s, and repairs it', async (_, damage) => {
    const cacheDir = await scratch();
    await bench(cacheDir).cached.render(request);
    const entry = await entryOf(cacheDir);
    await writeFile(entry, damage(await readFile(entry, 'utf8')));
    const next = bench(cacheDir);
    const result = await next.cached.render(request);
    const last = bench(cacheDir);
    await last.cached.render(request);

    expect([result.manifest, result.fromCache, next.rendered(), last.rendered()]).toEqual([
      manifest,
      false,
      1,
      0,
    ]);
  });

  it('does without an entry that is a folder', async () => {
    const cacheDir = await scratch();
    await bench(cacheDir).cached.render(request);
    const entry = await entryOf(cacheDir);
    await rm(entry);
    await mkdir(join(entry, 'x'), { recursive: true });

    expect((await bench(cacheDir).cached.render(request)).manifest).toBe(manifest);
    expect(await readdir(dirname(entry))).toHaveLength(1);
  });

  it('does without a cache that cannot be written', async () => {
    const cacheDir = await scratch();
    await writeFile(join(cacheDir, 'rendered'), 'a file stands in the way');

    expect((await bench(cacheDir).cached.render(request)).manifest).toBe(manifest);
  });

  it.each([
    ['a Secret', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  key: czNjcmV0\n'],
    ['a Secret behind others', 'kind: Pod\n---\nkind: Secret\nstringData:\n  key: s3cret\n'],
    ['a password in a variable', 'env:\n  - name: DB_PASSWORD\n    value: s3cret\n'],
    ['what cannot be read but may hold one', 'password: s3cret\nb: [\n'],
  ])('never keeps %s', async (_, output) => {
    const cacheDir = await scratch();
    const { cached, rendered } = bench(cacheDir, { output });
    const results = [await cached.render(request), await cached.render(request)];

    expect(results.map(({ manifest: text, fromCache }) => [text, fromCache])).toEqual([
      [output, false],
      [output, false],
    ]);
    expect(rendered()).toBe(2);
    await expect(listFiles(join(cacheDir, 'rendered'))).rejects.toThrow('ENOENT');
  });

  it('keeps what only refers to a Secret', async () => {
    const cacheDir = await scratch();
    const output =
      'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: {name: a, key: b}\n';
    const { cached } = bench(cacheDir, { output });
    await cached.render(request);

    expect((await cached.render(request)).fromCache).toBe(true);
  });

  it('is private all the same', async () => {
    const cacheDir = join(await scratch(), 'cache');
    await bench(cacheDir).cached.render(request);
    const entry = await entryOf(cacheDir);

    expect((await stat(entry)).mode & 0o777).toBe(0o600);
    for (const folder of [cacheDir, join(cacheDir, 'rendered'), dirname(entry)]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect(entry).not.toMatch(/vault|node-a/);
  });

  it('stands many writers of one entry', async () => {
    const cacheDir = await scratch();
    const output = 'x'.repeat(300_000);
    const benches = Array.from({ length: 10 }, () => bench(cacheDir, { output }));
    const results = await Promise.all(benches.map(({ cached }) => cached.render(request)));

    expect(new Set(results.map((result) => result.manifest))).toEqual(new Set([output]));
    expect((await bench(cacheDir).cached.render(request)).manifest).toBe(output);
    await entryOf(cacheDir);
  });

  it('keeps no failures', async () => {
    const cacheDir = await scratch();
    const failing: ChartRenderer = { render: () => Promise.reject(new InputError('no')) };
    const { cached } = bench(cacheDir);
    const options = {
      cacheDir,
      helmVersion: 'v4.1.4',
      charts: { fetch: () => Promise.resolve({ path: '/x.tgz', digest: 'sha256:aa' }) },
      clock: testClock(Date.now()),
    };
    await failureOf(cachedRenderer(failing, options).render(request));

    expect((await cached.render(request)).fromCache).toBe(false);
  });

  it('removes what nobody used for two weeks, and keeps the rest', async () => {
    const cacheDir = await scratch();
    const clock = testClock(Date.now());
    await bench(cacheDir, { clock }).cached.render(request);
    const old = await entryOf(cacheDir);
    await bench(cacheDir, { clock }).cached.render({ ...request, namespace: 'node-b' });
    const past = (Date.now() - 15 * dayMs) / 1000;
    await utimes(old, past, past);
    await writeFile(`${old}.0123.tmp`, 'left by a crash');
    await utimes(`${old}.0123.tmp`, past, past);
    clock.advance(2 * dayMs);
    await bench(cacheDir, { clock }).cached.render({ ...request, namespace: 'node-c' });
    const left = (await listFiles(join(cacheDir, 'rendered'))).filter((path) => path !== '.pruned');

    expect(left).toHaveLength(2);
    expect(left.map((path) => join(cacheDir, 'rendered', path))).not.toContain(old);
  });

  it('marks as used what it reads', async () => {
    const cacheDir = await scratch();
    const clock = testClock(Date.now());
    await bench(cacheDir, { clock }).cached.render(request);
    const entry = await entryOf(cacheDir);
    const past = (Date.now() - 13 * dayMs) / 1000;
    await utimes(entry, past, past);
    await bench(cacheDir, { clock }).cached.render(request);

    expect((await stat(entry)).mtimeMs / 1000).toBeGreaterThan(past + 1);
  });
});

describe('renderKey', () => {
  interface Inputs {
    readonly request: RenderRequest;
    readonly chartDigest: string;
    readonly helmVersion: string;
  }
  const text = fc.string({ unit: 'binary', maxLength: 6 });
  const inputs: fc.Arbitrary<Inputs> = fc.record({
    chartDigest: text,
    helmVersion: text,
    request: fc.record({
      chart: fc.record({ repository: text, name: text, version: text }),
      releaseName: text,
      namespace: text,
      values: fc.array(fc.record({ path: text, content: text }), { maxLength: 3 }),
      parameters: fc.array(fc.record({ name: text, value: text, forceString: fc.boolean() }), {
        maxLength: 3,
      }),
      kubeVersion: text,
      apiVersions: fc.array(text, { maxLength: 3 }),
    }),
  });
  const keyOf = ({ request: asked, chartDigest, helmVersion }: Inputs): string =>
    renderKey(asked, chartDigest, helmVersion);
  /** All that decides the output, in a form that two inputs share only when it is the same. */
  const decisive = ({ request: asked, chartDigest, helmVersion }: Inputs): string =>
    JSON.stringify({
      chartDigest,
      helmVersion,
      ...asked,
      chart: undefined,
      values: asked.values.map(({ content }) => content),
    });
  const changes: Readonly<Record<string, (from: Inputs, to: Inputs) => Inputs>> = {
    'chart digest': (from, { chartDigest }) => ({ ...from, chartDigest }),
    'version of helm': (from, { helmVersion }) => ({ ...from, helmVersion }),
    'release name': (from, to) => withRequest(from, { releaseName: to.request.releaseName }),
    namespace: (from, to) => withRequest(from, { namespace: to.request.namespace }),
    values: (from, to) => withRequest(from, { values: to.request.values }),
    'order of values': (from) => withRequest(from, { values: [...from.request.values].reverse() }),
    parameters: (from, to) => withRequest(from, { parameters: to.request.parameters }),
    'order of parameters': (from) =>
      withRequest(from, { parameters: [...from.request.parameters].reverse() }),
    'version of Kubernetes': (from, to) =>
      withRequest(from, { kubeVersion: to.request.kubeVersion }),
    'API versions': (from, to) => withRequest(from, { apiVersions: to.request.apiVersions }),
    // A chart may range over them.
    'order of API versions': (from) =>
      withRequest(from, { apiVersions: [...from.request.apiVersions].reverse() }),
    'text that moves from one name to the next': (from) =>
      withRequest(from, {
        releaseName: from.request.releaseName + from.request.namespace,
        namespace: '',
      }),
  };

  function withRequest(from: Inputs, change: Partial<RenderRequest>): Inputs {
    return { ...from, request: { ...from.request, ...change } };
  }

  it.each(Object.entries(changes))('changes with the %s, and only then', (_, change) => {
    fc.assert(
      fc.property(inputs, inputs, (from, to) => {
        const changed = change(from, to);
        expect(keyOf(changed) !== keyOf(from)).toBe(decisive(changed) !== decisive(from));
      }),
      { numRuns: 150 },
    );
  });

  it('does not change with what does not decide the output', () => {
    fc.assert(
      fc.property(inputs, inputs, (from, to) => {
        const { chart } = to.request;
        const values = from.request.values.map(({ content }, index) => ({
          path: `${index}`,
          content,
        }));
        expect(keyOf(withRequest(from, { chart, values }))).toBe(keyOf(from));
      }),
    );
  });

  it('is a plain file name', () => {
    fc.assert(
      fc.property(inputs, (asked) => {
        expect(keyOf(asked)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});
