import type { ApplyHabits } from '@tidegate/argocd';
import type { Json } from '@tidegate/kube';
import { optionalOperations } from './partial-operations.ts';
import type { OperationRecord, Recording, StepOutcome } from './recording.ts';
import { items, text } from './views.ts';

/** How fast writes end: as it shows in the recording, or always so. */
export type Pace = 'shown' | 'quick' | 'slow';

/**
 * Writes that end sooner than the live state shows them make the comparison after the operation a stale one; Argo CD gathers
 * events for 100 ms.
 */
const paceMs = { quick: 20, slow: 150 };

type WriteRequest = Parameters<ApplyHabits['order']>[0][number];

/** What decides races that a recording shows only by their ends. */
export interface ShownRaces {
  readonly habits: ApplyHabits;
  /** Hears of each operation that ended in the replay, by `namespace/name` of its Application. */
  readonly operationEnded: (application: string, operation: OperationRecord) => void;
  /** Begins a step, with its pace. */
  readonly beginStep: (pace: Pace) => void;
}

/**
 * Reads from a recording how concurrent writes ended there: in which order, by the results of the operation; and whether quickly,
 * by the partial operation of self-heal that follows a stale comparison.
 */
export function shownRaces({ steps }: Recording): ShownRaces {
  const recorded = recordedTurns(steps);
  /** Turns that ended in steps before, and operations that ended in this one. */
  const endedBefore = new Map<string, number>();
  const replayed = new Map<string, OperationRecord[]>();
  let pace: Pace = 'shown';
  const endedOf = (application: string): number =>
    (endedBefore.get(application) ?? 0) + turnsOf(replayed.get(application) ?? []).length;
  const runningTurn = (application: string): Turn | undefined =>
    recorded.get(application)?.[endedOf(application)];
  /** The turn that runs, and the one before, whose partial operation may run. */
  const turnsAt = (application: string): readonly Turn[] => {
    const before = recorded.get(application)?.[endedOf(application) - 1];
    return [runningTurn(application), before].filter((turn) => turn !== undefined);
  };
  return {
    habits: {
      durationMs: (requests) => {
        if (pace !== 'shown') return paceMs[pace];
        const [application = ''] = requests.map(applicationOf).filter(Boolean);
        return paceMs[runningTurn(application)?.isStale === true ? 'quick' : 'slow'];
      },
      order: (requests) => {
        const [application] = requests.map(applicationOf).filter(Boolean);
        const turns =
          application === undefined ? [...recorded.keys()].flatMap(turnsAt) : turnsAt(application);
        return orderOf(
          requests.map(nameOf),
          turns.flatMap(({ results }) => results),
        );
      },
    },
    operationEnded: (application, operation) => {
      replayed.set(application, [...(replayed.get(application) ?? []), operation]);
    },
    beginStep: (next) => {
      for (const application of replayed.keys()) endedBefore.set(application, endedOf(application));
      replayed.clear();
      pace = next;
    },
  };
}

/** An operation, together with the partial one that followed at once. */
interface Turn {
  /** What came next still saw the cluster as it was before the writes. */
  readonly isStale: boolean;
  /** Names of what was written, of each of the operations. */
  readonly results: readonly (readonly string[])[];
}

function turnsOf(operations: readonly OperationRecord[]): Turn[] {
  const optional = optionalOperations(operations);
  return operations.flatMap((operation, index) => {
    if (optional[index] === true) return [];
    const partial = optional[index + 1] === true ? operations[index + 1] : undefined;
    const all = partial === undefined ? [operation] : [operation, partial];
    const isStale = partial !== undefined || failedUnseen(operation);
    return [{ isStale, results: all.map(resultNames) }];
  });
}

/** Whether an operation failed by what the API refused, before it saw what was applied beside that. */
function failedUnseen(operation: OperationRecord): boolean {
  const results = items(operation, 'syncResult', 'resources');
  const isUnseen = (result: Json): boolean =>
    text(result, 'status') === 'Synced' && text(result, 'hookPhase') === 'Running';
  return (
    text(operation, 'phase') === 'Failed' &&
    results.some((result) => text(result, 'status') === 'SyncFailed') &&
    results.some(isUnseen)
  );
}

function recordedTurns(steps: readonly StepOutcome[]): Map<string, Turn[]> {
  const all = new Map<string, Turn[]>();
  for (const { operations } of steps)
    for (const [name, records] of Object.entries(operations))
      all.set(name, [...(all.get(name) ?? []), ...turnsOf(records)]);
  return all;
}

function resultNames(operation: OperationRecord): string[] {
  return items(operation, 'syncResult', 'resources').map((result: Json) => {
    const verb = text(result, 'status').startsWith('Prune') ? 'delete' : 'apply';
    return [verb, ...['kind', 'namespace', 'name'].map((key) => text(result, key))].join('/');
  });
}

/** Indices in the order of the first list that has all names; as they are when none has. */
function orderOf(names: readonly string[], lists: readonly (readonly string[])[]): number[] {
  const natural = [...names.keys()];
  const list = lists.find((results) => names.every((name) => results.includes(name)));
  if (list === undefined) return natural;
  const place = (index: number): number => list.indexOf(names[index] ?? '');
  return natural.sort((a, b) => place(a) - place(b));
}

type WrittenObject = Extract<WriteRequest, { do: 'apply' }>['target'];

function objectOf(request: WriteRequest): WrittenObject | undefined {
  if ('target' in request) return request.target;
  return 'live' in request ? request.live : undefined;
}

/** The Application by the tracking annotation of what is written; empty for deletions, which name only an object. */
function applicationOf(request: WriteRequest): string {
  const mark = objectOf(request)?.metadata?.annotations?.['argocd.argoproj.io/tracking-id'];
  return mark === undefined ? '' : `argocd/${mark.split(':')[0] ?? ''}`;
}

function nameOf(request: WriteRequest): string {
  if ('key' in request) {
    const { kind, namespace, name } = request.key;
    return [request.do, kind, namespace, name].join('/');
  }
  const { kind = '', metadata: { namespace = '', name = '' } = {} } = objectOf(request) ?? {};
  return [request.do, kind, namespace, name].join('/');
}
