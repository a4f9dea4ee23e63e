import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appliedHook,
  FakeCluster,
  fakeStep,
  fakeTermination,
  testObject,
  type FakeStep,
} from './fake-cluster.ts';
import type { KubeObject } from './kube-object.ts';
import type { HealthAnswer } from './sync-input.ts';
import { newSyncState, type SyncState } from './sync-state.ts';

/** Steps until the operation is over, or for a number of turns. */
function runSync(cluster: FakeCluster, step: FakeStep, turns = 50): SyncState {
  let state = newSyncState;
  for (let turn = 0; turn < turns && state.phase === 'Running'; turn += 1) {
    state = fakeStep(state, cluster, step);
  }
  return state;
}

const healthOf =
  (health: Readonly<Record<string, string>>) =>
  ({ metadata }: KubeObject): HealthAnswer => {
    const status = health[metadata?.name ?? ''];
    return status === undefined ? undefined : { status, message: `${status} now` };
  };

describe('a sync', () => {
  it('applies all at once where nothing asks for more, and does not wait', () => {
    const cluster = new FakeCluster();
    const targets = [testObject('Pod', 'pod'), testObject('ConfigMap', 'config')];
    const state = fakeStep(newSyncState, cluster, {
      targets,
      health: healthOf({ pod: 'Missing' }),
    });
    expect(state).toMatchObject({
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      reason: { kind: 'succeeded', lastWaveAwaited: false },
    });
    expect(cluster.log).toStrictEqual(['apply config', 'apply pod', 'Sync 0 final']);
    expect(
      state.results.map(({ name, status, hookPhase, message }) => [
        name,
        status,
        hookPhase,
        message,
      ]),
    ).toStrictEqual([
      ['config', 'Synced', 'Running', 'config applied'],
      ['pod', 'Synced', 'Running', 'pod applied'],
    ]);
  });

  it('waits for each wave but the last', () => {
    const cluster = new FakeCluster();
    const targets = [
      testObject('Gate', 'first', { 'sync-wave': '-1' }),
      testObject('Gate', 'second'),
    ];
    const health: Record<string, string> = { first: 'Progressing', second: 'Progressing' };
    const step = { targets, health: healthOf(health) };
    let state = fakeStep(newSyncState, cluster, step);
    state = fakeStep(state, cluster, step);
    expect(state.phase).toBe('Running');
    expect(state.message).toBe('waiting for healthy state of /Gate/first');
    expect(state.reason).toMatchObject({ for: 'health', at: { phase: 'Sync', wave: -1 } });
    expect(cluster.log).toStrictEqual(['apply first', 'Sync -1']);
    health['first'] = 'Healthy';
    state = fakeStep(state, cluster, step);
    expect(state.phase).toBe('Succeeded');
    expect(cluster.log.slice(2)).toStrictEqual(['apply second', 'Sync 0 final']);
  });

  it.each(['Suspended', 'Unknown', 'Missing'])(
    'goes on waiting while an object is %s',
    (status) => {
      const targets = [testObject('Gate', 'a'), testObject('Gate', 'b', { 'sync-wave': '1' })];
      const state = runSync(new FakeCluster(), { targets, health: healthOf({ a: status }) }, 9);
      expect(state).toMatchObject({ phase: 'Running', results: [{ hookPhase: 'Running' }] });
    },
  );

  it('fails where an object is Degraded, and applies no later wave', () => {
    const cluster = new FakeCluster();
    const targets = [testObject('Gate', 'a'), testObject('Gate', 'b', { 'sync-wave': '1' })];
    const state = runSync(cluster, { targets, health: healthOf({ a: 'Degraded' }) });
    expect(state.message).toBe('one or more synchronization tasks completed unsuccessfully');
    expect(state).toMatchObject({ phase: 'Failed', results: [{ hookPhase: 'Failed' }] });
    expect(cluster.log).not.toContain('apply b');
  });

  it('fails where what it waits for was deleted', () => {
    const cluster = new FakeCluster();
    const targets = [testObject('Gate', 'a'), testObject('Gate', 'b', { 'sync-wave': '1' })];
    const step = { targets, health: healthOf({ a: 'Progressing' }) };
    let state = fakeStep(newSyncState, cluster, step);
    cluster.objects.clear();
    state = fakeStep(state, cluster, step);
    expect(state.phase).toBe('Running');
    state = fakeStep(state, cluster, step);
    expect(state.message).toBe(
      'one or more synchronization tasks completed unsuccessfully, reason: ' +
        'Resource /Gate/a is missing, it might have been deleted',
    );
  });

  it('runs hooks before and after, and waits for them', () => {
    const cluster = new FakeCluster();
    const targets = [
      testObject('Job', 'before', { hook: 'PreSync' }),
      testObject('ConfigMap', 'config'),
      testObject('Job', 'after', { hook: 'PostSync', 'hook-delete-policy': 'HookSucceeded' }),
    ];
    const state = runSync(cluster, { targets, health: healthOf({ after: 'Healthy' }) });
    expect(state).toMatchObject({ phase: 'Succeeded', reason: { lastWaveAwaited: true } });
    expect(cluster.log).toStrictEqual([
      'apply before',
      'PreSync 0',
      'apply config',
      'Sync 0',
      'apply after',
      'PostSync 0 final',
      'delete after',
    ]);
    expect(
      state.results.map(({ name, hookType, message }) => [name, hookType, message]),
    ).toStrictEqual([
      ['before', 'PreSync', 'before created'],
      ['config', '', 'config applied'],
      ['after', 'PostSync', 'Healthy now'],
    ]);
  });

  it('deletes the hook of an earlier run first, and creates it with the next step', () => {
    const hook = testObject('Job', 'task', { hook: 'Sync' });
    const cluster = new FakeCluster([appliedHook(hook)]);
    let state = fakeStep(newSyncState, cluster, { targets: [hook] });
    expect(state.message).toBe('waiting for deletion of hook /Job/task');
    expect(cluster.log[0]).toBe('delete task');
    state = fakeStep(state, cluster, { targets: [hook] });
    expect(cluster.log).toContain('apply task');
    expect(state.message).toBe('waiting for completion of hook /Job/task');
  });

  it('runs SyncFail hooks after a failure, and then fails', () => {
    const cluster = new FakeCluster();
    cluster.refusals.set('bad', 'not like that');
    const targets = [
      testObject('ConfigMap', 'bad'),
      testObject('Job', 'clean-up', { hook: 'SyncFail' }),
    ];
    let state = fakeStep(newSyncState, cluster, { targets });
    expect(state.message).toBe('waiting for completion of hook /Job/clean-up');
    state = runFrom(state, cluster, { targets });
    expect(state).toMatchObject({
      phase: 'Failed',
      message: 'one or more synchronization tasks completed unsuccessfully, reason: not like that',
    });
  });

  it('prunes in reverse, only where it may, and says so', () => {
    const old = [
      testObject('Pod', 'one', { 'sync-wave': '1' }),
      testObject('Pod', 'two', { 'sync-wave': '2' }),
      testObject('Pod', 'kept', { 'sync-options': 'Prune=false' }),
    ];
    const cluster = new FakeCluster(old);
    const state = runSync(cluster, { targets: [] });
    expect(cluster.log.filter((line) => line.startsWith('delete'))).toStrictEqual([
      'delete two',
      'delete one',
    ]);
    expect(state.results.map(({ name, status }) => [name, status])).toStrictEqual([
      ['two', 'Pruned'],
      ['one', 'Pruned'],
      ['kept', 'PruneSkipped'],
    ]);
    const without = runSync(new FakeCluster(old), { targets: [], settings: { prune: false } });
    expect(new Set(without.results.map(({ message }) => message))).toStrictEqual(
      new Set(['ignored (requires pruning)']),
    );
  });

  it('waits for a person where pruning has to be confirmed', () => {
    const cluster = new FakeCluster([
      testObject('Pod', 'old', { 'sync-options': 'Prune=confirm' }),
    ]);
    const state = runSync(cluster, { targets: [] }, 3);
    expect(state.message).toBe('waiting for pruning confirmation of /Pod/old');
    expect(state.reason).toMatchObject({ for: 'pruneConfirmation' });
    const confirmed = fakeStep(state, cluster, { targets: [], settings: { pruneConfirmed: true } });
    expect(confirmed.phase).toBe('Succeeded');
  });

  it('writes nothing in a dry run', () => {
    const cluster = new FakeCluster([testObject('Pod', 'old')]);
    const targets = [testObject('ConfigMap', 'new')];
    const state = runSync(cluster, { targets, settings: { dryRun: true } });
    expect(cluster.log.filter((line) => !line.startsWith('Sync'))).toStrictEqual([]);
    expect(
      state.results.map(({ status, hookPhase, message }) => [status, hookPhase, message]),
    ).toStrictEqual([
      ['Pruned', 'Succeeded', 'pruned (dry run)'],
      ['Synced', 'Succeeded', ''],
    ]);
  });

  it('refuses what the project forbids before anything is written', () => {
    const cluster = new FakeCluster();
    const forbidden = ({ metadata }: KubeObject): string | undefined =>
      metadata?.name === 'bad' ? 'bad is not permitted' : undefined;
    const targets = [testObject('ConfigMap', 'good'), testObject('ConfigMap', 'bad')];
    const state = fakeStep(newSyncState, cluster, { targets, more: { forbidden } });
    expect(state).toMatchObject({
      phase: 'Failed',
      message: 'one or more synchronization tasks are not valid: bad is not permitted',
      reason: { kind: 'invalidTasks', errors: ['bad is not permitted'] },
    });
    expect(cluster.log).toStrictEqual([]);
  });

  it('applies a kind that comes with its definition', () => {
    const cluster = new FakeCluster();
    cluster.unknownKinds.add('Gate');
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gates' },
      spec: { group: '', names: { kind: 'Gate' } },
    };
    const gate = testObject('Gate', 'gate');
    expect(runSync(cluster, { targets: [crd, gate] }).phase).toBe('Succeeded');
    expect(runSync(cluster, { targets: [gate] })).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('the server could not find the resource') as string,
    });
  });

  it('creates the namespace before anything is checked', () => {
    const cluster = new FakeCluster();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } };
    const createNamespace = (live?: KubeObject): { object: KubeObject } | undefined =>
      live === undefined ? { object: namespace } : undefined;
    const state = runSync(cluster, {
      targets: [testObject('ConfigMap', 'config')],
      more: { createNamespace },
    });
    expect(state.phase).toBe('Succeeded');
    expect(cluster.log.slice(0, 1)).toStrictEqual(['apply ns']);
    expect(state.results.map(({ name, syncPhase }) => [name, syncPhase])).toStrictEqual([
      ['ns', 'PreSync'],
      ['config', 'Sync'],
    ]);
  });

  it('leaves out what is as wanted with ApplyOutOfSyncOnly', () => {
    const [same, other] = [testObject('ConfigMap', 'same'), testObject('ConfigMap', 'other')];
    const cluster = new FakeCluster([same, other]);
    const state = runSync(cluster, {
      targets: [same, other],
      settings: { applyOutOfSyncOnly: true },
      more: { modified: ({ name }) => name === 'other' },
    });
    expect(state.results.map(({ name }) => name)).toStrictEqual(['other']);
  });

  it('is limited to selected objects', () => {
    const cluster = new FakeCluster();
    const targets = [testObject('ConfigMap', 'a'), testObject('ConfigMap', 'b')];
    runSync(cluster, { targets, more: { selected: ({ name }) => name === 'b' } });
    expect(cluster.log).toStrictEqual(['apply b', 'Sync 0 final']);
  });
});

function runFrom(state: SyncState, cluster: FakeCluster, step: FakeStep): SyncState {
  let next = state;
  for (let turn = 0; turn < 20 && next.phase === 'Running'; turn += 1) {
    next = fakeStep(next, cluster, step);
  }
  return next;
}

describe('terminating a sync', () => {
  it('stops hooks that run, and keeps the results of the others', () => {
    const cluster = new FakeCluster();
    const targets = [
      testObject('Job', 'done', { hook: 'PreSync' }),
      testObject('Job', 'running', { hook: 'PreSync' }),
    ];
    const health = healthOf({ done: 'Healthy', running: 'Progressing' });
    let state = fakeStep(newSyncState, cluster, { targets, health });
    state = fakeStep(state, cluster, { targets, health });
    const ended = fakeTermination(state, cluster, { targets, health });
    expect(ended).toMatchObject({ phase: 'Failed', message: 'Operation terminated' });
    expect(
      ended.results.map(({ name, hookPhase, message }) => [name, hookPhase, message]),
    ).toStrictEqual([
      ['done', 'Succeeded', 'Healthy now'],
      ['running', 'Failed', 'Terminated'],
    ]);
    expect(cluster.log.at(-1)).toBe('delete running');
  });
});

describe('any sync whose objects become healthy', () => {
  const objects = fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('ConfigMap', 'Pod', 'Gate'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      wave: fc.integer({ min: -2, max: 2 }),
    }),
    { selector: ({ kind, name }) => `${kind}/${name}` },
  );

  it('applies every object once, wave after wave, and ends', () => {
    fc.assert(
      fc.property(objects, (shapes) => {
        const cluster = new FakeCluster();
        const targets = shapes.map(({ kind, name, wave }) =>
          testObject(kind, `${kind}-${name}`, { 'sync-wave': String(wave) }),
        );
        const state = runSync(cluster, { targets, health: () => ({ status: 'Healthy' }) });
        expect(state.phase).toBe('Succeeded');
        const applied = cluster.log.filter((line) => line.startsWith('apply'));
        expect(applied).toHaveLength(shapes.length);
        const waves = applied.map(
          (line) => shapes.find(({ kind, name }) => line === `apply ${kind}-${name}`)?.wave ?? 0,
        );
        expect(waves).toStrictEqual([...waves].sort((a, b) => a - b));
      }),
    );
  });

  it('comes to the same end when a step is repeated from its state', () => {
    fc.assert(
      fc.property(objects, (shapes) => {
        const targets = shapes.map(({ kind, name, wave }) =>
          testObject(kind, `${kind}-${name}`, { 'sync-wave': String(wave) }),
        );
        const step = { targets, health: () => ({ status: 'Healthy' }) };
        const [one, other] = [new FakeCluster(), new FakeCluster()];
        expect(fakeStep(newSyncState, one, step)).toStrictEqual(
          fakeStep(newSyncState, other, step),
        );
      }),
    );
  });
});
