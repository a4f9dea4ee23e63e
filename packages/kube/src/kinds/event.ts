import { asObject, type JsonObject } from '../json/value.ts';

/** Names of an event's fields in the core API and in events.k8s.io. */
const renamed: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

/** A stored event as events.k8s.io/v1 shows it. */
export function eventToEventsV1(stored: JsonObject): JsonObject {
  return rename(stored, renamed, 'events.k8s.io/v1');
}

/** An event of events.k8s.io/v1 as it is stored. */
export function eventToCore(event: JsonObject): JsonObject {
  return rename(
    event,
    renamed.map(([core, other]) => [other, core]),
    'v1',
  );
}

function rename(
  event: JsonObject,
  names: readonly (readonly [string, string])[],
  apiVersion: string,
): JsonObject {
  const map = new Map(names);
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(event)) out[map.get(key) ?? key] = value;
  return { kind: 'Event', apiVersion, metadata: asObject(event['metadata']), ...without(out) };
}

function without(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => !['kind', 'apiVersion', 'metadata'].includes(key)),
  );
}
