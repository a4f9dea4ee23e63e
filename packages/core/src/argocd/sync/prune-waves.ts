import { annotationOption, hasAnnotationValue, syncAnnotations } from './annotations.ts';
import type { KubeObject } from './kube-object.ts';
import { isPrune, taskWave, type SyncTask } from './tasks.ts';

/**
 * Sets the waves in which objects are pruned: those of pruned objects mirrored, so that what was
 * created last goes first; after everything else where `PruneLast` is set.
 * Source: `getSyncTasks` in gitops-engine/pkg/sync/sync_context.go.
 */
export function setPruneWaves(tasks: readonly SyncTask[], pruneLast: boolean): void {
  const pruned = tasks.filter(isPrune);
  const waves = [...new Set(pruned.map(taskWave))].sort((a, b) => a - b);
  const mirrored = new Map(waves.map((wave, index) => [wave, waves[waves.length - 1 - index]]));
  for (const task of pruned) {
    const wave = taskWave(task);
    const other = mirrored.get(wave);
    if (other !== undefined && other !== wave) task.waveOverride = other;
  }
  const last = Math.max(0, ...tasks.filter(({ phase }) => phase === 'Sync').map(taskWave)) + 1;
  for (const task of pruned) {
    if (pruneLast || hasPruneLast(task.live)) task.waveOverride = last;
  }
}

function hasPruneLast(live: KubeObject | undefined): boolean {
  return live !== undefined && hasAnnotationValue(live, syncAnnotations.options, 'PruneLast=true');
}

/** The value of an object's `Prune=` option, else the operation's. */
export function pruneOption(
  object: KubeObject | undefined,
  fallback: string | undefined,
): string | undefined {
  const own =
    object === undefined ? undefined : annotationOption(object, syncAnnotations.options, 'Prune');
  return own ?? fallback;
}

/** Whether a person has to approve that an object is pruned. */
export function needsPruneConfirmation(task: SyncTask, fallback: string | undefined): boolean {
  return isPrune(task) && pruneOption(task.live, fallback) === 'confirm';
}
