import type { KubeObject } from './kube-object.ts';

/** Annotations that decide how an object is synced. Source: gitops-engine/pkg/sync/common/types.go. */
export const syncAnnotations = {
  options: 'argocd.argoproj.io/sync-options',
  wave: 'argocd.argoproj.io/sync-wave',
  hook: 'argocd.argoproj.io/hook',
  hookDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  compareOptions: 'argocd.argoproj.io/compare-options',
  deletionApproved: 'argocd.argoproj.io/deletion-approved',
} as const;

/** What can carry annotations. */
export type Annotated = Pick<KubeObject, 'metadata'>;

export function annotationOf(object: Annotated, name: string): string | undefined {
  const annotations = object.metadata?.annotations;
  return annotations !== undefined && Object.hasOwn(annotations, name)
    ? annotations[name]
    : undefined;
}

/**
 * The comma-separated values of an annotation: trimmed, each once, empty ones left out.
 * Source: gitops-engine/pkg/sync/resource/annotations.go.
 */
export function annotationValues(object: Annotated, name: string): string[] {
  const parts = (annotationOf(object, name) ?? '').split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

/** Whether an annotation lists a value, such as `Prune=false`. */
export function hasAnnotationValue(object: Annotated, name: string, value: string): boolean {
  return annotationValues(object, name).includes(value);
}

/** The value of `key=value` in an annotation's list; the first one counts. */
export function annotationOption(object: Annotated, name: string, key: string): string | undefined {
  return optionValue(annotationValues(object, name), key);
}

/** The value of `key=value` in a list of options; the first one counts. */
export function optionValue(options: readonly string[], key: string): string | undefined {
  const prefix = `${key}=`;
  return options.find((option) => option.startsWith(prefix))?.slice(prefix.length);
}
