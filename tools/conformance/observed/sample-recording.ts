import type { JsonObject } from '@tidegate/kube';
import type { Recording, RecordedStep } from './recording.ts';

function operation(message: string, more: JsonObject = {}): JsonObject {
  return {
    phase: 'Succeeded',
    message,
    initiatedBy: { automated: true },
    retryCount: 0,
    operation: { retry: { limit: 5 }, sync: { revision: '<c1>', ...more } },
    syncResult: {
      revision: '<c1>',
      resources: [
        { kind: 'ConfigMap', name: 'b', status: 'Synced', message: 'configmap/b created' },
        { kind: 'ConfigMap', name: 'a', status: 'Synced', message: 'configmap/a created' },
      ],
    },
  };
}

/** A full operation, and the one of self-heal that follows at once. */
export const fullOperation = operation('successfully synced (all tasks run)');
export const partialOperation = operation('successfully synced (all tasks run)', {
  resources: [{ kind: 'ConfigMap', name: 'a' }],
});

function stateOf({ syncResult, ...state }: JsonObject): JsonObject {
  void syncResult;
  return state;
}

function application(state: JsonObject): JsonObject {
  return {
    metadata: { annotations: {}, labels: {}, finalizers: [], ownerReferences: [] },
    status: {
      health: { status: 'Healthy' },
      history: [{ id: 0, revision: '<c1>' }],
      operationState: stateOf(state),
      sync: { status: 'Synced', revision: '<c1>' },
    },
  };
}

const name = 'Application/argocd/web';

const first: RecordedStep = {
  do: [{ apply: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } } }],
  lasts: 20,
  timeline: [
    { t: 0, object: 'Namespace/web', change: 'created' },
    { t: 0.8, object: name, change: 'created' },
    { t: 1, object: name, change: { sync: '', operation: true } },
    { t: 1.1, object: name, change: { sync: 'OutOfSync', health: 'Missing' } },
    { t: 1.2, object: name, change: { phase: 'Running', retryCount: 0 } },
    { t: 1.3, object: 'ConfigMap/web/a', change: 'created' },
    { t: 3.4, object: 'ConfigMap/web/b', change: 'created' },
    { t: 3.5, object: name, change: { operation: false, phase: 'Succeeded' } },
    { t: 3.5, object: name, change: { sync: 'Synced', health: 'Progressing' } },
    { t: 3.9, object: name, change: { health: 'Healthy' } },
    { t: 9, object: 'ConfigMap/web/a', change: 'deleting' },
    { t: 9, object: 'ConfigMap/web/a', change: 'deleted' },
  ],
  created: [[name, 'ConfigMap/web/a'], ['ConfigMap/web/b']],
  deleted: [['ConfigMap/web/a']],
  createdBy: { 'argocd/web': [['ConfigMap/web/a'], ['ConfigMap/web/b']] },
  operations: { 'argocd/web': [fullOperation] },
  after: { 'argocd/web': application(fullOperation) },
  live: { 'ConfigMap/web/b': { data: { value: '1' } }, 'Namespace/web': {} },
};

/** A small recording of one step, with all that a judge looks at. */
export const sampleRecording: Recording = {
  name: 'sample',
  title: 'A sample.',
  settings: {
    reconciliationSeconds: 10,
    waveDelaySeconds: 2,
    appsetRequeueSeconds: 5,
    repoErrorGraceSeconds: 180,
    argocdCm: {},
  },
  steps: [first],
};

/** The recording with other observations in its step. */
export function sampleWith(
  change: Partial<RecordedStep>,
  notDeterministic: readonly string[] = [],
): Recording {
  return { ...sampleRecording, notDeterministic, steps: [{ ...first, ...change }] };
}

export { first as sampleStep, application as sampleApplication };
