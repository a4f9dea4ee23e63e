import { writeAmounts } from '../admission/amounts.ts';
import { limitFault, withLimitDefaults } from '../admission/limit-ranges.ts';
import { type Charge, checkQuotas } from '../admission/quotas.ts';
import { asString, at, type JsonObject, withAt } from '../json/value.ts';
import { forbidden, notFound, StatusError } from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import type { Context } from './context.ts';
import type { Target } from './write.ts';

/** A new object needs a namespace that is there and stays. */
export function admitNamespace(context: Context, target: Target, name: string): void {
  const { resource, namespace } = target;
  if (resource.custom?.terminating === true) {
    const why = 'create not allowed while custom resource definition is terminating';
    throw forbidden({ group: resource.group, resource: resource.plural }, name, why);
  }
  if (!resource.namespaced) return;
  const found = context.store.get('namespaces', namespace);
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  if (at(found, 'metadata', 'deletionTimestamp') === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden({ group: resource.group, resource: resource.plural }, name, why);
  throw new StatusError(403, 'Forbidden', error.message, {
    ...error.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

function limitRangesOf(context: Context, namespace: string): readonly JsonObject[] {
  return context.store.count('limitranges') === 0
    ? []
    : context.store.list('limitranges', namespace);
}

/** A new pod with what the LimitRanges of its namespace give to containers that do not say. */
export function withLimits(context: Context, target: Target, object: JsonObject): JsonObject {
  if (target.resource.storage !== 'pods') return object;
  const limitRanges = limitRangesOf(context, target.namespace);
  return limitRanges.length === 0 ? object : withLimitDefaults(object, limitRanges);
}

/** Takes an admitted write into the quotas that it was checked against. */
export type ChargeQuotas = () => void;

/**
 * Checks a write against the LimitRanges and ResourceQuotas of its namespace. Answers how to count what it uses,
 * to be called right before it is stored: so two writes in a row cannot both take what is left.
 */
export function admitUse(
  context: Context,
  target: Target,
  object: JsonObject,
  live?: JsonObject,
): ChargeQuotas {
  const { resource, namespace, subresource } = target;
  if (!resource.namespaced || subresource !== '') return () => undefined;
  admitLimits(context, target, { object, live });
  if (context.store.count('resourcequotas') === 0) return () => undefined;
  const verdict = checkQuotas(context.store.list('resourcequotas', namespace), {
    storage: resource.storage,
    object,
    live,
    nowMs: context.options.clock.nowMs(),
  });
  if (verdict.fault !== undefined) throw refused(target, object, verdict.fault);
  return () => {
    for (const charge of verdict.charges) writeCharge(context, charge);
  };
}

function refused({ resource }: Target, object: JsonObject, why: string): StatusError {
  const of = { group: resource.group, resource: resource.plural };
  return forbidden(of, asString(at(object, 'metadata', 'name')), why);
}

function admitLimits(
  context: Context,
  target: Target,
  { object, live }: { readonly object: JsonObject; readonly live: JsonObject | undefined },
): void {
  const { storage } = target.resource;
  const isNewPod = storage === 'pods' && live === undefined;
  if (!isNewPod && storage !== 'persistentvolumeclaims') return;
  if (at(live, 'metadata', 'deletionTimestamp') !== undefined) return;
  const limitRanges = limitRangesOf(context, target.namespace);
  const kind = storage === 'pods' ? 'Pod' : 'PersistentVolumeClaim';
  const fault = limitFault(kind, object, { limitRanges, live });
  if (fault !== undefined) throw refused(target, object, fault);
}

function writeCharge(context: Context, { quota, used }: Charge): void {
  const key = keyOf(
    asString(at(quota, 'metadata', 'namespace')),
    asString(at(quota, 'metadata', 'name')),
  );
  context.store.put('resourcequotas', key, withAt(quota, ['status', 'used'], writeAmounts(used)));
}
