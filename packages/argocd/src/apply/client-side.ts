import {
  asObject,
  asString,
  isConflict,
  KubeError,
  mergePatch,
  strategicMerge,
  without,
  type JsonObject,
} from '@tidegate/kube';
import { threeWayJsonPatch } from '../diff/json-patch.ts';
import { patchSchema, schemeType, servedType } from '../diff/patch-meta.ts';
import { PatchFault, threeWayStrategicPatch } from '../diff/strategic-patch.ts';
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
import { leaving, notApplied, printedName, type Printed } from './kubectl-text.ts';
import { lastAppliedText, withLastApplied, withoutNulls } from './last-applied.ts';

/** How an object is applied. */
export interface ApplyOptions {
  /** Only reads, and works out what would come of it. */
  readonly dryRun: boolean;
  /** Deletes and creates again where the server refuses the change. */
  readonly force: boolean;
}

/**
 * Applies an object as `kubectl apply` does: creates it, or patches what differs from what was applied
 * last and from what is there. Throws KubectlError in kubectl's words.
 */
export async function applyClientSide(
  context: ApplyContext,
  destination: Destination,
  options: ApplyOptions,
): Promise<Printed> {
  const { object, resource, ref, file } = destination;
  requireName(object);
  const suffix = options.dryRun ? ' (dry run)' : '';
  const live = await readLive(context, destination);
  if (live === undefined) {
    if (!options.dryRun) await create(context, destination);
    return { out: `${printedName(object)} created${suffix}\n` };
  }
  const unknown = lastAppliedText(live) === undefined;
  const warning = unknown ? notApplied(`${resource.type.plural}/${ref.name}`) : '';
  const modified = withLastApplied(namespaced(destination));
  const done = options.dryRun
    ? { patched: dryRunPatch(live, modified, file), object: live }
    : await patch(context, destination, { live, modified, force: options.force });
  const verb = done.patched ? 'configured' : 'unchanged';
  return {
    out: `${printedName(done.object)} ${verb}${suffix}\n`,
    err: warning + leaving(done.object),
  };
}

/** What is applied has to be found again. */
function requireName(object: JsonObject): void {
  const { name, generateName } = asObject(object['metadata']);
  if (asString(name) !== '') return;
  const prefix = asString(generateName);
  throw new KubectlError(
    prefix === ''
      ? 'resource name may not be empty'
      : `from ${prefix}: cannot use generate name with apply`,
  );
}

/** kubectl gives a namespaced object its namespace, and leaves one that another has. */
function namespaced({ object, resource, ref }: Destination): JsonObject {
  if (!resource.namespaced) return object;
  return {
    ...object,
    metadata: { ...asObject(object['metadata']), namespace: ref.namespace ?? '' },
  };
}

async function readLive(
  context: ApplyContext,
  destination: Destination,
): Promise<JsonObject | undefined> {
  try {
    return await liveOf(context, destination);
  } catch (error) {
    const about = `retrieving current configuration of:\n${described(destination)}\nfrom server for:`;
    throw whileDoing(about, destination.file, error);
  }
}

/** An object as kubectl tells which one it means. */
function described({ object, resource, ref }: Destination): string {
  const { group, version, kind, type } = resource;
  const namespace = asString(asObject(object['metadata'])['namespace']);
  return `Resource: "${group}/${version}, Resource=${type.plural}", GroupVersionKind: "${group}/${version}, Kind=${kind}"\nName: "${ref.name}", Namespace: "${namespace}"`;
}

async function create(context: ApplyContext, destination: Destination): Promise<void> {
  const object = withoutNulls(withLastApplied(namespaced(destination)));
  const { resource, file } = destination;
  try {
    await context.client.create(resource.type, sent({ ...destination, object }), {
      fieldManager: context.manager,
    });
  } catch (error) {
    throw whileDoing('creating', file, error);
  }
}

interface KubePatch {
  readonly type: 'strategic' | 'merge';
  readonly patch: JsonObject;
}

/** The patch from what is there to what is wanted: strategic for built-in kinds. */
function makePatch(live: JsonObject, modified: JsonObject, type: string | undefined): KubePatch {
  const note = lastAppliedText(live);
  const states = { original: parseNote(note), modified, current: live };
  if (type === undefined) return { type: 'merge', patch: threeWayJsonPatch(states) };
  return { type: 'strategic', patch: threeWayStrategicPatch(patchSchema(type), states) };
}

function parseNote(note: string | undefined): JsonObject | undefined {
  if (note === undefined || note === '') return undefined;
  try {
    return asObject(JSON.parse(note) as JsonObject);
  } catch {
    throw new PatchFault('Invalid JSON document');
  }
}

function guardPatch<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof PatchFault)) throw error;
    const text = `creating patch with:\nfor: ${error.message}`;
    throw whileDoing('patching', file, new KubectlError(text, { cause: error }));
  }
}

function dryRunPatch(live: JsonObject, modified: JsonObject, file: string): boolean {
  // A dry run goes by what kubectl has built in, as Argo CD wants it.
  const type = schemeType(asString(modified['apiVersion']), asString(modified['kind']));
  return guardPatch(file, () => {
    const { patch: made } = makePatch(live, modified, type);
    if (Object.keys(made).length === 0) return false;
    if (type === undefined) mergePatch(live, made);
    else strategicMerge(type, live, made);
    return true;
  });
}

interface PatchStates {
  readonly live: JsonObject;
  readonly modified: JsonObject;
  readonly force: boolean;
}

interface Patched {
  readonly patched: boolean;
  readonly object: JsonObject;
}

/** How often a patch is made anew after a conflict, and how long is waited from the second time on. */
const conflictRetries = 5;
const conflictPauseMs = 1000;

async function patch(
  context: ApplyContext,
  destination: Destination,
  { live, modified, force }: PatchStates,
): Promise<Patched> {
  const { resource, ref, file } = destination;
  let current = live;
  for (let attempt = 1; ; attempt += 1) {
    let refused: KubeError;
    try {
      return await patchOnce(context, destination, { live: current, modified });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      refused = error;
    }
    if (!isConflict(refused) || attempt > conflictRetries) {
      if (!force || ![409, 422].includes(refused.code)) throw whileDoing('patching', file, refused);
      return { patched: true, object: await recreate(context, destination, { live, modified }) };
    }
    if (attempt > 1) await pause(context.timers, conflictPauseMs);
    current = await context.client.get(resource.type, ref);
  }
}

async function patchOnce(
  { client, manager }: ApplyContext,
  { object, resource, ref, file }: Destination,
  { live, modified }: Omit<PatchStates, 'force'>,
): Promise<Patched> {
  const type = servedType(asString(object['apiVersion']), asString(object['kind']));
  const made = guardPatch(file, () => makePatch(live, modified, type));
  if (Object.keys(made.patch).length === 0) return { patched: false, object: live };
  const options = { fieldManager: manager };
  return { patched: true, object: await client.patch(resource.type, ref, made, options) };
}

/**
 * Deletes and creates again. kubectl gives the deletion no time: an object that does not go at once is
 * a failure.
 */
async function recreate(
  context: ApplyContext,
  destination: Destination,
  { live, modified }: Omit<PatchStates, 'force'>,
): Promise<JsonObject> {
  const { client, manager } = context;
  const { resource, ref } = destination;
  const body = sent({ ...destination, object: modified });
  try {
    await client.delete(resource.type, ref, { propagationPolicy: 'Background' });
    if ((await liveOf(context, destination)) !== undefined)
      throw new KubectlError('context deadline exceeded');
  } catch (error) {
    throw new KubectlError(textOf(error), { cause: error });
  }
  try {
    return await client.create(resource.type, body, { fieldManager: manager });
  } catch (error) {
    await restore(context, destination, { live, refused: textOf(error) });
    throw new KubectlError(textOf(error), { cause: error });
  }
}

/** Puts back what was there, as a new object. */
async function restore(
  { client, manager }: ApplyContext,
  { resource }: Destination,
  { live, refused }: { readonly live: JsonObject; readonly refused: string },
): Promise<void> {
  const metadata = without(asObject(live['metadata']), 'resourceVersion', 'uid', 'managedFields');
  try {
    await client.create(resource.type, { ...live, metadata }, { fieldManager: manager });
  } catch (error) {
    throw new KubectlError(
      `An error occurred force-replacing the existing object with the newly provided one:\n\n${refused}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${textOf(error)}`,
      { cause: error },
    );
  }
}
