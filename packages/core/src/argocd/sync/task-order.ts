import {
  definedKind,
  groupVersionKind,
  isNamespace,
  nameOf,
  namespaceOf,
  type KubeObject,
} from './kube-object.ts';
import type { SyncPhase } from './sync-state.ts';
import { objectOf, taskWave, type SyncTask } from './tasks.ts';

const phaseOrder: Readonly<Record<SyncPhase, number>> = {
  PreSync: -1,
  Sync: 0,
  PostSync: 1,
  SyncFail: 2,
};

/** Kinds in the order in which they are applied. Kinds that are not here come after all of these. */
const kinds = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
];
const kindOrder = new Map(kinds.map((kind, index) => [kind, index - kinds.length]));

/**
 * Tasks in the order in which they run: phase, wave, kind, name; then namespaces before what is in
 * them and definitions before objects of their kind, which also moves them into that phase and wave.
 * Source: gitops-engine/pkg/sync/sync_tasks.go.
 */
export function orderTasks(tasks: readonly SyncTask[]): SyncTask[] {
  const sorted = [...tasks].sort(compareTasks);
  moveBefore(sorted, {
    provides: (object) => (isNamespace(object) ? nameOf(object) : undefined),
    needs: (object) => (namespaceOf(object) === '' ? undefined : namespaceOf(object)),
  });
  moveBefore(sorted, {
    provides: (object) => {
      const defined = definedKind(object);
      return defined === undefined ? undefined : `${defined.group}/${defined.kind}`;
    },
    needs: (object) => {
      const { group, kind } = groupVersionKind(object);
      return `${group}/${kind}`;
    },
  });
  return sorted;
}

function compareTasks(a: SyncTask, b: SyncTask): number {
  const [one, other] = [objectOf(a), objectOf(b)];
  return (
    phaseOrder[a.phase] - phaseOrder[b.phase] ||
    taskWave(a) - taskWave(b) ||
    rankOf(one) - rankOf(other) ||
    compareText(nameOf(one), nameOf(other))
  );
}

function rankOf(object: KubeObject): number {
  return kindOrder.get(object.kind ?? '') ?? 0;
}

/** Byte order of names, which are ASCII in Kubernetes. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What an object offers to others, and what it needs of others. */
interface Dependency {
  readonly provides: (object: KubeObject) => string | undefined;
  readonly needs: (object: KubeObject) => string | undefined;
}

function moveBefore(tasks: SyncTask[], { provides, needs }: Dependency): void {
  const firstNeeding = new Map<string, number>();
  for (const [index, task] of tasks.entries()) {
    if (task.target === undefined) continue;
    const provided = provides(task.target);
    if (provided === undefined) {
      const needed = needs(task.target);
      if (needed !== undefined && !firstNeeding.has(needed)) firstNeeding.set(needed, index);
      continue;
    }
    const place = firstNeeding.get(provided);
    if (place === undefined) continue;
    moveTask(tasks, index, place);
    for (const [key, first] of firstNeeding) {
      if (first >= place) firstNeeding.set(key, first + 1);
    }
  }
}

/** Moves a task forward to another's place, and into that one's phase and wave. */
function moveTask(tasks: SyncTask[], from: number, to: number): void {
  const [task] = tasks.slice(from, from + 1);
  const follower = tasks[to];
  if (task === undefined || follower === undefined) return;
  task.waveOverride = taskWave(follower);
  task.phase = follower.phase;
  tasks.splice(from, 1);
  tasks.splice(to, 0, task);
}

/** The first phase and wave of ordered tasks. */
export function firstStage(
  tasks: readonly SyncTask[],
): { readonly phase: SyncPhase; readonly wave: number } | undefined {
  const [first] = tasks;
  return first === undefined ? undefined : { phase: first.phase, wave: taskWave(first) };
}

/** Whether ordered tasks are of more than one phase and wave. */
export function isMultiStage(tasks: readonly SyncTask[]): boolean {
  const [first, last] = [tasks[0], tasks.at(-1)];
  if (first === undefined || last === undefined) return false;
  return first.phase !== last.phase || taskWave(first) !== taskWave(last);
}
