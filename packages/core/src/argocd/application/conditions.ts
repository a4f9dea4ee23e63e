import type { ApplicationCondition } from '../sync/compare-state.ts';

/** A condition as `status.conditions` holds it. */
export interface StoredCondition extends ApplicationCondition {
  readonly lastTransitionTime?: string;
}

/**
 * Conditions after some types of them were looked at again: of those types only the new ones stay, and
 * one that says what the first of its type said before keeps its time.
 * Source: `SetConditions` in pkg/apis/application/v1alpha1/types.go.
 */
export function setConditions(
  before: readonly StoredCondition[],
  found: readonly ApplicationCondition[],
  evaluated: readonly string[],
  now: string,
): readonly StoredCondition[] {
  const kept = before.filter(({ type }) => !evaluated.includes(type));
  const fresh = found.map((condition): StoredCondition => {
    const known = before.find(({ type }) => type === condition.type);
    return known?.message === condition.message ? known : condition;
  });
  return [...kept, ...fresh]
    .map((condition) => ({ ...condition, lastTransitionTime: condition.lastTransitionTime ?? now }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ type, message, lastTransitionTime = '' }: StoredCondition): string {
  return `${type}/${message}/${lastTransitionTime}`;
}

/** Conditions in one text, as failed operations quote them. Source: `FormatAppConditions`. */
export function formatConditions(conditions: readonly ApplicationCondition[]): string {
  return conditions.map(({ type, message }) => `${type}: ${message}`).join(';');
}
