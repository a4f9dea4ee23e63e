import { nameOf, type KubeObject } from '@tidegate/core/argocd/sync';
import { asArray, asObject, asString, at, KubeError, type JsonObject } from '@tidegate/kube';
import type { ApiResource } from '../discovery/index.ts';
import { type ApplyContext, pause } from './context.ts';

const definitionCheckMs = 100;
const definitionTimeoutMs = 3000;

/**
 * Waits until a definition is established, then reads what it offers; one that is late is no failure.
 * Source: `ensureCRDReady` in gitops-engine/pkg/sync/sync_context.go.
 */
export async function waitForDefinition(context: ApplyContext, target: KubeObject): Promise<void> {
  const type = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };
  for (let waitedMs = 0; ; waitedMs += definitionCheckMs) {
    const found = await readDefinition(context, type, nameOf(target));
    const conditions = asArray(at(found, 'status', 'conditions')).map(asObject);
    const established = conditions.find((condition) => condition['type'] === 'Established');
    if (established?.['status'] === 'True') break;
    if (found === undefined || established !== undefined || waitedMs >= definitionTimeoutMs) return;
    await pause(context.timers, definitionCheckMs);
  }
  await learn(context, target as JsonObject);
}

async function readDefinition(
  { client }: ApplyContext,
  type: ApiResource['type'],
  name: string,
): Promise<JsonObject | undefined> {
  try {
    return await client.get(type, { name });
  } catch (error) {
    if (error instanceof KubeError) return undefined;
    throw error;
  }
}

/** Reads what a new definition offers. */
async function learn({ discovery }: ApplyContext, definition: JsonObject): Promise<void> {
  const group = asString(at(definition, 'spec', 'group'));
  for (const version of asArray(at(definition, 'spec', 'versions')))
    await discovery.refreshVersion(group, asString(asObject(version)['name']));
}
