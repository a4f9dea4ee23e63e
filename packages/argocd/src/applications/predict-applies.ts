import { KubeError, type JsonObject, type KubeClient } from '@tidegate/kube';
import {
  annotationOption,
  groupVersionKind,
  keyText,
  resourceKey,
  syncAnnotations,
  type KubeObject,
  type ReconciledResource,
} from '@tidegate/core/argocd/sync';
import type { Discovery } from '../discovery/index.ts';
import type { Application } from './application.ts';

/** How an Application is compared with what a server says that an apply would make. */
export interface ServerSideDiff {
  readonly includeMutationWebhook: boolean;
}

/** Source: `CompareAppState` in controller/state.go. Undefined: objects are compared here. */
export function serverSideDiffOf(application: Application): ServerSideDiff | undefined {
  const option = (name: string): string | undefined =>
    annotationOption(application, syncAnnotations.compareOptions, name);
  return option('ServerSideDiff') === 'true'
    ? { includeMutationWebhook: option('IncludeMutationWebhook') === 'true' }
    : undefined;
}

/**
 * What a server-side apply would make of each object that is there, by key. Throws an Error where the
 * server refuses one.
 */
export async function predictApplies(
  resources: readonly ReconciledResource[],
  { client, discovery }: { readonly client: KubeClient; readonly discovery: Discovery },
): Promise<ReadonlyMap<string, KubeObject>> {
  const pairs = await Promise.all(
    resources.map(async ({ target, live }) => {
      if (target === undefined || live === undefined) return undefined;
      const { group, version, kind } = groupVersionKind(target);
      const resource = discovery.resourceFor(group, version, kind);
      if (resource === undefined) return undefined;
      const predicted = await dryRun(client, resource.type, target);
      return [keyText(resourceKey(live)), predicted] as const;
    }),
  );
  return new Map(pairs.filter((pair) => pair !== undefined));
}

async function dryRun(
  client: KubeClient,
  type: Parameters<KubeClient['apply']>[0],
  target: KubeObject,
): Promise<KubeObject> {
  try {
    const options = { fieldManager: 'argocd-controller', force: true, dryRun: true };
    return await client.apply(type, target as JsonObject, options);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const { kind, name } = resourceKey(target);
    const what = `error running server side apply in dryrun mode for resource ${kind}/${name}`;
    throw new Error(`${what}: ${error.message}`, { cause: error });
  }
}
