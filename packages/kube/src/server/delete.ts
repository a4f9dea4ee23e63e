import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { strategyOf } from '../kinds/strategies.ts';
import type { DeleteOptions } from '../request/options.ts';
import type { Resource } from '../resources/resource.ts';
import { conflict, forbidden } from '../status/status-error.ts';
import { keyOf } from '../store/store.ts';
import { type Context, formatTime, timestamp } from './context.ts';
import { nameOf, namespaceOf } from './present.ts';
import { ordered } from './write.ts';

export interface Deleted {
  /** The object as it was last, or as it stays. */
  readonly object: JsonObject;
  /** Whether it is gone. */
  readonly gone: boolean;
}

const fixedNamespaces = new Set(['default', 'kube-system', 'kube-public']);
const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** Deletes an object, or marks it until what holds it lets go. */
export function deleteObject(
  context: Context,
  resource: Resource,
  live: JsonObject,
  options: DeleteOptions,
): Deleted {
  checkPreconditions(resource, live, options);
  switch (`${resource.group}/${resource.kind}`) {
    case '/Namespace':
      return deleteNamespace(context, resource, live, options);
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return mark(context, resource, { live, next: terminating(context, live), options });
    case '/Pod':
      return deletePod(context, resource, live, options);
    default:
      return deletePlain(context, resource, { live, options, grace: 0 });
  }
}

function checkPreconditions(resource: Resource, live: JsonObject, options: DeleteOptions): void {
  const name = nameOf(live);
  const of = { group: resource.group, resource: resource.kind };
  const uid = asString(at(live, 'metadata', 'uid'));
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(
      of,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  const version = asString(at(live, 'metadata', 'resourceVersion'));
  if (options.resourceVersion !== undefined && options.resourceVersion !== version) {
    throw conflict(
      of,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`,
    );
  }
}

interface Marking {
  readonly live: JsonObject;
  readonly next: JsonObject;
  readonly options: DeleteOptions;
}

function mark(context: Context, resource: Resource, { live, next, options }: Marking): Deleted {
  if (equal(next, live)) return { object: live, gone: false };
  const object = ordered(resource, next);
  if (options.dryRun) return { object, gone: false };
  const key = keyOf(namespaceOf(live), nameOf(live));
  return { object: context.store.put(resource.storage, key, object), gone: false };
}

function deleteNamespace(
  context: Context,
  resource: Resource,
  live: JsonObject,
  options: DeleteOptions,
): Deleted {
  const name = nameOf(live);
  if (fixedNamespaces.has(name)) {
    throw forbidden(
      { group: '', resource: 'namespaces' },
      name,
      'this namespace may not be deleted',
    );
  }
  if (at(live, 'metadata', 'deletionTimestamp') !== undefined) return { object: live, gone: false };
  const marked = withAt(live, ['metadata', 'deletionTimestamp'], timestamp(context));
  return mark(context, resource, {
    live,
    next: withAt(marked, ['status', 'phase'], 'Terminating'),
    options,
  });
}

function terminating(context: Context, live: JsonObject): JsonObject {
  if (at(live, 'metadata', 'deletionTimestamp') !== undefined) return live;
  const now = timestamp(context);
  const finalizers = asArray(at(live, 'metadata', 'finalizers'));
  const metadata = {
    ...asObject(live['metadata']),
    deletionTimestamp: now,
    finalizers: finalizers.includes(cleanup) ? finalizers : [...finalizers, cleanup],
  };
  const condition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: now,
    reason: 'InstanceDeletionPending',
    message:
      'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const conditions = [...asArray(at(live, 'status', 'conditions')), condition];
  return { ...live, metadata, status: { ...asObject(live['status']), conditions } };
}

function deletePod(
  context: Context,
  resource: Resource,
  live: JsonObject,
  options: DeleteOptions,
): Deleted {
  const phase = asString(at(live, 'status', 'phase'));
  const isIdle =
    asString(at(live, 'spec', 'nodeName')) === '' || phase === 'Succeeded' || phase === 'Failed';
  const wanted =
    options.gracePeriodSeconds ?? asNumber(at(live, 'spec', 'terminationGracePeriodSeconds'), 30);
  const grace = isIdle ? 0 : Math.max(0, wanted);
  const before = at(live, 'metadata', 'deletionGracePeriodSeconds');
  const shortened = typeof before === 'number' ? Math.min(before, grace) : grace;
  return deletePlain(context, resource, { live, options, grace: shortened });
}

interface Plain {
  readonly live: JsonObject;
  readonly options: DeleteOptions;
  readonly grace: number;
}

function deletePlain(
  context: Context,
  resource: Resource,
  { live, options, grace }: Plain,
): Deleted {
  const finalizers = finalizersFor(resource, live, options);
  const marked = marking(context, live, { finalizers, grace });
  if (finalizers.length > 0 || grace > 0)
    return mark(context, resource, { live, next: marked, options });
  const key = keyOf(namespaceOf(live), nameOf(live));
  const isPod = resource.group === '' && resource.kind === 'Pod';
  const last = isPod ? marked : live;
  if (options.dryRun) return { object: last, gone: true };
  context.store.remove(resource.storage, key, last);
  return { object: last, gone: true };
}

/** The finalizers that a deletion leaves, with those of the garbage collector. */
function finalizersFor(resource: Resource, live: JsonObject, options: DeleteOptions): Json[] {
  const given = asArray(at(live, 'metadata', 'finalizers'));
  const isDeleting = at(live, 'metadata', 'deletionTimestamp') !== undefined;
  const preset =
    strategyOf(resource).orphansByDefault === true && !isDeleting ? 'Orphan' : undefined;
  const policy = options.propagation ?? preset;
  if (policy === undefined) return given;
  const rest = given.filter((entry) => entry !== 'orphan' && entry !== 'foregroundDeletion');
  if (policy === 'Orphan') return given.includes('orphan') ? given : [...rest, 'orphan'];
  if (policy === 'Foreground')
    return given.includes('foregroundDeletion') ? given : [...rest, 'foregroundDeletion'];
  return rest;
}

function marking(
  context: Context,
  live: JsonObject,
  about: { readonly finalizers: Json[]; readonly grace: number },
): JsonObject {
  const metadata = { ...asObject(live['metadata']) };
  if (metadata['deletionTimestamp'] === undefined) {
    metadata['deletionTimestamp'] = formatTime(context.options.clock.nowMs() + about.grace * 1000);
    const generation = asNumber(metadata['generation']);
    if (generation > 0) metadata['generation'] = generation + 1;
  }
  metadata['deletionGracePeriodSeconds'] = about.grace;
  const out =
    about.finalizers.length === 0
      ? without(metadata, 'finalizers')
      : { ...metadata, finalizers: about.finalizers };
  return { ...live, metadata: out };
}

/** What a deletion answers: the object when it stays or when its kind does so, else a Status. */
export function deletionAnswer(resource: Resource, deleted: Deleted): JsonObject | undefined {
  if (!deleted.gone || strategyOf(resource).answersObject === true) return undefined;
  const details: JsonObject = { name: nameOf(deleted.object) };
  if (resource.group !== '') details['group'] = resource.group;
  details['kind'] = resource.plural;
  details['uid'] = asString(at(deleted.object, 'metadata', 'uid'));
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

export const jobWarning =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';
