import type { KubeObject } from '@tidegate/core/argocd/sync';
import type { JsonValue } from './manifest-yaml.ts';
import { SourceFault } from './source-fault.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What Kubernetes' decoder says of a value that is no object with a kind; undefined where it is one. */
export function objectFault(value: JsonValue): string | undefined {
  if (!isFields(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    const named = kind === 'boolean' ? 'bool' : kind;
    return `json: cannot unmarshal ${named} into Go value of type map[string]interface {}`;
  }
  const { kind } = value;
  if (typeof kind === 'string' && kind !== '') return undefined;
  return `Object 'Kind' is missing in '${goJson(value)}'`;
}

/** JSON as Go writes a map: keys in order. */
function goJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isFields(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * Objects with lists taken apart, one level deep. Throws SourceFault for a list that holds something else
 * than objects. See `GenerateManifests` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export function flattenLists(values: readonly JsonValue[]): KubeObject[] {
  return values.filter(isFields).flatMap((value): KubeObject[] => {
    const { items } = value;
    if (Array.isArray(items)) return items.map(listItem);
    return isNullList(value) ? [] : [value];
  });
}

function listItem(item: unknown): KubeObject {
  if (isFields(item)) return item;
  throw new SourceFault('items member is not an object: map[string]interface {}');
}

function isNullList(value: Fields): boolean {
  return !('spec' in value) && !('status' in value) && 'items' in value && value['items'] === null;
}
