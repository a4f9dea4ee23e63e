import type { IgnoredDifferences } from './application-set.ts';
import { compileDeletion, type Deletion } from './jq/delete-paths.ts';
import { compilePointerDeletion } from './jq/delete-pointer.ts';

/** Removes the fields that a set ignores from an Application of the given name. */
export type FieldRemover = (application: unknown, name: string) => unknown;

/**
 * Compiles a set's ignored differences. A rule that does not apply to an Application, or fails on
 * it, changes nothing. Throws on a jq expression that is wrong or not modelled.
 * Source: util/argo/normalizers/diff_normalizer.go.
 */
export function compileIgnoredDifferences(rules: readonly IgnoredDifferences[]): FieldRemover {
  const compiled = rules.map(({ name, jsonPointers = [], jqPathExpressions = [] }) => ({
    name: name ?? '',
    deletions: [...jsonPointers.map(compilePointerDeletion), ...jqPathExpressions.map(jqDeletion)],
  }));
  return (application, name) =>
    compiled
      .filter((rule) => rule.name === '' || rule.name === name)
      .flatMap(({ deletions }) => deletions)
      .reduce((data, remove) => attempt(remove, data), application);
}

function jqDeletion(expression: string): Deletion {
  try {
    return compileDeletion(expression);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to build ignore diff config: ${text}`, { cause: error });
  }
}

function attempt(remove: Deletion, data: unknown): unknown {
  try {
    return remove(data);
  } catch {
    return data;
  }
}
