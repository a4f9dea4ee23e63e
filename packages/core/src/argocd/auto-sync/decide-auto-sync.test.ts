import { describe, expect, it } from 'vitest';
import { lastAttempt } from './already-attempted.ts';
import type { OperatedApplication, OperationState } from './application.ts';
import { decideAutoSync, type AutoSyncInput } from './decide-auto-sync.ts';
import { defaultSelfHeal } from './self-heal.ts';

const source = { repoURL: 'https://git.example/a.git', path: '.' };
const now = Date.parse('2026-03-04T10:00:00Z');

function application(
  automated: NonNullable<OperatedApplication['spec']['syncPolicy']>['automated'],
  state?: Partial<OperationState>,
): OperatedApplication {
  const operationState: OperationState | undefined =
    state === undefined
      ? undefined
      : {
          operation: { sync: {} },
          phase: 'Succeeded',
          startedAt: '2026-03-04T09:00:00Z',
          finishedAt: '2026-03-04T09:00:10Z',
          syncResult: { revision: 'old', source },
          ...state,
        };
  return {
    spec: { source, syncPolicy: automated === undefined ? {} : { automated } },
    ...(operationState === undefined ? {} : { status: { operationState } }),
  };
}

function input(more: Partial<AutoSyncInput> = {}): AutoSyncInput {
  return {
    status: { status: 'OutOfSync', revision: 'new' },
    resources: [{ kind: 'Pod', name: 'pod', status: 'OutOfSync' }],
    compareRevisions: true,
    selfHeal: defaultSelfHeal,
    nowMilliseconds: now,
    ...more,
  };
}

const atOld = { status: { status: 'OutOfSync', revision: 'old' } };

describe('automated sync', () => {
  it('starts for a new revision, with five retries', () => {
    expect(decideAutoSync(application({}, {}), input())).toStrictEqual({
      do: 'sync',
      reason: 'newRevision',
      operation: {
        sync: { revision: 'new', source },
        initiatedBy: { automated: true },
        retry: { limit: 5 },
      },
    });
  });

  it('starts when nothing is known of an operation', () => {
    expect(decideAutoSync(application({}), input(atOld))).toMatchObject({ do: 'sync' });
  });

  it("takes over the Application's prune, options and retry", () => {
    const base = application({ prune: true }, {});
    const syncPolicy = {
      automated: { prune: true },
      syncOptions: ['CreateNamespace=true'],
      retry: { limit: 0 },
    };
    const decision = decideAutoSync({ ...base, spec: { source, syncPolicy } }, input());
    expect(decision).toMatchObject({
      operation: {
        sync: { prune: true, syncOptions: ['CreateNamespace=true'] },
        retry: { limit: 0 },
      },
    });
  });

  it.each([
    ['notAutomated', application(undefined, {}), input()],
    ['notAutomated', application({ enabled: false }, {}), input()],
    ['operationInProgress', { ...application({}, {}), operation: {} }, input()],
    [
      'deletionInProgress',
      { ...application({}, {}), metadata: { deletionTimestamp: '2026-03-04T10:00:00Z' } },
      input(),
    ],
    ['notOutOfSync', application({}, {}), input({ status: { status: 'Unknown' } })],
    [
      'pruningOnlyButDisabled',
      application({}, {}),
      input({
        resources: [
          { kind: 'Pod', name: 'a', status: 'OutOfSync', requiresPruning: true },
          { kind: 'Pod', name: 'b', status: 'Synced' },
        ],
      }),
    ],
    ['alreadySynced', application({}, {}), input(atOld)],
  ] as const)('does nothing: %s', (reason, app, given) => {
    expect(decideAutoSync(app, given)).toStrictEqual({
      do: 'nothing',
      reason,
      condition: undefined,
    });
  });

  it('does not try a revision again that failed, and says so', () => {
    const app = application({ selfHeal: true }, { phase: 'Failed', message: 'it broke' });
    expect(decideAutoSync(app, input(atOld))).toStrictEqual({
      do: 'nothing',
      reason: 'lastAttemptFailed',
      condition: { type: 'SyncError', message: 'Failed last sync attempt to [old]: it broke' },
    });
  });

  it('does not delete everything unless that is allowed', () => {
    const resources = [{ kind: 'Pod', name: 'pod', status: 'OutOfSync', requiresPruning: true }];
    expect(decideAutoSync(application({ prune: true }, {}), input({ resources }))).toMatchObject({
      reason: 'wouldDeleteEverything',
      condition: {
        message: 'Skipping sync attempt to [new]: auto-sync will wipe out all resources',
      },
    });
    const allowed = application({ prune: true, allowEmpty: true }, {});
    expect(decideAutoSync(allowed, input({ resources }))).toMatchObject({ do: 'sync' });
  });

  it('heals what was changed: only the objects that differ, after a while', () => {
    const healed = { operation: { sync: { autoHealAttemptsCount: 2 } } };
    const resources = [
      { kind: 'Pod', name: 'pod', status: 'OutOfSync' },
      { kind: 'ConfigMap', name: 'same', status: 'Synced' },
      { group: 'apps', kind: 'Deployment', name: 'web', status: 'OutOfSync' },
    ];
    const app = application({ selfHeal: true }, { ...healed, finishedAt: '2026-03-04T09:59:58Z' });
    expect(decideAutoSync(app, input({ ...atOld, resources }))).toStrictEqual({
      do: 'wait',
      milliseconds: 4000,
    });
    const later = input({ ...atOld, resources, nowMilliseconds: now + 4000 });
    expect(decideAutoSync(app, later)).toMatchObject({
      do: 'sync',
      reason: 'selfHeal',
      operation: {
        sync: {
          autoHealAttemptsCount: 3,
          resources: [
            { kind: 'Pod', name: 'pod' },
            { group: 'apps', kind: 'Deployment', name: 'web' },
          ],
        },
      },
    });
  });

  it('takes several sources with a revision each', () => {
    const sources = [source, { ...source, ref: 'values' }];
    const app: OperatedApplication = { spec: { sources, syncPolicy: { automated: {} } } };
    const status = { status: 'OutOfSync', revisions: ['a', 'b'] };
    expect(decideAutoSync(app, input({ status }))).toMatchObject({
      operation: { sync: { sources, revisions: ['a', 'b'] } },
    });
  });
});

describe('the last attempt', () => {
  it.each([
    ['noResult', { syncResult: null, phase: 'Error' }, ['old'], true],
    ['noResult', { syncResult: null, phase: 'Running' }, ['old'], false],
    ['otherRevision', {}, ['new'], false],
    ['sameRevisionAndSource', {}, ['old'], true],
    ['otherSource', { syncResult: { revision: 'old', source: {} } }, ['old'], false],
  ] as const)('%s: %j at %j', (because, state, desired, attempted) => {
    const result = lastAttempt(application({}, state), desired, true);
    expect(result).toMatchObject({ because, attempted });
  });

  it('stands for every revision where those are not compared', () => {
    const result = lastAttempt(application({}, {}), ['new'], false);
    expect(result).toMatchObject({ because: 'sameRevisionAndSource', attempted: true });
  });

  it('takes a source with an empty list for another than one without', () => {
    const withEmpty = { ...source, helm: { valueFiles: [] } };
    const app = { ...application({}, {}), spec: { source: withEmpty } };
    const at = (result: NonNullable<OperationState['syncResult']>): OperatedApplication => ({
      ...app,
      status: { operationState: { ...baseState, syncResult: result } },
    });
    expect(
      lastAttempt(at({ revision: 'r', source: { ...source, helm: {} } }), ['r'], true).attempted,
    ).toBe(false);
    const zeros = {
      ...withEmpty,
      targetRevision: '',
      helm: { ...withEmpty.helm, skipCrds: false },
    };
    expect(lastAttempt(at({ revision: 'r', source: zeros }), ['r'], true).attempted).toBe(true);
  });
});

const baseState: OperationState = {
  operation: { sync: {} },
  phase: 'Succeeded',
  startedAt: '2026-03-04T09:00:00Z',
};
