import { parse as parseSemver, type SemVer } from 'semver';
import { valueAt } from '../generate/value-at.ts';
import { parseImageReference } from '../release/image-reference.ts';
import type { FieldChange, ResourceChange, Risk } from './model.ts';

/** What risks are judged by. */
export type JudgedChange = Pick<ResourceChange, 'change' | 'resource' | 'fields'>;

/** What a reviewer should look at twice, worst first. */
export function findRisks(change: JudgedChange): Risk[] {
  const found =
    change.change === 'removed'
      ? [pruneRisk(change)]
      : [
          ...kindRisks(change),
          ...(change.change === 'changed'
            ? change.fields.flatMap((f) => fieldRisks(change, f))
            : []),
        ];
  const distinct = new Map(found.map((risk) => [`${risk.badge}\0${risk.reason}`, risk]));
  return [...distinct.values()].sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
}

const levels = ['high', 'medium', 'low'] as const;

/** Kinds whose removal loses data, or takes others with them. */
const precious = new Set([
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StatefulSet',
  'Secret',
  'Namespace',
  'CustomResourceDefinition',
  'ProjectApplicationTemplate',
]);

function pruneRisk({ resource: { kind, name } }: JudgedChange): Risk {
  return {
    level: precious.has(kind) ? 'high' : 'medium',
    badge: 'prune',
    reason: `${kind} ${name} is removed; Argo CD deletes it where pruning is allowed`,
  };
}

function kindRisks({ change, resource }: JudgedChange): Risk[] {
  const { kind, name } = resource;
  if (kind === 'CustomResourceDefinition') {
    return [{ level: 'high', badge: 'CRD', reason: `${kind} ${name} is ${change}` }];
  }
  if (change === 'added' && (kind === 'ClusterRole' || kind === 'ClusterRoleBinding')) {
    return [{ level: 'high', badge: 'RBAC wider', reason: `${kind} ${name} is added` }];
  }
  return [];
}

/** Fields that the API server does not let anybody change, by kind. A `*` stands for one step. */
const immutable: Readonly<Record<string, readonly string[]>> = {
  StatefulSet: [
    'spec.selector',
    'spec.serviceName',
    'spec.podManagementPolicy',
    'spec.volumeClaimTemplates',
  ],
  Deployment: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  ReplicaSet: ['spec.selector'],
  Job: ['spec.template', 'spec.selector', 'spec.completionMode'],
  PersistentVolumeClaim: [
    'spec.accessModes',
    'spec.storageClassName',
    'spec.volumeName',
    'spec.volumeMode',
    'spec.selector',
  ],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  StorageClass: ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
  Service: ['spec.clusterIP'],
  Secret: ['type'],
};

function fieldRisks(change: JudgedChange, field: FieldChange): Risk[] {
  const checks = [
    immutableRisk,
    storageRisk,
    scaleRisk,
    resourceRisk,
    imageRisk,
    rbacRisk,
    privilegeRisk,
    restartRisk,
  ];
  return checks.flatMap((check) => check(change, field) ?? []);
}

type Check = (change: JudgedChange, field: FieldChange) => Risk | undefined;

const immutableRisk: Check = ({ resource: { kind } }, { path }) => {
  const text = path.join('.');
  const fields = Object.hasOwn(immutable, kind) ? immutable[kind] : undefined;
  const hit = fields?.find((one) => text === one || text.startsWith(`${one}.`));
  if (hit === undefined) return undefined;
  const recreate = kind === 'StatefulSet' || kind === 'Job';
  return {
    level: 'high',
    badge: 'immutable field',
    reason: `${kind}'s ${hit} cannot be changed; ${recreate ? 'it has to be deleted and made anew' : 'the API server will refuse it'}`,
  };
};

const storageRisk: Check = (_, { path, before, after }) => {
  if (path.at(-1) !== 'storage' || !path.includes('requests')) return undefined;
  const [from, to] = [quantity(before), quantity(after)];
  if (from === undefined || to === undefined || to >= from) return undefined;
  return {
    level: 'high',
    badge: 'volume shrinks',
    reason: `${String(before)} to ${String(after)}: volumes cannot shrink`,
  };
};

const scaleRisk: Check = ({ resource }, { path, before, after }) => {
  if (path.join('.') !== 'spec.replicas' || typeof before !== 'number') return undefined;
  const to = typeof after === 'number' ? after : 1;
  if (to >= before) return undefined;
  return {
    level: to === 0 ? 'high' : 'medium',
    badge: 'replicas down',
    reason: `${resource.kind} ${resource.name} goes from ${before} to ${to} replicas`,
  };
};

const resourceRisk: Check = (_, { path, before, after }) => {
  const at = path.findIndex((part) => part === 'requests' || part === 'limits');
  if (at < 1 || path[at - 1] !== 'resources' || path.at(-1) === 'storage') return undefined;
  const [from, to] = [quantity(before), quantity(after)];
  if (from === undefined || (to !== undefined && to >= from)) return undefined;
  const what = `${path[at] ?? ''} of ${path.at(-1) ?? ''}`;
  return {
    level: 'medium',
    badge: 'resources down',
    reason: `${what}: ${String(before)} to ${to === undefined ? 'none' : String(after)}`,
  };
};

const imageRisk: Check = (_, { path, before, after }) => {
  if (path.at(-1) !== 'image') return undefined;
  const [from, to] = [versionOf(before), versionOf(after)];
  if (from === undefined || to === undefined || to.compare(from) >= 0) return undefined;
  return {
    level: 'medium',
    badge: 'image downgrade',
    reason: `${String(before)} to ${String(after)}`,
  };
};

function versionOf(image: unknown): SemVer | undefined {
  const tag = typeof image === 'string' ? parseImageReference(image)?.tag : undefined;
  return (tag === undefined ? null : parseSemver(tag.replace(/^v/, ''))) ?? undefined;
}

const rbacKinds = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

const rbacRisk: Check = ({ resource: { kind, name } }, { path, after }) => {
  if (!rbacKinds.has(kind) || after === undefined) return undefined;
  if (path[0] !== 'rules' && path[0] !== 'subjects') return undefined;
  return {
    level: 'high',
    badge: 'RBAC wider',
    reason: `${kind} ${name} permits something else: ${path.join('.')}`,
  };
};

const privileges = new Set([
  'privileged',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'allowPrivilegeEscalation',
  'hostPath',
]);

const privilegeRisk: Check = (_, { path, after }) => {
  const privilege = path.find((part) => privileges.has(part)) ?? whereIn(after);
  if (privilege === undefined || after === undefined || after === false) return undefined;
  return {
    level: 'high',
    badge: 'privileges',
    reason: `${path.join('.')} gives a pod more rights on its machine`,
  };
};

function whereIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return [...privileges].find((name) => {
    const inner = valueAt(value, [name]) ?? valueAt(value, ['securityContext', name]);
    return inner !== undefined && inner !== false;
  });
}

const restarting = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

const restartRisk: Check = ({ resource: { kind, name } }, { path }) => {
  if (!restarting.has(kind) || path[0] !== 'spec' || path[1] !== 'template') return undefined;
  return { level: 'low', badge: 'restart', reason: `the pods of ${kind} ${name} are replaced` };
};

const units: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity such as `500m` or `50Gi` as a number. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, number, unit = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/.exec(value) ?? [];
  const factor = units[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
