import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownedRepository } from '../../../test/generated.ts';
import { InputError } from '../../errors/tidegate-error.ts';
import { isRecord } from '../../generate/value-at.ts';
import type { ChartRenderer } from '../../ports/chart-renderer.ts';
import { memoryTree } from '../../ports/file-tree.ts';
import { formatYaml } from '../../yaml/format-yaml.ts';
import { formatHtml } from '../format/html.ts';
import { formatJson } from '../format/json.ts';
import { formatMarkdown } from '../format/markdown.ts';
import { formatTerminal } from '../format/terminal.ts';
import { createMasker } from '../mask.ts';
import type { EnvironmentDiff } from '../model.ts';
import { identityOf } from '../read-resources.ts';
import { nextRelease } from '../sides.ts';
import { diffLive } from './diff-live.ts';
import type { LiveAnswer, LiveCluster, PlainObject } from './live-cluster.ts';
import { nameOf } from './live-index.ts';
import { trackedObject } from './tracking.ts';

const { files } = ownedRepository();
const application = 'dlt-node-alpha-vault-qa';
const namespace = 'dlt-node-alpha';

function secret(data: PlainObject, metadata: PlainObject = {}): PlainObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', ...metadata }, data };
}

/** A live object as the Application under test has applied it. */
function tracked(object: PlainObject): PlainObject {
  const placed = { ...object, metadata: { namespace, ...(object['metadata'] as PlainObject) } };
  return trackedObject(placed, { application, namespace, installationId: undefined });
}

/** Merges maps, as an apply does with what nobody else owns. */
function merge(live: unknown, desired: unknown): unknown {
  if (!isRecord(live) || !isRecord(desired)) return desired;
  const keys = [...new Set([...Object.keys(live), ...Object.keys(desired)])];
  const entries = keys.map((key): [string, unknown] => [
    key,
    Object.hasOwn(desired, key) ? merge(live[key], desired[key]) : live[key],
  ]);
  return Object.fromEntries(entries);
}

interface FakeOptions {
  /** An answer to the apply of an object, instead of the usual one. */
  readonly apply?: (object: PlainObject) => LiveAnswer | undefined;
  readonly kinds?: readonly string[];
}

function fakeCluster(objects: readonly PlainObject[], options: FakeOptions = {}): LiveCluster {
  const held = new Map(objects.map((object) => [identityOf(nameOf(object)), object]));
  return {
    name: 'fake',
    scopeOf: (_, kind) =>
      Promise.resolve(
        (options.kinds ?? ['Secret', 'ConfigMap']).includes(kind) ? 'namespaced' : undefined,
      ),
    read: (resource) => Promise.resolve({ kind: 'object', object: held.get(identityOf(resource)) }),
    dryRunApply: (object) =>
      Promise.resolve(
        options.apply?.(object) ?? {
          kind: 'object',
          object: merge(held.get(identityOf(nameOf(object))), object) as PlainObject,
        },
      ),
    scan: (_, take) => {
      objects.forEach(take);
      return Promise.resolve([]);
    },
  };
}

/** Renders some objects for the Application under test, and nothing for others. */
function rendererOf(manifest: readonly PlainObject[] | string): ChartRenderer {
  return {
    render: ({ releaseName }) => {
      if (releaseName !== application) return Promise.resolve(result(''));
      if (typeof manifest === 'string') return Promise.reject(new InputError(manifest));
      return Promise.resolve(result(manifest.map((one) => `---\n${formatYaml(one)}`).join('')));
    },
  };
}

function result(manifest: string): Awaited<ReturnType<ChartRenderer['render']>> {
  return { manifest, fromCache: false, chartDigest: 'sha256:aa', helmVersion: 'v4.2.1' };
}

async function diff(
  live: readonly PlainObject[],
  manifest: readonly PlainObject[] | string,
  options: FakeOptions = {},
): Promise<EnvironmentDiff> {
  // Without what the root applies: only the Application under test has objects.
  const tree = memoryTree(files, 'release/qa/1');
  const side = await nextRelease(tree, 'qa');
  if (side === undefined) throw new Error('no qa');
  const whole = await diffLive(side, {
    cluster: fakeCluster(live, options),
    branch: tree,
    renderer: rendererOf(manifest),
    masker: createMasker({
      digest: (text) => String(text.length),
      settings: { maskKeys: [], keepKeys: [], entropy: true },
    }),
    windowOf: () => 'always open',
  });
  const isOwn = ({ source }: EnvironmentDiff['groups'][number]): boolean => source !== 'files';
  return { ...whole, groups: whole.groups.filter(isOwn) };
}

const changesOf = ({ groups }: EnvironmentDiff): string[] =>
  groups.flatMap(({ resources }) =>
    resources.map(({ change, resource }) => `${change} ${resource.kind} ${resource.name}`),
  );

describe('diffLive', () => {
  it('shows that a Secret is another one, and neither value', async () => {
    const [before, after] = ['old value', 'a new value'].map((text) =>
      Buffer.from(text).toString('base64'),
    );
    const found = await diff(
      [tracked(secret({ password: before }))],
      [secret({ password: after })],
    );

    expect(changesOf(found)).toEqual(['changed Secret a']);
    expect(found.groups[0]?.resources[0]?.fields).toEqual([
      { path: ['data', 'password'], before: '<masked 9>', after: '<masked 11>' },
    ]);
  });

  it('shows what the cluster refuses without the secrets in it', async () => {
    const password = 'correct horse battery staple';
    const found = await diff([], [secret({ password: Buffer.from(password).toString('base64') })], {
      apply: () => ({ kind: 'refused', message: `denied: password is ${password}` }),
    });

    expect(found.errors).toHaveLength(1);
    expect(found.errors[0]?.message).toMatch(
      /^the cluster refuses Secret dlt-node-alpha\/a: denied/,
    );
    expect(found.errors[0]?.message).not.toContain(password);
    expect(found.errors[0]?.isRemote).toBeUndefined();
  });

  it('shows what a client has applied before and nobody wants any more', async () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
        metadata: { labels: { gone: 'yes', kept: 'yes' } },
        data: { gone: 'x' },
      }),
    };
    const labels = { gone: 'yes', kept: 'yes', ofOthers: 'yes' };
    const map = (data: PlainObject, metadata: PlainObject = {}): PlainObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', ...metadata },
      data,
    });
    const live = tracked(map({ gone: 'x', kept: 'y' }, { labels, annotations }));
    const found = await diff([live], [map({ kept: 'y' }, { labels: { kept: 'yes' } })]);

    const paths = found.groups[0]?.resources[0]?.fields.map(({ path }) => path.join('.'));
    expect(paths?.sort()).toEqual(['data.gone', 'metadata.labels.gone']);
  });

  it('ignores what the instance is told to ignore', async () => {
    const key = 'resource.customizations.ignoreDifferences._Secret';
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { [key]: 'jsonPointers: [/data]\njqPathExpressions: [.type]' },
    };
    const found = await diff([settings, tracked(secret({ a: 'YQ==' }))], [secret({ a: 'Yg==' })]);

    expect(changesOf(found)).toEqual([]);
    expect(found.notes).toContainEqual(expect.stringContaining('jq expressions'));
  });

  it('prunes nothing of an Application that does not render, and says why it does not', async () => {
    const found = await diff([tracked(secret({}))], 'the chart is broken');

    expect([changesOf(found), found.errors.map(({ message }) => message)]).toEqual([
      [],
      [expect.stringContaining('the chart is broken')],
    ]);
  });

  it('takes the items of a List for objects, and does not compare hooks', async () => {
    const hook = secret({}, { name: 'h', annotations: { 'helm.sh/hook': 'pre-install' } });
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      metadata: { name: 'l' },
      items: [secret({}), hook],
    };
    const found = await diff([], [list]);

    expect(changesOf(found)).toEqual(['added Secret a']);
    expect(found.notes).toEqual(['Hooks are left out (1): they run in a sync and are no state.']);
  });

  it('tells objects of one name in two namespaces apart', async () => {
    const elsewhere = secret({}, { namespace: 'elsewhere' });
    const found = await diff([tracked(secret({})), tracked(elsewhere)], [secret({})]);

    expect(changesOf(found)).toEqual(['removed Secret a']);
    expect(found.groups[0]?.resources[0]?.resource.namespace).toBe('elsewhere');
  });

  it('shows no secret of a live or a wanted object in any format', async () => {
    // Such as no format has by itself.
    const value = fc.stringMatching(/^zQ9[A-Za-z0-9+/ ]{12,40}$/);
    await fc.assert(
      fc.asyncProperty(value, value, async (one, two) => {
        const texts = [one, two].flatMap((text) => [text, Buffer.from(text).toString('base64')]);
        const [, liveData, , wantedData] = texts;
        const found = await diff(
          [
            tracked(secret({ token: liveData })),
            tracked(secret({ token: wantedData }, { name: 'b' })),
          ],
          [{ ...secret({}), data: undefined, stringData: { token: two } }],
          {
            apply: (object) =>
              object['kind'] === 'Secret'
                ? { kind: 'object', object: { ...object, data: { token: wantedData } } }
                : undefined,
          },
        );
        const report = { base: 'a', head: 'b', environments: [found], isLive: true };
        const plain = (text: string): string => text;
        const colors = {
          red: plain,
          green: plain,
          cyan: plain,
          yellow: plain,
          bold: plain,
          dim: plain,
        };
        const shown = [
          formatTerminal(report, { colors, width: 200, split: false }),
          formatTerminal(report, { colors, width: 200, split: true }),
          formatMarkdown(report, { charactersMax: 1_000_000 }),
          formatHtml(report),
          formatJson(report),
        ];
        for (const text of shown) {
          for (const hidden of texts) expect(text).not.toContain(hidden);
        }
      }),
      { numRuns: 20 },
    );
  });
});
