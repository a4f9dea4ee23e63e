import {
  asObject,
  goJson,
  own,
  sortKeys,
  without,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import { lastAppliedAnnotation } from './kubectl-text.ts';

function withAnnotations(object: JsonObject, annotations: JsonObject): JsonObject {
  return { ...object, metadata: { ...asObject(object['metadata']), annotations } };
}

function annotationsOf(object: JsonObject): JsonObject {
  return asObject(asObject(object['metadata'])['annotations']);
}

/**
 * An object with the note of itself that kubectl leaves on what it applies: JSON with sorted keys and
 * a line break, without the note.
 */
export function withLastApplied(object: JsonObject): JsonObject {
  const annotations = without(annotationsOf(object), lastAppliedAnnotation);
  const plain = withAnnotations(object, annotations);
  const note = `${goJson(sortKeys(plain))}\n`;
  return withAnnotations(plain, { ...annotations, [lastAppliedAnnotation]: note });
}

/** The note on an object; undefined where there is none. */
export function lastAppliedText(object: JsonObject): string | undefined {
  const note = own(annotationsOf(object), lastAppliedAnnotation);
  return typeof note === 'string' ? note : undefined;
}

/** An object as it is created: fields that are null are not sent. */
export function withoutNulls(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNullsIn(value)]));
}

function withoutNullsIn(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNullsIn);
  return typeof value === 'object' && value !== null ? withoutNulls(value) : value;
}
