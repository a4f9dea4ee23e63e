import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf, type KubeObject } from './kube-object.ts';
import { setPruneWaves } from './prune-waves.ts';
import type { SyncPhase } from './sync-state.ts';
import { firstStage, isMultiStage, orderTasks } from './task-order.ts';
import { newTask, objectOf, taskWave, type SyncTask } from './tasks.ts';

function object(kind: string, name: string, extra: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...extra };
}

function inWave(kind: string, name: string, wave: number): KubeObject {
  const annotations = { 'argocd.argoproj.io/sync-wave': String(wave) };
  return { apiVersion: 'v1', kind, metadata: { name, annotations } };
}

const names = (tasks: readonly SyncTask[]): string[] => tasks.map((one) => nameOf(objectOf(one)));
const sync = (target: KubeObject, phase: SyncPhase = 'Sync'): SyncTask =>
  newTask(phase, target, undefined);

describe('order of tasks', () => {
  it('goes by phase, wave, kind and name', () => {
    const tasks = [
      sync(object('Gate', 'custom')),
      sync(object('Service', 'b')),
      sync(object('Service', 'a')),
      sync(inWave('ConfigMap', 'late', 2)),
      sync(object('Secret', 'secret')),
      sync(object('Job', 'after'), 'PostSync'),
      sync(object('Job', 'before'), 'PreSync'),
      sync(object('Job', 'failed'), 'SyncFail'),
      sync(inWave('Pod', 'early', -1)),
    ];
    expect(names(orderTasks(tasks))).toStrictEqual([
      'before',
      'early',
      'secret',
      'a',
      'b',
      'custom',
      'late',
      'after',
      'failed',
    ]);
  });

  it('moves a namespace before what is in it, into its phase and wave', () => {
    const pod = { ...inWave('Pod', 'pod', -2), metadata: { name: 'pod', namespace: 'ns' } };
    const tasks = [sync(object('Namespace', 'ns')), sync(pod, 'PreSync')];
    const [first] = orderTasks(tasks);
    expect(first).toMatchObject({ phase: 'PreSync' });
    expect(first === undefined ? '' : nameOf(objectOf(first))).toBe('ns');
  });

  it('moves a definition before objects of its kind', () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gates', annotations: { 'argocd.argoproj.io/sync-wave': '3' } },
      spec: { group: 'example.dev', names: { kind: 'Gate' } },
    };
    const gate = { apiVersion: 'example.dev/v1', kind: 'Gate', metadata: { name: 'gate' } };
    const ordered = orderTasks([sync(crd), sync(gate)]);
    expect(names(ordered)).toStrictEqual(['gates', 'gate']);
    expect(ordered.map(taskWave)).toStrictEqual([0, 0]);
  });

  it('keeps all tasks, in stages that never go back', () => {
    const phases: SyncPhase[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail'];
    const task = fc
      .record({
        phase: fc.constantFrom(...phases),
        kind: fc.constantFrom('Pod', 'Service', 'Gate', 'ConfigMap'),
        name: fc.string({ maxLength: 3 }),
        wave: fc.integer({ min: -3, max: 3 }),
      })
      .map(({ phase, kind, name, wave }) => sync(inWave(kind, name, wave), phase));
    fc.assert(
      fc.property(fc.array(task), (tasks) => {
        const ordered = orderTasks(tasks);
        expect(new Set(ordered)).toStrictEqual(new Set(tasks));
        const stages = ordered.map((one) => [phases.indexOf(one.phase), taskWave(one)] as const);
        for (const [index, [phase, wave]] of stages.entries()) {
          const before = stages[index - 1];
          if (before === undefined) continue;
          expect(before[0] < phase || (before[0] === phase && before[1] <= wave)).toBe(true);
        }
      }),
    );
  });

  it('tells the first stage, and whether there are several', () => {
    expect(firstStage([])).toBeUndefined();
    expect(isMultiStage([])).toBe(false);
    const [one, other] = [sync(inWave('Pod', 'a', 1)), sync(inWave('Pod', 'b', 2))];
    expect(firstStage([one])).toStrictEqual({ phase: 'Sync', wave: 1 });
    expect(isMultiStage([one])).toBe(false);
    expect(isMultiStage([one, other])).toBe(true);
  });
});

describe('waves of pruned objects', () => {
  const prune = (name: string, wave: number, options = ''): SyncTask => {
    const object = inWave('Pod', name, wave);
    const annotations = {
      ...object.metadata?.annotations,
      'argocd.argoproj.io/sync-options': options,
    };
    const metadata = { ...object.metadata, annotations };
    return newTask('Sync', undefined, { ...object, metadata });
  };

  it('are mirrored among themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 })), (waves) => {
        const tasks = waves.map((wave, index) => prune(`p${index}`, wave));
        setPruneWaves(tasks, false);
        const distinct = [...new Set(waves)].sort((a, b) => a - b);
        for (const [index, wave] of waves.entries()) {
          const mirror = distinct[distinct.length - 1 - distinct.indexOf(wave)];
          expect(tasks.slice(index, index + 1).map(taskWave)).toStrictEqual([mirror]);
        }
      }),
    );
  });

  it('come after everything with PruneLast, even below wave 0', () => {
    const tasks = [sync(inWave('Pod', 'kept', -5)), prune('old', -7)];
    setPruneWaves(tasks, true);
    expect(tasks.map(taskWave)).toStrictEqual([-5, 1]);
  });

  it('come last for single objects that ask for it', () => {
    const tasks = [sync(inWave('Pod', 'kept', 2)), prune('a', 0), prune('b', 1, 'PruneLast=true')];
    setPruneWaves(tasks, false);
    expect(tasks.map(taskWave)).toStrictEqual([2, 1, 3]);
  });
});
