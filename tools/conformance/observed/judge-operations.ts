import type { Json } from '@tidegate/kube';
import type { Difference } from '../form.ts';
import { valueDifferences } from './compare-values.ts';
import type { Allowance } from './not-deterministic.ts';
import { optionalOperations } from './partial-operations.ts';
import type { OperationRecord, StepOutcome } from './recording.ts';
import { items, text } from './views.ts';

type Operations = StepOutcome['operations'];

/** Each Application's last operation before a step. */
export type LastOperations = Readonly<Record<string, OperationRecord>>;

/** Two sides of a comparison. */
export interface Sides<T> {
  readonly expected: T;
  readonly got: T;
}

/** Where finished operations differ: number, order, and all that a record holds. */
export function judgeOperations(
  { expected, got }: Sides<Operations>,
  allowance: Allowance,
): Difference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].flatMap((name) => {
    const kept = (side: Operations): OperationRecord[] => {
      const all = side[name] ?? [];
      if (!allowance.partialSelfHeal) return [...all];
      const optional = optionalOperations(all);
      return all.filter((_, index) => optional[index] !== true);
    };
    const place = { path: ['operations', name], unordered: allowance.unordered };
    const [one, two] = [kept(expected), kept(got)];
    return valueDifferences(shaped(one, allowance), shaped(two, allowance), place);
  });
}

function shaped(operations: OperationRecord[], allowance: Allowance): unknown[] {
  return allowance.anyResultOrder ? operations.map(sortedResults) : operations;
}

/** An operation with its resources in an order of their own. */
function sortedResults(operation: OperationRecord): unknown {
  const syncResult = operation['syncResult'];
  if (syncResult === undefined) return operation;
  const resources = [...items(syncResult, 'resources')]
    .map((resource) => [sortKey(resource), resource] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, resource]) => resource);
  return { ...operation, syncResult: { ...(syncResult as object), resources } };
}

const identity = ['syncPhase', 'group', 'kind', 'namespace', 'name', 'hookType', 'message'];

function sortKey(resource: Json): string {
  return identity.map((key) => text(resource, key)).join('\n');
}
