import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupVersionKind, nameOf, namespaceOf, type KubeObject } from '@tidegate/core/argocd/sync';
import type { JsonObject } from '@tidegate/kube';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createSyncDriver } from '../src/apply/index.ts';
import { argoCdDefinitions } from '../src/crds/index.ts';
import { createDiffer, withStatusIgnored, type ObjectDiffer } from '../src/diff/index.ts';
import { createDiscovery, type Discovery } from '../src/discovery/index.ts';
import { defaultTracking, placeTarget, trackTarget } from '../src/tracking/index.ts';
import { definition, testApi, type TestApi } from './api-server.ts';

const root = join(import.meta.dirname, '../../../test/__golden__');

function objectsIn(folder: string): KubeObject[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.yaml') && !file.includes('kustomization'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(root, folder, file), 'utf8')))
    .map((document) => (document as { toJS(): unknown }).toJS() as KubeObject | null)
    .filter((object): object is KubeObject => object?.kind !== undefined);
}

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };
const namespaces = { apiVersion: 'v1', plural: 'namespaces' };
const application = { instanceName: 'app', namespace: 'dest' };

interface Setup {
  readonly api: TestApi;
  readonly discovery: Discovery;
  readonly differ: (serverSideApply: boolean) => ObjectDiffer;
}

async function setUp(objects: readonly KubeObject[]): Promise<Setup> {
  const api = testApi();
  for (const object of argoCdDefinitions()) await api.client.create(definitions, object);
  const template = JSON.stringify(
    definition('ProjectApplicationTemplate', 'projectapplicationtemplates'),
  ).replaceAll('example.dev', 'your.group');
  await api.client.create(definitions, JSON.parse(template) as JsonObject);
  api.pass(1000);
  const names = new Set(objects.map((object) => namespaceOf(object) || 'dest'));
  for (const name of names) {
    if (name === 'default') continue;
    await api.client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  const discovery = createDiscovery(api.client);
  await discovery.refresh();
  return {
    api,
    discovery,
    differ: (serverSideApply) =>
      createDiffer({
        overrides: withStatusIgnored({}, {}),
        ignoreAggregatedRoles: false,
        ignoreDifferences: [],
        tracking: defaultTracking,
        serverSideApply,
      }),
  };
}

function kindOf(object: KubeObject): string {
  return `${object.apiVersion ?? ''} ${object.kind ?? ''}`;
}

const applyRequest = {
  do: 'apply',
  command: 'apply',
  live: undefined,
  dryRun: false,
  validate: true,
  force: false,
} as const;

/** An object as an Application wants it: tracked, and in its namespace. */
function wanted(object: KubeObject, discovery: Discovery): KubeObject {
  const { group, version, kind } = groupVersionKind(object);
  const isNamespaced = discovery.resourceFor(group, version, kind)?.namespaced ?? true;
  const tracking = defaultTracking;
  const tracked = trackTarget(object, application, tracking);
  return placeTarget(tracked, isNamespaced, { application, tracking });
}

/** The first objects of each kind, a few of each. */
function few(objects: readonly KubeObject[]): KubeObject[] {
  const counts = new Map<string, number>();
  return objects.filter((object) => {
    const count = (counts.get(kindOf(object)) ?? 0) + 1;
    counts.set(kindOf(object), count);
    return count <= 12;
  });
}

const rendered = few([...objectsIn('manifests/qa'), ...objectsIn('repository/argocd/qa')]);
const serverSide = { manager: 'argocd-controller', takeOverFrom: undefined };

describe.each([
  ['client-side', undefined],
  ['server-side', serverSide],
] as const)('rendered objects, applied %s', (_, how) => {
  let setup: Setup;
  const results = new Map<KubeObject, { target: KubeObject; messages: string[] }>();

  beforeAll(async () => {
    setup = await setUp(rendered);
    const { api, discovery } = setup;
    const { client, timers } = api;
    const driver = createSyncDriver({ client, discovery, timers, random: () => 0 });
    for (const object of rendered) {
      const target = wanted(object, discovery);
      const messages: string[] = [];
      for (let turn = 0; turn < 2; turn += 1) {
        const { answers } = await driver.answer([{ ...applyRequest, target, serverSide: how }]);
        messages.push(answers[0]?.message ?? '');
      }
      results.set(object, { target, messages });
    }
    api.pass(20_000);
  });

  const liveOf = async (target: KubeObject): Promise<KubeObject> => {
    const { api, discovery } = setup;
    const found = discovery
      .all()
      .find(({ kind, type }) => kind === target.kind && type.apiVersion === target.apiVersion);
    if (found === undefined) throw new Error(`no resource for ${kindOf(target)}`);
    const name = nameOf(target);
    const ref = found.namespaced ? { name, namespace: namespaceOf(target) } : { name };
    return await api.client.get(found.type, ref);
  };

  const titles = rendered.map(
    (object) => [`${kindOf(object)} ${namespaceOf(object)}/${nameOf(object)}`, object] as const,
  );

  it.each(titles)(
    '%s is as it is wanted, whatever the server and controllers added',
    async (_title, object) => {
      const { target, messages } = results.get(object) ?? { target: object, messages: [] };
      const live = await liveOf(target);
      const { modified, predictedLive, normalizedLive } = setup
        .differ(how !== undefined)
        .compare(target, live);
      expect(predictedLive).toEqual(normalizedLive);
      expect(modified).toBe(false);
      expect(messages[1]).toMatch(
        how === undefined ? / (unchanged|configured)$/ : / serverside-applied$/,
      );
    },
  );

  it.each(titles)('%s differs when a label does', async (_title, object) => {
    const { target } = results.get(object) ?? { target: object };
    const live = await liveOf(target);
    const differ = setup.differ(how !== undefined);
    const labelled = {
      ...target,
      metadata: { ...target.metadata, labels: { ...target.metadata?.labels, added: 'yes' } },
    };
    expect(differ.compare(labelled, live).modified).toBe(true);
    const foreign = {
      ...live,
      metadata: { ...live.metadata, labels: { ...live.metadata?.labels, foreign: 'yes' } },
    };
    expect(differ.compare(target, foreign).modified).toBe(false);
  });

  it('leaves alone what the server keeps as it was sent', () => {
    if (how !== undefined) return;
    const said = [...results].map(([object, { messages }]) => ({
      object: `${kindOf(object)} ${nameOf(object)}`,
      unchanged: / unchanged$/.test(messages[1] ?? ''),
    }));
    const kept = [...results.keys()].map((object) => ({
      object: `${kindOf(object)} ${nameOf(object)}`,
      unchanged: !isRewritten(object),
    }));
    expect(said).toEqual(kept);
    expect(kept.some(({ unchanged }) => unchanged)).toBe(true);
  });
});

/**
 * Whether the server stores an object in another form, so that kubectl finds something to do each time:
 * it fills in volume claims and leaves out empty values of variables.
 */
function isRewritten(object: KubeObject): boolean {
  return /"volumeClaimTemplates":|"value":""/.test(JSON.stringify(object));
}
