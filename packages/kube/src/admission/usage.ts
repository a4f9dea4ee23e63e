import { asArray, asObject, asString, at, type JsonObject } from '../json/value.ts';
import {
  addAmounts,
  type Amount,
  type Amounts,
  maskAmounts,
  parseAmount,
  roundedUp,
  whole,
  zero,
} from './amounts.ts';
import {
  containersOf,
  initContainersOf,
  podAmountsWithOverhead,
  containerAmounts,
} from './pod-resources.ts';
import { matchesScope, type ScopeRequirement } from './scopes.ts';

/** Resources of a pod that a quota counts under these names too. */
const computed = ['cpu', 'memory', 'ephemeral-storage'];
const podNames = new Set([
  'pods',
  'count/pods',
  ...computed,
  ...computed.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
]);
/** Of these, every container has to say how much it wants. */
const mustBeSaid = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);
const serviceNames = new Set([
  'services',
  'count/services',
  'services.nodeports',
  'services.loadbalancers',
]);
const claimNames = ['persistentvolumeclaims', 'requests.storage'];
const classPart = '.storageclass.storage.k8s.io/';
/** Objects that a quota counts by their plain name too. */
const plainNames = new Set(['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas']);

/** How a quota measures the objects of one resource (Kubernetes pkg/quota/v1/evaluator/core). */
export interface Evaluator {
  /** Which names of a quota concern these objects. */
  concerns(name: string): boolean;
  /** What one object uses. */
  usage(object: JsonObject, nowMs: number): Amounts;
  matchesScope(requirement: ScopeRequirement, object: JsonObject): boolean;
  /** Whether a change of an object can use more. */
  readonly measuresUpdates: boolean;
  /** Names of a quota that the object does not say enough for, with the containers; undefined when it does. */
  unsaid?(names: readonly string[], object: JsonObject): string | undefined;
}

const pods: Evaluator = {
  measuresUpdates: false,
  concerns: (name) =>
    podNames.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtendedRequest(name),
  usage: podUsage,
  matchesScope,
  unsaid: unsaidResources,
};

const services: Evaluator = {
  measuresUpdates: true,
  concerns: (name) => serviceNames.has(name),
  usage: serviceUsage,
  matchesScope: () => false,
};

const claims: Evaluator = {
  measuresUpdates: true,
  concerns: (name) =>
    name === 'count/persistentvolumeclaims' ||
    claimNames.includes(name) ||
    claimNames.some((known) => name.endsWith(`${classPart}${known}`)),
  usage: claimUsage,
  matchesScope: (requirement, claim) =>
    requirement.scopeName === 'VolumeAttributesClass' && matchesScope(requirement, claim),
};

/** How a quota measures a resource, by the name that the store has for it: `pods`, `deployments.apps`. */
export function evaluatorOf(storage: string): Evaluator {
  if (storage === 'pods') return pods;
  if (storage === 'services') return services;
  if (storage === 'persistentvolumeclaims') return claims;
  return {
    measuresUpdates: false,
    concerns: (name) =>
      name === `count/${storage}` || (plainNames.has(storage) && name === storage),
    usage: () => counted(storage),
    matchesScope: () => false,
  };
}

function counted(storage: string): Amounts {
  const usage = new Map([[`count/${storage}`, whole(1)]]);
  if (plainNames.has(storage)) usage.set(storage, whole(1));
  return usage;
}

/** The resource that a name of a quota is about, as the store names it. */
export function storageOfName(name: string): string {
  const count = /^count\/(.+)$/.exec(name)?.[1];
  if (count !== undefined) return count;
  if (serviceNames.has(name)) return 'services';
  if (claims.concerns(name)) return 'persistentvolumeclaims';
  return plainNames.has(name) ? name : 'pods';
}

/** `requests.example.com/gpu`: a resource that is none of Kubernetes' own. */
function isExtendedRequest(name: string): boolean {
  const resource = /^requests\.(.+)$/.exec(name)?.[1] ?? '';
  return isExtended(resource);
}

function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.includes('kubernetes.io/');
}

function computeUsage(requests: Amounts, limits: Amounts): Map<string, Amount> {
  const usage = new Map<string, Amount>([['pods', whole(1)]]);
  for (const [name, amount] of requests) {
    const isPlain = computed.includes(name) || name.startsWith('hugepages-');
    if (isPlain) usage.set(name, amount);
    if (isPlain || isExtended(name)) usage.set(`requests.${name}`, amount);
  }
  for (const name of computed) {
    const limit = limits.get(name);
    if (limit !== undefined) usage.set(`limits.${name}`, limit);
  }
  return usage;
}

function podUsage(pod: JsonObject, nowMs: number): Amounts {
  const stored: Amounts = new Map([['count/pods', whole(1)]]);
  if (!countsStill(pod, nowMs)) return stored;
  const compute = computeUsage(
    podAmountsWithOverhead(pod, 'requests'),
    podAmountsWithOverhead(pod, 'limits'),
  );
  return new Map([...stored, ...compute]);
}

/** Pods that ended, or that should have gone by now, use nothing but their place in the store. */
function countsStill(pod: JsonObject, nowMs: number): boolean {
  const phase = at(pod, 'status', 'phase');
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  const deleted = at(pod, 'metadata', 'deletionTimestamp');
  const grace = at(pod, 'metadata', 'deletionGracePeriodSeconds');
  if (typeof deleted !== 'string' || typeof grace !== 'number') return true;
  return nowMs <= Date.parse(deleted) + grace * 1000;
}

function unsaidResources(names: readonly string[], pod: JsonObject): string | undefined {
  const required = names.filter((name) => mustBeSaid.has(name)).sort();
  const lines = required.flatMap((name) => {
    const silent = [...containersOf(pod), ...initContainersOf(pod)]
      .filter((container) => {
        const requests = containerAmounts(container, 'requests');
        return !computeUsage(requests, containerAmounts(container, 'limits')).has(name);
      })
      .map((container) => asString(container['name']))
      .sort();
    return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent)].join(',')}`];
  });
  return lines.length === 0 ? undefined : `must specify ${lines.join('; ')}`;
}

function serviceUsage(service: JsonObject): Amounts {
  const type = at(service, 'spec', 'type');
  const ports = asArray(at(service, 'spec', 'ports'));
  const balanced = type === 'LoadBalancer';
  const given = at(service, 'spec', 'allocateLoadBalancerNodePorts') === false;
  const chosen = ports.filter((port) => Number(at(port, 'nodePort') ?? 0) !== 0);
  const nodePorts = balanced && given ? chosen.length : ports.length;
  return new Map([
    ['count/services', whole(1)],
    ['services', whole(1)],
    ['services.loadbalancers', whole(balanced ? 1 : 0)],
    ['services.nodeports', whole(balanced || type === 'NodePort' ? nodePorts : 0)],
  ]);
}

function claimUsage(claim: JsonObject): Amounts {
  const usage = new Map([
    ['persistentvolumeclaims', whole(1)],
    ['count/persistentvolumeclaims', whole(1)],
  ]);
  const annotated = at(claim, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class');
  const storageClass = asString(annotated ?? at(claim, 'spec', 'storageClassName'));
  if (storageClass !== '') usage.set(`${storageClass}${classPart}persistentvolumeclaims`, whole(1));
  const storage = claimedStorage(claim);
  if (storage === undefined) return usage;
  usage.set('requests.storage', storage);
  if (storageClass !== '') usage.set(`${storageClass}${classPart}requests.storage`, storage);
  return usage;
}

function claimedStorage(claim: JsonObject): Amount | undefined {
  const wanted = parseAmount(at(claim, 'spec', 'resources', 'requests', 'storage'));
  const allocated = parseAmount(at(claim, 'status', 'allocatedResources', 'storage'));
  if (wanted === undefined) return undefined;
  return roundedUp(allocated !== undefined && allocated.nano > wanted.nano ? allocated : wanted);
}

/** The scopes of a quota, as requirements. */
export function scopesOf(quota: JsonObject): ScopeRequirement[] {
  const plain = asArray(at(quota, 'spec', 'scopes')).map((scopeName) => ({
    scopeName: asString(scopeName),
    operator: 'Exists',
    values: [],
  }));
  const selected = asArray(at(quota, 'spec', 'scopeSelector', 'matchExpressions')).map((entry) => ({
    scopeName: asString(at(entry, 'scopeName')),
    operator: asString(at(entry, 'operator')),
    values: asArray(at(entry, 'values')).map(asString),
  }));
  return [...plain, ...selected];
}

/** Whether an object is within all scopes of a quota. */
export function inScope(quota: JsonObject, evaluator: Evaluator, object: JsonObject): boolean {
  return scopesOf(quota).every((requirement) => evaluator.matchesScope(requirement, object));
}

/** What objects are there, for counting. */
export interface Stock {
  list(storage: string): readonly JsonObject[];
  /** Whether there is such a resource at all. */
  knows(storage: string): boolean;
}

/**
 * What a namespace uses of a quota, counted anew (Kubernetes pkg/quota/v1/resources.go CalculateUsage). Names that
 * nobody measures are left out.
 */
export function countUsage(quota: JsonObject, stock: Stock, nowMs: number): Amounts {
  const names = Object.keys(asObject(at(quota, 'spec', 'hard')));
  let used: Amounts = new Map();
  for (const storage of new Set(names.map(storageOfName))) {
    if (!stock.knows(storage)) continue;
    const evaluator = evaluatorOf(storage);
    const measured = names.filter((name) => evaluator.concerns(name));
    let sum: Amounts = new Map(measured.map((name) => [name, zero]));
    for (const object of stock.list(storage)) {
      if (inScope(quota, evaluator, object))
        sum = addAmounts(sum, maskAmounts(evaluator.usage(object, nowMs), measured));
    }
    used = new Map([...used, ...sum]);
  }
  return used;
}
