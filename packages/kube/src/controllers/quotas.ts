import { asArray, asObject, asString, at, equal, type JsonObject } from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import type { Context } from '../server/context.ts';
import { isFinished, namespaceOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { updateStatus } from './writes.ts';

const storage = 'resourcequotas';
/** Objects that have a short name of their own in a quota. */
const counts: Readonly<Record<string, string>> = {
  pods: 'pods',
  services: 'services',
  secrets: 'secrets',
  configmaps: 'configmaps',
  persistentvolumeclaims: 'persistentvolumeclaims',
  replicationcontrollers: 'replicationcontrollers',
  resourcequotas: 'resourcequotas',
};

/** Counts what a namespace uses of its quotas. */
export const quotaController: Controller = {
  name: 'quotas',
  keys: (context, event) => {
    if (event.resource === storage) return event.type === 'DELETED' ? [] : [event.key];
    const namespace = namespaceOf(event.object);
    if (namespace === '' || context.store.count(storage) === 0) return [];
    return context.store
      .list(storage, namespace)
      .map((quota) => `${namespace}/${asString(at(quota, 'metadata', 'name'))}`);
  },
  reconcile: (context, key) => {
    const quota = context.store.get(storage, key);
    if (quota === undefined) return undefined;
    const hard = asObject(at(quota, 'spec', 'hard'));
    const used = Object.fromEntries(
      Object.keys(hard).map((name) => [name, usedOf(context, namespaceOf(quota), name)]),
    );
    const status: JsonObject = { hard, used };
    if (!equal(status, asObject(quota['status']))) updateStatus(context, storage, quota, status);
    return undefined;
  },
};

/** How much of one thing a namespace uses, as a quantity. */
export function usedOf(context: Context, namespace: string, name: string): string {
  const counted = counts[name] ?? /^count\/(.+)$/.exec(name)?.[1];
  if (counted !== undefined) {
    const objects = context.store.list(counted, namespace);
    return String(
      counted === 'pods' ? objects.filter((pod) => !isFinished(pod)).length : objects.length,
    );
  }
  if (name === 'requests.storage') {
    return sum(
      context.store
        .list('persistentvolumeclaims', namespace)
        .map((claim) => asString(at(claim, 'spec', 'resources', 'requests', 'storage'))),
    );
  }
  const [kind, resource] = name.includes('.') ? name.split('.') : ['requests', name];
  const pods = context.store.list('pods', namespace).filter((pod) => !isFinished(pod));
  const values = pods.flatMap((pod) =>
    asArray(at(pod, 'spec', 'containers')).map((container) =>
      asString(at(container, 'resources', kind ?? '', resource ?? '')),
    ),
  );
  return sum(values);
}

function sum(values: readonly string[]): string {
  const total = values
    .filter((value) => value !== '')
    .reduce((all, value) => all + quantityValue(value), 0);
  return Number.isInteger(total) ? String(total) : `${Math.round(total * 1000)}m`;
}
