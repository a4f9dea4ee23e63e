import { compileGobwas, type CompiledGlob } from '../../globs/index.ts';
import type { GroupVersionKind, ObjectHealth } from '../../sync/index.ts';
import type { Fields } from '../fields.ts';
import {
  apiServiceHealth,
  autoscalerHealth,
  autoscalerV1Health,
  ingressHealth,
  serviceHealth,
  volumeClaimHealth,
  workflowHealth,
} from './others.ts';
import { podHealth } from './pod.ts';
import {
  applicationSetHealth,
  cronJobHealth,
  customResourceDefinitionHealth,
  disruptionBudgetHealth,
} from './scripted.ts';
import { unmodelledKinds } from './unmodelled-kinds.ts';
import {
  daemonSetHealth,
  deploymentHealth,
  jobHealth,
  replicaSetHealth,
  statefulSetHealth,
} from './workloads.ts';

/** A check of a kind. Throws an Error where it fails. */
export type BuiltInCheck = (object: Fields) => ObjectHealth;

interface KindCheck {
  /** How errors call the kind. */
  readonly name: string;
  /** By version; what is under `*` takes all versions. */
  readonly versions: Readonly<Record<string, BuiltInCheck>>;
}

/** Argo CD's checks in Go, by group and kind. Source: gitops-engine/pkg/health/health.go. */
const checks: Readonly<Record<string, KindCheck>> = {
  'apps/Deployment': { name: 'Deployment', versions: { v1: deploymentHealth } },
  'apps/StatefulSet': { name: 'StatefulSet', versions: { v1: statefulSetHealth } },
  'apps/ReplicaSet': { name: 'ReplicaSet', versions: { v1: replicaSetHealth } },
  'apps/DaemonSet': { name: 'DaemonSet', versions: { v1: daemonSetHealth } },
  'extensions/Ingress': { name: 'Ingress', versions: { '*': ingressHealth } },
  'networking.k8s.io/Ingress': { name: 'Ingress', versions: { '*': ingressHealth } },
  'argoproj.io/Workflow': { name: 'Workflow', versions: { '*': workflowHealth } },
  'apiregistration.k8s.io/APIService': {
    name: 'APIService',
    versions: { v1: apiServiceHealth, v1beta1: apiServiceHealth },
  },
  Service: { name: 'Service', versions: { v1: serviceHealth } },
  PersistentVolumeClaim: {
    name: 'PersistentVolumeClaim',
    versions: { v1: volumeClaimHealth },
  },
  Pod: { name: 'Pod', versions: { v1: podHealth } },
  'batch/Job': { name: 'Job', versions: { v1: jobHealth } },
  'autoscaling/HorizontalPodAutoscaler': {
    name: 'HPA',
    versions: { v1: autoscalerV1Health, v2: autoscalerHealth },
  },
};

/** Argo CD's checks in Lua that are modelled, by group and kind. */
const scriptedChecks: Readonly<Record<string, BuiltInCheck>> = {
  'argoproj.io/ApplicationSet': applicationSetHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinitionHealth,
  'batch/CronJob': cronJobHealth,
  'policy/PodDisruptionBudget': disruptionBudgetHealth,
};

/** Group and kind as settings name them: the kind alone in the core group. */
export function groupKindKey({ group, kind }: { group: string; kind: string }): string {
  return group === '' ? kind : `${group}/${kind}`;
}

/** The modelled check that Argo CD has in Lua for a kind. */
export function scriptedCheck(kind: GroupVersionKind): BuiltInCheck | undefined {
  return scriptedChecks[groupKindKey(kind)];
}

/** The check that Argo CD has in Go for a kind; it fails for versions that Argo CD does not know. */
export function builtInCheck(kind: GroupVersionKind): BuiltInCheck | undefined {
  const check = checks[groupKindKey(kind)];
  if (check === undefined) return undefined;
  return check.versions[kind.version] ?? check.versions['*'] ?? unsupported(check.name, kind);
}

function unsupported(name: string, { group, version, kind }: GroupVersionKind): BuiltInCheck {
  const prefix = group === '' ? '' : `${group}/`;
  return () => {
    throw new Error(`unsupported ${name} GVK: ${prefix}${version}, Kind=${kind}`);
  };
}

const wildcardGroups: readonly (readonly [CompiledGlob, readonly string[]])[] = Object.entries(
  unmodelledKinds,
)
  .filter(([group]) => group.includes('*'))
  .map(([group, kinds]) => [compileGobwas(group), kinds]);

/** Whether Argo CD 3.5.1 has a check in Lua for a kind that is not modelled here. */
export function hasUnmodelledCheck({ group, kind }: { group: string; kind: string }): boolean {
  if (scriptedChecks[groupKindKey({ group, kind })] !== undefined) return false;
  if (unmodelledKinds[group]?.includes(kind) === true) return true;
  return wildcardGroups.some(([glob]) => 'matches' in glob && glob.matches(group));
}
