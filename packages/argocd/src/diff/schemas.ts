import {
  asString,
  customSchema,
  typedSchema,
  untypedSchema,
  without,
  asObject,
  type ApplySchema,
  type JsonObject,
} from '@tidegate/kube';
import { servedType } from './patch-meta.ts';

/** The `openAPIV3Schema` of a custom kind in a version; undefined where it is not known. */
export type CustomSchemas = (apiVersion: string, kind: string) => JsonObject | undefined;

/** How server-side apply merges objects of a kind. Without a schema, lists are taken as one value. */
export function mergeSchema(object: JsonObject, custom: CustomSchemas): ApplySchema {
  const apiVersion = asString(object['apiVersion']);
  const kind = asString(object['kind']);
  const type = servedType(apiVersion, kind);
  if (type !== undefined) return typedSchema(type);
  const schema = custom(apiVersion, kind);
  return schema === undefined ? untypedSchema : customSchema(schema);
}

/** An object without some of its metadata. */
export function withoutMetadata(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return { ...object, metadata: without(asObject(object['metadata']), ...keys) };
}

/** An object without an annotation; no annotations are left as an empty map. */
export function withoutAnnotation(object: JsonObject, annotation: string): JsonObject {
  const metadata = asObject(object['metadata']);
  const annotations = metadata['annotations'];
  if (annotations === undefined || annotations === null) return object;
  const left = without(asObject(annotations), annotation);
  return { ...object, metadata: { ...metadata, annotations: left } };
}
