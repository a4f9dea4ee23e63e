import { isNotFound, type JsonObject, type KubeClient, type ResourceType } from '@tidegate/kube';
import type { Action, PatchAction } from './recording.ts';
import { text } from './views.ts';
import type { World } from './world.ts';

/** The recorder waited so long after a Namespace or an AppProject. */
const pauseMs = 700;
/** A wait between two actions is told in words only. */
const waitMs = 1000;
const clusterScoped = new Set(['Namespace']);

/** Carries out the actions of a step, one right after the other. */
export async function perform(world: World, actions: readonly Action[]): Promise<void> {
  for (const [index, action] of actions.entries()) {
    await performOne(world, action);
    if ('wait' in action && index < actions.length - 1)
      await world.time.advanceTo(world.time.clock.nowMs() + waitMs);
  }
}

async function performOne(world: World, action: Action): Promise<void> {
  if ('commit' in action) {
    world.repositories.commit(action.commit);
  } else if ('apply' in action) {
    await apply(world, action.apply);
  } else if ('patch' in action) {
    await patch(world, action.patch);
  } else if ('delete' in action) {
    const { type, ref } = locate(world, action.delete.object);
    await remove(world.client, type, ref);
  }
}

async function apply(world: World, object: JsonObject): Promise<void> {
  const kind = text(object, 'kind');
  const type = world.resource(kind, text(object, 'apiVersion'));
  await world.client.apply(type, object, { fieldManager: 'recorder', force: true });
  if (kind === 'Namespace' || kind === 'AppProject')
    await world.time.advanceTo(world.time.clock.nowMs() + pauseMs);
}

async function patch(world: World, action: PatchAction): Promise<void> {
  const { type, ref } = locate(world, action.object);
  const content =
    action.type === 'merge'
      ? { type: 'merge' as const, patch: action.patch as JsonObject }
      : { type: 'json' as const, operations: action.patch as readonly JsonObject[] };
  const subresource = action.status === true ? { subresource: 'status' } : {};
  await world.client.patch(type, ref, content, { fieldManager: 'recorder', ...subresource });
}

async function remove(client: KubeClient, type: ResourceType, ref: Ref): Promise<void> {
  try {
    await client.delete(type, ref, { propagationPolicy: 'Background' });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

interface Ref {
  readonly name: string;
  readonly namespace?: string;
}

/** Where an object such as `ConfigMap/ns/name` or `Namespace/name` is. */
function locate(world: World, object: string): { readonly type: ResourceType; readonly ref: Ref } {
  const [kind = '', first = '', second] = object.split('/');
  const type = world.resource(kind);
  if (second === undefined || clusterScoped.has(kind))
    return { type, ref: { name: second ?? first } };
  return { type, ref: { namespace: first, name: second } };
}
