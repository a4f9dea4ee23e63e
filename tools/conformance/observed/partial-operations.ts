import type { OperationRecord } from './recording.ts';
import { field, items } from './views.ts';

/** Whether an operation is one of self-heal that is limited to some resources. */
export function isPartialSelfHeal(operation: OperationRecord): boolean {
  return (
    field(operation, 'initiatedBy', 'automated') === true &&
    items(operation, 'operation', 'sync', 'resources').length > 0
  );
}

/**
 * For each operation that an Application finished in one step whether it may be left out: a partial one that follows an automated
 * one.
 */
export function optionalOperations(operations: readonly OperationRecord[]): boolean[] {
  return operations.map((operation, index) => {
    const isAfterAutomated = field(operations[index - 1], 'initiatedBy', 'automated') === true;
    return isPartialSelfHeal(operation) && isAfterAutomated;
  });
}
