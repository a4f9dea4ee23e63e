import { asArray, asObject, at, type JsonObject } from '../json/value.ts';
import { addAmounts, type Amounts, maxAmounts, readAmounts } from './amounts.ts';

export type ResourceKind = 'requests' | 'limits';

/** Resources that a pod may claim as a whole, in place of what its containers sum up to. */
function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

export function containersOf(pod: JsonObject): JsonObject[] {
  return asArray(at(pod, 'spec', 'containers')).map(asObject);
}

export function initContainersOf(pod: JsonObject): JsonObject[] {
  return asArray(at(pod, 'spec', 'initContainers')).map(asObject);
}

export function containerAmounts(container: JsonObject, kind: ResourceKind): Amounts {
  return readAmounts(at(container, 'resources', kind));
}

/**
 * What a pod needs as a whole: the sum of its containers, or the most that an init container needs beside the
 * sidecars that run before it (Kubernetes component-helpers resource/helpers.go PodRequests and PodLimits).
 */
export function podAmounts(pod: JsonObject, kind: ResourceKind): Amounts {
  let total: Amounts = new Map();
  let sidecars: Amounts = new Map();
  let startup: Amounts = new Map();
  for (const container of containersOf(pod))
    total = addAmounts(total, containerAmounts(container, kind));
  for (const container of initContainersOf(pod)) {
    const own = containerAmounts(container, kind);
    const before = sidecars;
    if (container['restartPolicy'] === 'Always') {
      total = addAmounts(total, own);
      sidecars = addAmounts(sidecars, own);
    }
    startup = maxAmounts(startup, addAmounts(before, own));
  }
  const claimed = readAmounts(at(pod, 'spec', 'resources', kind));
  const whole = [...claimed].filter(([name]) => isPodLevel(name));
  return new Map([...maxAmounts(total, startup), ...whole]);
}

/** The same, with what a runtime class adds for running the pod at all. */
export function podAmountsWithOverhead(pod: JsonObject, kind: ResourceKind): Amounts {
  const amounts = podAmounts(pod, kind);
  const overhead = readAmounts(at(pod, 'spec', 'overhead'));
  const counted = [...overhead].filter(([name]) => kind === 'requests' || amounts.has(name));
  return addAmounts(amounts, new Map(counted));
}
