import { asObject, asString, equal, type JsonObject, sortKeys, without } from '../json/value.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { showCustom } from '../schema/custom-object.ts';
import { eventToEventsV1 } from '../kinds/event.ts';
import type { Context } from './context.ts';

/**
 * A stored object as one version of its resource shows it. `before` is what was stored in its place: when that is shown
 * as it is, only what changed since is looked into.
 */
export function present(
  context: Context,
  resource: Resource,
  stored: JsonObject,
  before?: JsonObject,
): JsonObject {
  if (resource.custom === undefined) {
    return resource.type === 'EventsV1Event' ? eventToEventsV1(stored) : stored;
  }
  const shown = context.shown.get(stored);
  if (shown?.of === resource) return shown.object;
  const known = shownAsStored(context, resource, before);
  const versioned = { ...stored, apiVersion: apiVersionOf(resource) };
  const made = asObject(sortKeys(showCustom(resource.custom, versioned, known), known));
  // Most objects are shown as they are stored: then there is no second copy.
  const object = equal(made, stored) ? stored : made;
  context.shown.set(stored, { of: resource, object });
  return object;
}

/** An object that is as its resource shows it: pruned, with defaults, its keys in order. */
export function shownAsStored(
  context: Context,
  resource: Resource,
  stored: JsonObject | undefined,
): JsonObject | undefined {
  if (stored === undefined || resource.custom === undefined) return undefined;
  const shown = context.shown.get(stored);
  return shown?.of === resource && shown.object === stored ? stored : undefined;
}

/** Notes that a stored object is as its resource shows it. */
export function noteShown(context: Context, resource: Resource, stored: JsonObject): void {
  context.shown.set(stored, { of: resource, object: stored });
}

/** The JSON of an object. */
export function textOf(context: Context, object: JsonObject): string {
  let text = context.texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    context.texts.set(object, text);
  }
  return text;
}

/** The JSON of an object as an item of a list: built-in types leave kind and apiVersion out. */
export function itemText(context: Context, resource: Resource, object: JsonObject): string {
  const text = textOf(context, object);
  if (resource.custom !== undefined) return text;
  const head = `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(apiVersionOf(resource))},`;
  return text.startsWith(head)
    ? `{${text.slice(head.length)}`
    : JSON.stringify(without(object, 'kind', 'apiVersion'));
}

/** Only what identifies an object, with its metadata. */
export function partial(object: JsonObject, version: string): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: asObject(object['metadata']),
  };
}

export function nameOf(object: JsonObject): string {
  return asString(asObject(object['metadata'])['name']);
}

export function namespaceOf(object: JsonObject): string {
  return asString(asObject(object['metadata'])['namespace']);
}
