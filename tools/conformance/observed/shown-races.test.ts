import { describe, expect, test } from 'vitest';
import type { OperationRecord, Recording } from './recording.ts';
import { sampleRecording, sampleStep } from './sample-recording.ts';
import { shownRaces } from './shown-races.ts';

type Requests = Parameters<ReturnType<typeof shownRaces>['habits']['order']>[0];

function operation(
  results: readonly (readonly [name: string, status: string])[],
  more: OperationRecord = {},
): OperationRecord {
  const resources = results.map(([name, status]) => ({
    kind: 'ConfigMap',
    namespace: 'web',
    name,
    status,
    hookPhase: status === 'SyncFailed' ? 'Failed' : 'Running',
  }));
  return {
    phase: 'Succeeded',
    initiatedBy: { automated: true },
    operation: { sync: {} },
    syncResult: { resources },
    ...more,
  };
}

const partial = operation([['a', 'Synced']], {
  operation: { sync: { resources: [{ kind: 'ConfigMap', name: 'a' }] } },
});

function recordingOf(...steps: readonly (readonly OperationRecord[])[]): Recording {
  return {
    ...sampleRecording,
    steps: steps.map((operations) => ({ ...sampleStep, operations: { 'argocd/one': operations } })),
  };
}

function applying(...names: readonly string[]): Requests {
  return names.map((name) => ({
    do: 'apply',
    command: 'apply',
    target: {
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: 'web',
        annotations: { 'argocd.argoproj.io/tracking-id': `one:/ConfigMap:web/${name}` },
      },
    },
    live: undefined,
    dryRun: false,
    validate: true,
    force: false,
    serverSide: undefined,
  }));
}

function deleting(...names: readonly string[]): Requests {
  return names.map((name) => ({
    do: 'delete',
    version: 'v1',
    key: { group: '', kind: 'ConfigMap', namespace: 'web', name },
    propagation: 'Foreground',
  }));
}

describe('the order in which writes end', () => {
  const first = operation([
    ['b', 'Synced'],
    ['a', 'Synced'],
  ]);
  const second = operation([
    ['a', 'Synced'],
    ['b', 'Synced'],
    ['y', 'Pruned'],
    ['x', 'Pruned'],
  ]);
  const races = shownRaces(recordingOf([first], [second]));

  test('is that of the results of the operation that runs', () => {
    races.beginStep('shown');
    expect(races.habits.order(applying('a', 'b'))).toEqual([1, 0]);
    expect(races.habits.order(applying('a', 'c'))).toEqual([0, 1]);
    races.operationEnded('argocd/one', first);
    races.beginStep('shown');
    expect(races.habits.order(applying('a', 'b'))).toEqual([0, 1]);
    expect(races.habits.order(deleting('x', 'y'))).toEqual([1, 0]);
  });
});

describe('the pace of writes', () => {
  const full = operation([['a', 'Synced']]);
  const refused = operation(
    [
      ['bad', 'SyncFailed'],
      ['a', 'Synced'],
    ],
    { phase: 'Failed' },
  );

  test.each<readonly [string, Recording, number]>([
    ['quick when a partial operation follows at once', recordingOf([full, partial]), 20],
    ['quick when a failed operation did not see what it applied', recordingOf([refused]), 20],
    ['slow when nothing follows', recordingOf([full]), 150],
    ['slow when a partial operation follows in another step', recordingOf([full], [partial]), 150],
  ])('is %s', (_, recording, ms) => {
    const races = shownRaces(recording);
    races.beginStep('shown');
    expect(races.habits.durationMs(applying('a'))).toBe(ms);
    races.beginStep('quick');
    expect(races.habits.durationMs(applying('a'))).toBe(20);
    races.beginStep('slow');
    expect(races.habits.durationMs(applying('a'))).toBe(150);
  });

  test('is that of each operation in turn', () => {
    const races = shownRaces(recordingOf([full, partial, full]));
    races.beginStep('shown');
    expect(races.habits.durationMs(applying('a'))).toBe(20);
    races.operationEnded('argocd/one', full);
    races.operationEnded('argocd/one', partial);
    expect(races.habits.durationMs(applying('a'))).toBe(150);
  });
});
