import { annotationOf, syncAnnotations } from './annotations.ts';
import type { KubeObject } from './kube-object.ts';

const helmHookWeight = 'helm.sh/hook-weight';
const longest = 2n ** 63n;

/**
 * The wave of an object: its annotation, else the weight of a Helm hook, else 0. What is no whole
 * decimal number counts as absent. Source: gitops-engine/pkg/sync/syncwaves/waves.go.
 */
export function waveOf(object: KubeObject): number {
  return (
    wholeNumber(annotationOf(object, syncAnnotations.wave)) ??
    wholeNumber(annotationOf(object, helmHookWeight)) ??
    0
  );
}

/** Reads a number as Go's `strconv.Atoi` does: digits and one sign, within 64 bits. */
function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= -longest && value < longest ? Number(value) : undefined;
}
