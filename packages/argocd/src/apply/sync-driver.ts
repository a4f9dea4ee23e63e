import {
  groupVersionKind,
  isCustomResourceDefinition,
  keyText,
  resourceKey,
  type ApplyRequest,
  type DeleteRequest,
  type DiscoverRequest,
  type GetRequest,
  type KubeObject,
  type SyncAnswer,
  type SyncAnswers,
  type SyncRequest,
  type WaveRequest,
} from '@tidegate/core/argocd/sync';
import {
  isNotFound,
  KubeError,
  type JsonObject,
  type KubeClient,
  type Random,
  type Timers,
} from '@tidegate/kube';
import type { Discovery } from '../discovery/index.ts';
import { applyClientSide } from './client-side.ts';
import { type ApplyContext, destinationOf, KubectlError } from './context.ts';
import { waitForDefinition } from './definitions.ts';
import { cleanFailure, resultMessage, type Printed } from './kubectl-text.ts';
import { isUpdatedBy, migrateManagers } from './managed-fields.ts';
import { reconcileRbac } from './reconcile-rbac.ts';
import { removeFinalizer } from './remove-finalizer.ts';
import { createObject, replaceObject, updateObject } from './replace.ts';
import { refIn, resourceOf, serverResource } from './server-resource.ts';
import { applyServerSide } from './server-side.ts';

export interface SyncDriverOptions {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly timers: Timers;
  /** Names the files that kubectl's failures speak of. */
  readonly random: Random;
  /** Field manager of what is applied: Argo CD's `argocd-controller` unless given. */
  readonly manager?: string;
  /** What is to be done after a wave, such as to wait. */
  readonly wave?: (request: WaveRequest) => Promise<void>;
}

/** Does in a cluster what the steps of a sync ask for. */
export interface SyncDriver {
  /** Does the requests of one batch at the same time. Throws only for bugs. */
  answer(requests: readonly SyncRequest[]): Promise<SyncAnswers>;
}

/**
 * A driver over a Kubernetes API. What it answers is in the words of kubectl and of Argo CD 3.5.1:
 * gitops-engine/pkg/sync/sync_context.go, pkg/utils/kube/resource_ops.go and ctl.go.
 */
export function createSyncDriver(options: SyncDriverOptions): SyncDriver {
  const context: ApplyContext = { ...options, manager: options.manager ?? 'argocd-controller' };
  return {
    answer: async (requests) => {
      const order: number[] = [];
      const answers = await Promise.all(
        requests.map(async (request, index) => {
          const answer = await answerOne(context, request, options.wave);
          order.push(index);
          return answer;
        }),
      );
      return { answers, order };
    },
  };
}

async function answerOne(
  context: ApplyContext,
  request: SyncRequest,
  wave: SyncDriverOptions['wave'],
): Promise<SyncAnswer> {
  try {
    switch (request.do) {
      case 'discover':
        return await discover(context, request);
      case 'get':
        return await getObject(context, request);
      case 'apply':
        return { ok: true, message: await apply(context, request) };
      case 'delete':
        return await deleteObject(context, request);
      case 'removeFinalizer':
        return await removeFinalizer(context, request);
      case 'wave':
        await wave?.(request);
        return { ok: true };
    }
  } catch (error) {
    if (error instanceof KubectlError || error instanceof KubeError) {
      const missing = isNotFound(error) ? { notFound: true } : {};
      return { ok: false, message: error.message, ...missing };
    }
    throw error;
  }
}

async function discover(context: ApplyContext, request: DiscoverRequest): Promise<SyncAnswer> {
  const { namespaced } = await serverResource(context, request, 'get');
  return { ok: true, namespaced };
}

async function getObject(context: ApplyContext, request: GetRequest): Promise<SyncAnswer> {
  const { key, version } = request;
  const resource = await resourceOf(context, { ...key, version }, 'get');
  const object = await context.client.get(resource.type, refIn(resource, key));
  return { ok: true, object: object };
}

async function deleteObject(context: ApplyContext, request: DeleteRequest): Promise<SyncAnswer> {
  const { key, version, propagation } = request;
  const resource = await resourceOf(context, { ...key, version }, 'delete');
  const options = { propagationPolicy: propagation };
  await context.client.delete(resource.type, refIn(resource, key), options);
  return { ok: true };
}

async function apply(context: ApplyContext, request: ApplyRequest): Promise<string> {
  const { target, live, serverSide, dryRun } = request;
  if (serverSide?.takeOverFrom !== undefined && live !== undefined && !dryRun)
    await takeOver(context, live, { from: serverSide.takeOverFrom, to: serverSide.manager });
  let printed: Printed;
  try {
    printed = await run(context, request);
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    throw new KubectlError(cleanFailure(error.message), { cause: error });
  }
  if (isCustomResourceDefinition(target) && !dryRun) await waitForDefinition(context, target);
  return resultMessage(printed);
}

async function run(context: ApplyContext, request: ApplyRequest): Promise<Printed> {
  const { command, dryRun, force, live, serverSide } = request;
  const object = request.target as JsonObject;
  const destination = await destinationOf(context, object);
  switch (command) {
    case 'create':
      return createObject(context, destination, dryRun);
    case 'replace':
      return replaceObject(context, destination, { dryRun, force });
    case 'update':
      return updateObject(context, destination, { live: (live ?? {}) as JsonObject, dryRun });
    case 'apply':
      break;
  }
  if (serverSide !== undefined)
    return applyServerSide(context, destination, { manager: serverSide.manager, force });
  const isRbac = object['apiVersion'] === 'rbac.authorization.k8s.io/v1';
  const before = isRbac ? await reconcileRbac(context, destination, dryRun) : '';
  const applied = await applyClientSide(context, destination, { dryRun, force });
  return { ...applied, out: before + applied.out };
}

/** Gives what a manager wrote by updates to the one that applies. */
async function takeOver(
  context: ApplyContext,
  live: KubeObject,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  if (!isUpdatedBy(live as JsonObject, from)) return;
  const key = resourceKey(live);
  try {
    const resource = await resourceOf(context, groupVersionKind(live), 'patch');
    const ref = refIn(resource, key);
    const object = await context.client.get(resource.type, ref);
    if (isUpdatedBy(object, from))
      await migrateManagers(context, { resource, ref, object }, { from: [from], to });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new KubectlError(
      `Failed to perform client-side apply migration for ${keyText(key)}: ${error.message}`,
      { cause: error },
    );
  }
}
