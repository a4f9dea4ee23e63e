import type { JsonObject } from '@tidegate/kube';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { gitOpsRepository, literalCharts, literalObject } from './literal-spec/literal-files.ts';
import {
  chartRepository,
  literalWorld,
  repository,
  type LiteralOptions,
  type LiteralStatus,
  type LiteralWorld,
} from './literal-spec/world.ts';

const worlds: LiteralWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function start(options: LiteralOptions = {}): Promise<LiteralWorld> {
  const world = await literalWorld(options);
  worlds.push(world);
  return world;
}

/** The specification's project with what it lacks, and without its windows. */
function openProject(): JsonObject {
  const project = literalObject('projects/dlt-qa.yaml');
  return {
    ...project,
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  };
}

const root = (): JsonObject => literalObject('argocd/qa/app-root.yaml');

/** The QA environment as the specification wants it, with a project that lets it work. */
async function startQa(options: LiteralOptions = {}): Promise<LiteralWorld> {
  const world = await start(options);
  await world.apply(openProject(), root());
  return world;
}

const nodes = ['alpha', 'beta', 'gamma'];

function isReady(world: LiteralWorld, kind: string, key: string): boolean {
  const { status } = (world.find(kind, key) ?? {}) as { status?: { readyReplicas?: number } };
  return (status?.readyReplicas ?? 0) > 0;
}

/** Lets time pass in small steps; says when each of some things was first so, in milliseconds. */
async function firstTimes(
  world: LiteralWorld,
  totalMs: number,
  things: Readonly<Record<string, () => boolean>>,
): Promise<Record<string, number>> {
  const first: Record<string, number> = {};
  for (let passedMs = 0; passedMs <= totalMs; passedMs += 250) {
    for (const [name, holds] of Object.entries(things)) {
      if (!(name in first) && holds()) first[name] = passedMs;
    }
    await world.time.advance(250);
  }
  return first;
}

function statusOf(world: LiteralWorld, name: string): LiteralStatus {
  const { status } = world.application(name);
  if (status === undefined) throw new Error(`${name} was not compared yet`);
  return status;
}

function jobsCreated(world: LiteralWorld): number {
  return world.audit.filter(({ resource, verb }) => resource === 'jobs.batch' && verb !== 'list')
    .length;
}

describe('the fixture', () => {
  const spec = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8');

  it.each(Object.entries(gitOpsRepository()).filter(([path]) => path.startsWith('argocd/')))(
    'has %s word for word',
    (_, text) => {
      expect(spec).toContain(text);
    },
  );

  it.each([
    'projects/dlt-qa.yaml',
    'argocd-cm.yaml',
    'versions/qa.yaml',
    'envs/qa/backup/values.yaml',
    'charts/dlt-backup/templates/backup-hook.yaml',
    'argocd/preprod/sync-policy.yaml',
  ])('has %s word for word', (path) => {
    const file = new URL(`../../../examples/literal-spec/${path}`, import.meta.url);
    expect(spec).toContain(readFileSync(file, 'utf8'));
  });
});

describe('the literal QA environment', { timeout: 120_000 }, () => {
  it('brings frontend before backend before vault', async () => {
    const world = await start({ readyMs: { vault: 30_000, backend: 20_000, frontend: 5000 } });
    // So that no Application has to try again because its namespace is not there yet.
    for (const node of nodes) {
      const metadata = { name: `dlt-node-${node}` };
      await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
    }
    await world.apply(openProject(), root());
    const first = await firstTimes(world, 90_000, {
      frontendReady: () =>
        nodes.every((n) => isReady(world, 'Deployment', `dlt-node-${n}/frontend`)),
      backendReady: () =>
        nodes.every((n) => isReady(world, 'StatefulSet', `dlt-node-${n}/backend`)),
      vaultReady: () => nodes.every((n) => isReady(world, 'StatefulSet', `dlt-node-${n}/vault`)),
    });
    expect(first).toHaveProperty('vaultReady');
    const { frontendReady = 0, backendReady = 0, vaultReady = 0 } = first;
    expect(frontendReady).toBeLessThan(backendReady);
    expect(backendReady).toBeLessThan(vaultReady);
    // The root was done long before.
    expect(world.application('dlt-root-qa').status?.operationState?.phase).toBe('Succeeded');
  });

  it('never makes a backup Job', async () => {
    const world = await startQa();
    await world.time.advance(300_000);
    expect(jobsCreated(world)).toBe(0);
    const { status } = world.application('dlt-backup-qa');
    expect(status).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } });
    expect(status).not.toHaveProperty('operationState');
  });

  it('starts nothing at the root when only values change', async () => {
    const world = await startQa();
    await world.time.advance(60_000);
    const before = statusOf(world, 'dlt-root-qa');
    const backend = 'dlt-node-alpha-backend-qa';
    const { operationState: first } = statusOf(world, backend);
    const path = 'envs/qa/common-node-values.yaml';
    const values = gitOpsRepository()[path] ?? '';
    world.commit({ [path]: values.replace('consensusTimeout: 5s', 'consensusTimeout: 9s') });
    await world.time.advance(60_000);
    const after = statusOf(world, 'dlt-root-qa');
    expect(after.operationState).toStrictEqual(before.operationState);
    expect(after.sync.revision).not.toBe(before.sync.revision);
    expect(after.sync.status).toBe('Synced');
    expect(statusOf(world, backend).operationState?.startedAt).not.toBe(first?.startedAt);
    expect(JSON.stringify(world.find('ConfigMap', 'dlt-node-alpha/backend'))).toContain(
      'consensusTimeout: 9s',
    );
    expect(jobsCreated(world)).toBe(0);
  });

  it('deletes Applications and namespace of a node folder that is removed', async () => {
    const world = await startQa();
    await world.time.advance(60_000);
    const gone = ['namespace', 'vault', 'backend', 'frontend'].map(
      (one) => `dlt-node-beta-${one}-qa`,
    );
    for (const name of gone) expect(world.application(name)).toBeDefined();
    expect(world.find('Namespace', 'dlt-node-beta')).toBeDefined();
    const files = Object.keys(gitOpsRepository()).filter((path) => path.includes('/node-beta/'));
    world.commit(Object.fromEntries(files.map((path) => [path, null])));
    await world.time.advance(60_000);
    for (const name of gone) expect(world.application(name)).toBeUndefined();
    expect(world.find('Namespace', 'dlt-node-beta')).toBeUndefined();
    expect(world.find('StatefulSet', 'dlt-node-beta/backend')).toBeUndefined();
    expect(world.find('StatefulSet', 'dlt-node-alpha/backend')).toBeDefined();
    expect(world.application('dlt-root-qa').status?.operationState).toBeDefined();
  });

  it('deploys a promoted image on the old chart first', async () => {
    const world = await startQa();
    await world.time.advance(60_000);
    const files = gitOpsRepository();
    const [versions = '', set = ''] = [
      files['versions/qa.yaml'],
      files['argocd/qa/appset-backend.yaml'],
    ];
    const chart = literalCharts().find(({ name }) => name === 'dlt-backend')?.files ?? {};
    world.manifests.charts.setChart(chartRepository, 'dlt-backend', '3.2.0', {
      ...chart,
      'Chart.yaml': (chart['Chart.yaml'] ?? '').replace('3.1.0', '3.2.0'),
    });
    world.commit({
      'versions/qa.yaml': versions.replace('v2.1.0', 'v2.2.0').replace('3.1.0', '3.2.0'),
      'argocd/qa/appset-backend.yaml': set.replace('"3.1.0"', '"3.2.0"'),
    });
    const seen = (chartVersion: string, tag: string) => (): boolean => {
      const text = JSON.stringify(world.find('StatefulSet', 'dlt-node-alpha/backend') ?? {});
      return text.includes(`dlt-backend-${chartVersion}"`) && text.includes(`backend:${tag}"`);
    };
    const first = await firstTimes(world, 60_000, {
      newTagOnOldChart: seen('3.1.0', 'v2.2.0'),
      newTagOnNewChart: seen('3.2.0', 'v2.2.0'),
    });
    expect(first).toHaveProperty('newTagOnNewChart');
    expect(first['newTagOnOldChart']).toBeLessThan(first['newTagOnNewChart'] ?? 0);
  });
});

describe('the literal bootstrap command', { timeout: 120_000 }, () => {
  it('makes a root that marks itself for deletion', async () => {
    const world = await start();
    await world.apply(openProject(), {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'dlt-root-qa', namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: repository, path: 'argocd/qa' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'argocd' },
        syncPolicy: { automated: { prune: true, selfHeal: true } },
      },
    });
    await world.time.advance(60_000);
    expect(world.application('dlt-root-qa').metadata).toHaveProperty('deletionTimestamp');
  });
});

describe('the literal AppProjects', { timeout: 120_000 }, () => {
  const wednesdayMorning = Date.parse('2026-03-04T09:00:00Z');
  const wednesdayNight = Date.parse('2026-03-04T22:30:00Z');

  it('permits nothing', async () => {
    const world = await start();
    await world.apply(literalObject('projects/dlt-qa.yaml'), root());
    await world.time.advance(60_000);
    const { status } = world.application('dlt-root-qa');
    expect(status?.sync?.status).toBe('Unknown');
    const messages = (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`);
    expect(messages).toContainEqual(
      "InvalidSpecError: application repo https://gitlab.example.com/org/gitops-repo.git is not permitted in project 'dlt-qa'",
    );
    expect(world.all('ApplicationSet')).toHaveLength(0);
  });

  it.each([
    ['dlt-qa', wednesdayMorning],
    ['dlt-prod', wednesdayNight],
  ])('%s lets nothing sync, not even inside its allow window', async (name, startMs) => {
    const world = await start({ startMs, pollMs: 600_000 });
    const { spec } = literalObject(`projects/${name}.yaml`) as { spec: JsonObject };
    const project = openProject() as { spec: JsonObject };
    await world.apply({ ...project, spec: { ...project.spec, ...spec } }, root());
    await world.time.advance(120_000);
    const automatic = world.application('dlt-root-qa');
    expect(automatic.status?.sync?.status).toBe('OutOfSync');
    expect(automatic.status).not.toHaveProperty('operationState');
    await world.client.patch(
      world.resource('Application'),
      { namespace: 'argocd', name: 'dlt-root-qa' },
      { type: 'merge', patch: { operation: { initiatedBy: { username: 'operator' }, sync: {} } } },
    );
    await world.time.advance(24 * 3_600_000);
    expect(world.application('dlt-root-qa').status?.operationState).toMatchObject({
      phase: 'Running',
      message: 'Sync operation blocked by sync window',
    });
    expect(world.all('ApplicationSet')).toHaveLength(0);
  });
});

describe('the literal backup', { timeout: 120_000 }, () => {
  it('runs an image without a tag when somebody syncs it', async () => {
    const world = await startQa();
    await world.time.advance(60_000);
    await world.client.patch(
      world.resource('Application'),
      { namespace: 'argocd', name: 'dlt-backup-qa' },
      { type: 'merge', patch: { operation: { initiatedBy: { username: 'operator' }, sync: {} } } },
    );
    await world.time.advance(1000);
    const job = world.find('Job', 'dlt-ops/dlt-backup-qa-backup');
    expect(JSON.stringify(job)).toContain('"artifactory.example.com/tools/backup:"');
  });
});

describe('the literal pre-prod environment', { timeout: 120_000 }, () => {
  /** The specification: as QA, but with the policy that section 14 shows. */
  function manual(): Record<string, string> {
    const { syncPolicy } = literalObject('argocd/preprod/sync-policy.yaml');
    const entries = Object.entries(gitOpsRepository())
      .filter(([path]) => path.startsWith('argocd/'))
      .map(([path, text]) => {
        const object = parse(text) as { spec: JsonObject };
        const template = object.spec['template'] as { spec: JsonObject } | undefined;
        (template?.spec ?? object.spec)['syncPolicy'] = syncPolicy ?? null;
        return [path, JSON.stringify(object)] as const;
      });
    return Object.fromEntries(entries);
  }

  it('deploys nothing when the operator syncs the root, and is out of sync ever after', async () => {
    const files = manual();
    const world = await start({ files });
    await world.apply(openProject(), parse(files['argocd/qa/app-root.yaml'] ?? '') as JsonObject);
    await world.time.advance(30_000);
    expect(world.application('dlt-root-qa').status?.sync?.status).toBe('OutOfSync');
    expect(world.all('ApplicationSet')).toHaveLength(0);
    await world.client.patch(
      world.resource('Application'),
      { namespace: 'argocd', name: 'dlt-root-qa' },
      { type: 'merge', patch: { operation: { initiatedBy: { username: 'operator' }, sync: {} } } },
    );
    await world.time.advance(60_000);
    expect(world.application('dlt-root-qa').status?.operationState?.phase).toBe('Succeeded');
    expect(world.application('dlt-root-qa').status?.sync?.status).toBe('OutOfSync');
    expect(world.all('Application')).toHaveLength(1 + 2 + 4 * nodes.length);
    expect([...world.all('Deployment'), ...world.all('StatefulSet')]).toHaveLength(0);
    expect(jobsCreated(world)).toBe(0);
  });
});
