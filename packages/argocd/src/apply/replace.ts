import { asObject, asString, at, KubeError, withAt, type JsonObject } from '@tidegate/kube';
import {
  type ApplyContext,
  type Destination,
  KubectlError,
  liveOf,
  pause,
  sent,
  textOf,
  whileDoing,
} from './context.ts';
import { printedName, type Printed } from './kubectl-text.ts';
import { lastAppliedText, withLastApplied } from './last-applied.ts';

/** kubectl keeps its note on an object up to date, but adds none when it replaces or creates. */
function noted(object: JsonObject): JsonObject {
  return (lastAppliedText(object) ?? '') === '' ? object : withLastApplied(object);
}

/** Creates an object as `kubectl create` does. Throws KubectlError. */
export async function createObject(
  { client }: ApplyContext,
  destination: Destination,
  dryRun: boolean,
): Promise<Printed> {
  const { object, resource, file } = destination;
  if (dryRun) return { out: `${printedName(object)} created (dry run)\n` };
  try {
    const body = sent({ ...destination, object: noted(object) });
    const created = await client.create(resource.type, body);
    return { out: `${printedName(created)} created\n` };
  } catch (error) {
    throw whileDoing('creating', file, error);
  }
}

/** Replaces an object as `kubectl replace` does, with `--force` if asked. Throws KubectlError. */
export async function replaceObject(
  context: ApplyContext,
  destination: Destination,
  { dryRun, force }: { readonly dryRun: boolean; readonly force: boolean },
): Promise<Printed> {
  const { object } = destination;
  if (dryRun) return { out: `${printedName(object)} replaced (dry run)\n` };
  if (force) return forceReplace(context, destination);
  try {
    await put(context, destination);
  } catch (error) {
    throw whileDoing('replacing', destination.file, error);
  }
  return { out: `${printedName(object)} replaced\n` };
}

/** Overwrites whatever version is there; without one the server decides whether that is created. */
async function put(context: ApplyContext, destination: Destination): Promise<void> {
  const { client } = context;
  const { resource } = destination;
  const object = sent({ ...destination, object: noted(destination.object) });
  const given = asString(at(object, 'metadata', 'resourceVersion'));
  const live = given === '' ? await liveOf(context, destination) : undefined;
  const version = at(live, 'metadata', 'resourceVersion');
  await client.update(
    resource.type,
    version === undefined ? object : withAt(object, ['metadata', 'resourceVersion'], version),
  );
}

const goneCheckMs = 1000;
const goneTimeoutMs = 5 * 60_000;

async function forceReplace(context: ApplyContext, destination: Destination): Promise<Printed> {
  const { client } = context;
  const { object, resource, ref, file } = destination;
  try {
    await client.delete(resource.type, ref, { propagationPolicy: 'Background' });
  } catch (error) {
    throw whileDoing('deleting', file, error);
  }
  await waitUntilGone(context, destination);
  try {
    await client.create(resource.type, sent({ ...destination, object: noted(object) }));
  } catch (error) {
    throw new KubectlError(textOf(error), { cause: error });
  }
  const [kind = ''] = printedName(object).split('/');
  const place = ref.namespace === undefined ? '' : ` from ${ref.namespace} namespace`;
  return {
    out: `${kind} ${JSON.stringify(ref.name)} deleted${place}\n${printedName(object)} replaced\n`,
  };
}

async function waitUntilGone(context: ApplyContext, destination: Destination): Promise<void> {
  for (let waitedMs = 0; (await liveOf(context, destination)) !== undefined;) {
    if (waitedMs >= goneTimeoutMs) throw new KubectlError('context deadline exceeded');
    await pause(context.timers, goneCheckMs);
    waitedMs += goneCheckMs;
  }
}

/**
 * Updates an object whose deletion would take others with it. A dry run asks the server to check.
 * Throws KubectlError. Source: `UpdateResource` in resource_ops.go.
 */
export async function updateObject(
  { client }: ApplyContext,
  destination: Destination,
  { live, dryRun }: { readonly live: JsonObject; readonly dryRun: boolean },
): Promise<Printed> {
  const { object, resource, ref } = destination;
  const version = asObject(live['metadata'])['resourceVersion'];
  const next = withAt(sent(destination), ['metadata', 'resourceVersion'], version);
  try {
    await client.update(resource.type, next, dryRun ? { dryRun } : {});
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new KubectlError(error.message, { cause: error });
  }
  return { out: `${asString(object['kind'])}/${ref.name} updated` };
}
