import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperatedApplication, OperationState } from './application.ts';
import { isRemembered, withDeployment } from './history.ts';
import {
  blockedByWindow,
  finishAttempt,
  projectMissing,
  startAttempt,
  timeText,
  type AttemptReason,
} from './operation.ts';
import { mayRetry, retryDelay } from './retry.ts';
import { selfHealWait } from './self-heal.ts';
import {
  isDeletionConfirmed,
  newSyncResult,
  selectionOf,
  syncSettingsOf,
} from './sync-settings.ts';

const now = Date.parse('2026-03-04T12:34:56.789Z');
const timing = { nowMilliseconds: now, timeoutMilliseconds: 0 };
const ago = (seconds: number): string => timeText(now - seconds * 1000);

function withState(state: Partial<OperationState>): OperatedApplication {
  const operation = { sync: { revision: 'abc' }, retry: { limit: 3 } };
  const full: OperationState = { operation, phase: 'Running', startedAt: ago(100), ...state };
  return { spec: {}, operation, status: { operationState: full } };
}

describe('an attempt', () => {
  it('begins with a requested operation', () => {
    expect(startAttempt({ spec: {} }, timing)).toStrictEqual({ do: 'nothing' });
    const operation = { sync: {} };
    expect(startAttempt({ spec: {}, operation }, timing)).toStrictEqual({
      do: 'run',
      why: 'new',
      changed: true,
      state: { operation, phase: 'Running', startedAt: '2026-03-04T12:34:56Z' },
    });
    const over = withState({ phase: 'Failed' });
    expect(startAttempt(over, timing)).toMatchObject({ why: 'new' });
  });

  it('goes on with the state that is there, whatever is requested by now', () => {
    const application = { ...withState({}), operation: { sync: { revision: 'other' } } };
    expect(startAttempt(application, timing)).toMatchObject({
      why: 'resumed',
      changed: false,
      state: { operation: { sync: { revision: 'abc' } } },
    });
  });

  it('ends an operation that runs too long', () => {
    const late = { ...timing, timeoutMilliseconds: 60_000 };
    expect(startAttempt(withState({}), late)).toMatchObject({
      why: 'timedOut',
      changed: true,
      state: { phase: 'Terminating', message: 'operation is terminating due to timeout' },
    });
    expect(startAttempt(withState({ startedAt: ago(59) }), late)).toMatchObject({ why: 'resumed' });
    expect(startAttempt(withState({ phase: 'Terminating' }), late)).toMatchObject({
      why: 'terminating',
    });
  });

  it('is retried when its time has come, without what came of the last one', () => {
    const failed = { finishedAt: ago(9), retryCount: 1, syncResult: { revision: 'abc' } };
    expect(startAttempt(withState(failed), timing)).toStrictEqual({
      do: 'wait',
      milliseconds: 211,
    });
    const due = startAttempt(withState({ ...failed, finishedAt: ago(10) }), timing);
    expect(due).toStrictEqual({
      do: 'run',
      why: 'retry',
      changed: true,
      state: {
        operation: { sync: { revision: 'abc' }, retry: { limit: 3 } },
        phase: 'Running',
        startedAt: ago(100),
        retryCount: 1,
        message: 'Retrying operation. Attempt #1',
      },
    });
  });

  it('is retried with the latest revisions where it says so', () => {
    const operation = {
      sync: { revision: 'abc', prune: true },
      retry: { limit: 3, refresh: true },
    };
    const start = startAttempt(withState({ operation, finishedAt: ago(99) }), timing);
    expect(start).toMatchObject({
      state: {
        operation: { sync: { prune: true } },
        message: 'Retrying operation with latest revisions. Attempt #0',
      },
    });
    expect(start.do === 'run' ? start.state.operation.sync : undefined).toStrictEqual({
      prune: true,
    });
  });

  it('ends where it cannot be retried as it says', () => {
    const operation = { sync: {}, retry: { limit: 1, backoff: { duration: 'soon' } } };
    expect(startAttempt(withState({ operation, finishedAt: ago(1) }), timing)).toMatchObject({
      do: 'end',
      state: { phase: 'Error', message: 'unable to parse soon as a duration' },
    });
  });
});

describe('the end of an attempt', () => {
  const state = (retryCount: number): OperationState => ({
    operation: { retry: { limit: 2 } },
    phase: 'Running',
    startedAt: ago(5),
    retryCount,
  });
  const finish = (why: AttemptReason, retryCount = 0, phase: 'Failed' | 'Succeeded' = 'Failed') =>
    finishAttempt(state(retryCount), { phase, message: 'done' }, { why, nowMilliseconds: now });

  it.each([
    ['resumed', 0, 'Running', 'done. Retrying attempt #1 at 12:35PM.'],
    ['retry', 1, 'Running', 'done. Retrying attempt #2 at 12:35PM.'],
    ['retry', 2, 'Failed', 'done (retried 2 times).'],
    ['terminating', 0, 'Failed', 'done'],
    ['timedOut', 0, 'Failed', 'done, triggered by controller sync timeout'],
    ['timedOut', 1, 'Failed', 'done, triggered by controller sync timeout (retried 1 times).'],
  ] as const)('%s, %i retries: %s', (why, retries, phase, message) => {
    const state = { phase, message, finishedAt: timeText(now) };
    expect(finish(why, retries)).toMatchObject({ over: phase === 'Failed', state });
  });

  it('leaves success as it is', () => {
    expect(finish('retry', 1, 'Succeeded')).toMatchObject({
      over: true,
      state: { phase: 'Succeeded', message: 'done' },
    });
  });

  it('says where a window or a missing project stands in the way', () => {
    expect(blockedByWindow(state(0), 'bad schedule').message).toBe(
      'Sync operation blocked by sync window: bad schedule',
    );
    const terminating = { ...state(0), phase: 'Terminating', message: 'ending' } as const;
    expect(blockedByWindow(terminating)).toStrictEqual({ phase: 'Terminating', message: 'ending' });
    expect(projectMissing('gone')).toStrictEqual({
      phase: 'Error',
      message: 'Failed to load application project: gone',
    });
  });
});

describe('delays', () => {
  it('of retries grow up to their limit', () => {
    const strategy = fc.record({
      duration: fc.constantFrom('', '1', '2s', '1m'),
      factor: fc.integer({ min: 1, max: 4 }),
      maxDuration: fc.constantFrom('', '30', '10m'),
    });
    fc.assert(
      fc.property(strategy, fc.nat({ max: 60 }), (backoff, retries) => {
        const [one, next] = [
          retryDelay({ backoff }, retries),
          retryDelay({ backoff }, retries + 1),
        ];
        const wait = 'milliseconds' in one ? one.milliseconds : NaN;
        expect('milliseconds' in next ? next.milliseconds : NaN).toBeGreaterThanOrEqual(wait);
        expect(wait).toBeLessThanOrEqual(600_000);
      }),
    );
  });

  it('of retries can be without limit', () => {
    const backoff = { duration: '1h', maxDuration: '0' };
    expect(retryDelay({ backoff }, 3)).toStrictEqual({ milliseconds: 8 * 3_600_000 });
    expect(mayRetry({ limit: -1 }, 1000)).toBe(true);
    expect(mayRetry(undefined, 0)).toBe(false);
  });

  it('of self-heal can be fixed', () => {
    expect(selfHealWait({ timeoutMilliseconds: 5000 }, 7, 2000)).toBe(3000);
    expect(selfHealWait({ timeoutMilliseconds: 0 }, 7, undefined)).toBe(0);
  });
});

describe('what an operation asks for', () => {
  const sync = { prune: true, syncOptions: ['Replace=true', 'Prune=confirm', 'Validate=false'] };

  it('becomes settings of the sync', () => {
    expect(syncSettingsOf(sync, { spec: {} }, ago(1))).toMatchObject({
      prune: true,
      replace: true,
      validate: false,
      pruneOption: 'confirm',
      skipHooks: false,
      propagation: 'Foreground',
    });
    const partial = { resources: [{ kind: 'Pod', name: 'a' }] };
    expect(syncSettingsOf(partial, { spec: {} }, ago(1)).skipHooks).toBe(true);
    const strategy = { syncStrategy: { apply: { force: true } } };
    expect(syncSettingsOf(strategy, { spec: {} }, ago(1))).toMatchObject({
      skipHooks: true,
      force: true,
    });
    const orphan = { syncOptions: ['PrunePropagationPolicy=orphan'] };
    expect(syncSettingsOf(orphan, { spec: {} }, ago(1)).propagation).toBe('Orphan');
  });

  it('selects objects by group, kind, name and, where given, namespace', () => {
    const key = { group: 'apps', kind: 'Deployment', namespace: 'ns', name: 'web' };
    const resource = { target: undefined, live: {} };
    const selects = (more: object): boolean =>
      selectionOf([{ group: 'apps', kind: 'Deployment', name: 'web', ...more }])(key, resource);
    expect(selects({})).toBe(true);
    expect(selects({ namespace: 'ns' })).toBe(true);
    expect(selects({ namespace: 'other' })).toBe(false);
    expect(selects({ group: '' })).toBe(false);
    expect(selectionOf([])(key, resource)).toBe(true);
  });

  it('can be approved of by a person, from its beginning on', () => {
    const app = (time: string): OperatedApplication => ({
      spec: {},
      metadata: { annotations: { 'argocd.argoproj.io/deletion-approved': time } },
    });
    expect(isDeletionConfirmed(app(ago(1)), ago(1))).toBe(true);
    expect(isDeletionConfirmed(app(ago(2)), ago(1))).toBe(false);
    expect(isDeletionConfirmed(app('yes'), ago(1))).toBe(false);
  });

  it('decides the sources: its own, else those of the spec', () => {
    const app: OperatedApplication = { spec: { source: { path: 'spec' } } };
    expect(newSyncResult(app, { revision: 'r' })).toStrictEqual({
      source: { path: 'spec' },
      revision: 'r',
    });
    expect(newSyncResult(app, { source: { path: 'old' } })).toStrictEqual({
      source: { path: 'old' },
    });
  });
});

describe('history', () => {
  it('remembers a number of deployments', () => {
    const state = { operation: { initiatedBy: { username: 'me' } }, startedAt: ago(3) };
    let application: OperatedApplication = { spec: { revisionHistoryLimit: 2 } };
    for (const revision of ['a', 'b', 'c']) {
      const history = withDeployment(application, state, { revision, source: {} }, ago(1));
      application = { ...application, status: { history } };
    }
    expect(application.status?.history?.map(({ id, revision }) => [id, revision])).toStrictEqual([
      [1, 'b'],
      [2, 'c'],
    ]);
  });

  it('remembers only whole syncs that were done', () => {
    const state: OperationState = {
      operation: { sync: {} },
      phase: 'Succeeded',
      startedAt: ago(1),
    };
    expect(isRemembered(state)).toBe(true);
    expect(isRemembered({ ...state, phase: 'Failed' })).toBe(false);
    expect(isRemembered({ ...state, operation: { sync: { dryRun: true } } })).toBe(false);
    const resources = [{ kind: 'Pod', name: 'a' }];
    expect(isRemembered({ ...state, operation: { sync: { resources } } })).toBe(false);
  });
});
