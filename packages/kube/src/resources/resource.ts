import type { JsonObject } from '../json/value.ts';

/** A subresource, such as `status` or `scale`. */
export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** What a version of a CustomResourceDefinition says about its objects. */
export interface CustomVersion {
  readonly schema: JsonObject;
  readonly storageVersion: string;
  readonly columns: readonly JsonObject[];
  readonly selectableFields: readonly string[];
  readonly scale: JsonObject | undefined;
  readonly deprecationWarning: string | undefined;
  readonly terminating: boolean;
  /** Name of the definition. */
  readonly definition: string;
}

/** One resource of one version, built in or defined. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Where its objects are in the store: the same for all versions. */
  readonly storage: string;
  readonly storageHash: string | undefined;
  /** Built-in type by its name in the published client; undefined for custom resources. */
  readonly type: string | undefined;
  readonly custom: CustomVersion | undefined;
}

export function apiVersionOf(resource: {
  readonly group: string;
  readonly version: string;
}): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `plural.group` as messages and the store name a resource. */
export function storageName(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function hasSubresource(resource: Resource, name: string): boolean {
  return resource.subresources.some((subresource) => subresource.name === name);
}
