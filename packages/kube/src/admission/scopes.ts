import {
  asArray,
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';

/** One scope of a quota. */
export interface ScopeRequirement {
  readonly scopeName: string;
  /** `Exists`, `DoesNotExist`, `In` or `NotIn`. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** Whether a pod, or a claim, is within a scope (Kubernetes pkg/quota/v1/evaluator/core). */
export function matchesScope(requirement: ScopeRequirement, object: JsonObject): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return hasDeadline(object);
    case 'NotTerminating':
      return !hasDeadline(object);
    case 'BestEffort':
      return isBestEffort(object);
    case 'NotBestEffort':
      return !isBestEffort(object);
    case 'PriorityClass':
      return named(requirement, [asString(at(object, 'spec', 'priorityClassName'))]);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(object);
    case 'VolumeAttributesClass':
      return named(requirement, [
        asString(at(object, 'spec', 'volumeAttributesClassName')),
        asString(at(object, 'status', 'currentVolumeAttributesClassName')),
        asString(at(object, 'status', 'modifyVolumeStatus', 'targetVolumeAttributesClassName')),
      ]);
    default:
      return false;
  }
}

function hasDeadline(pod: JsonObject): boolean {
  const deadline = at(pod, 'spec', 'activeDeadlineSeconds');
  return typeof deadline === 'number' && deadline >= 0;
}

/** A pod none of whose containers asks for processor time or memory. */
function isBestEffort(pod: JsonObject): boolean {
  const all = [
    ...asArray(at(pod, 'spec', 'containers')),
    ...asArray(at(pod, 'spec', 'initContainers')),
    ...asArray(at(pod, 'spec', 'ephemeralContainers')),
    { resources: at(pod, 'spec', 'resources') ?? {} },
  ];
  return all.every((container) =>
    ['requests', 'limits'].every((kind) => {
      const list = asObject(at(container, 'resources', kind));
      return ['cpu', 'memory'].every((name) => isNothing(list[name]));
    }),
  );
}

function isNothing(quantity: Json | undefined): boolean {
  return quantity === undefined || quantity === '0' || quantity === 0;
}

function named({ operator, values }: ScopeRequirement, given: readonly string[]): boolean {
  const names = given.filter((name) => name !== '');
  switch (operator) {
    case 'Exists':
      return names.length > 0;
    case 'DoesNotExist':
      return names.length === 0;
    case 'In':
      return names.some((name) => values.includes(name));
    default:
      return names.length === 0 || names.some((name) => !values.includes(name));
  }
}

function reachesOtherNamespaces(pod: JsonObject): boolean {
  return ['podAffinity', 'podAntiAffinity'].some((kind) => {
    const affinity = at(pod, 'spec', 'affinity', kind);
    const required = asArray(at(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'));
    const preferred = asArray(at(affinity, 'preferredDuringSchedulingIgnoredDuringExecution'));
    const terms = [...required, ...preferred.map((entry) => at(entry, 'podAffinityTerm'))];
    return terms.some(
      (term) =>
        asArray(at(term, 'namespaces')).length > 0 || isObject(at(term, 'namespaceSelector')),
    );
  });
}
