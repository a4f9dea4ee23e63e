import { builtinResources, type Field, type Shape, typeModel } from '@tidegate/kube';

/** How a field is merged by a strategic merge patch. */
export interface PatchMeta {
  /** Such as `merge`, `replace`, `retainKeys`; empty where nothing is said. */
  readonly strategies: readonly string[];
  readonly mergeKey: string | undefined;
  /** Of the field's value, or of the entries of its list. */
  readonly inner: PatchSchema;
}

/** What a strategic merge patch knows of an object's type. */
export interface PatchSchema {
  /** Undefined: the type has no such field. */
  field(name: string): PatchMeta | undefined;
}

const types = new Map(
  builtinResources.flatMap(({ group, version, kind, type }) =>
    type === undefined ? [] : [[`${group}/${version}/${kind}`, type] as const],
  ),
);

/**
 * Groups that have a server of their own, and so are not in the scheme of Kubernetes' Go client. Objects
 * of theirs are compared as custom resources are.
 */
const apart = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** Name of a built-in kind's type; undefined for custom resources. */
export function servedType(apiVersion: string, kind: string): string | undefined {
  const [group, version] = splitApiVersion(apiVersion);
  return types.get(`${group}/${version}/${kind}`);
}

/** Name of the type of a kind that is in the scheme of Kubernetes' Go client; else undefined. */
export function schemeType(apiVersion: string, kind: string): string | undefined {
  const [group] = splitApiVersion(apiVersion);
  return apart.has(group) ? undefined : servedType(apiVersion, kind);
}

/** Group and version. */
export function splitApiVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return [slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** The schema of a built-in type, by the name that `servedType` gives. */
export function patchSchema(type: string): PatchSchema {
  return shapeSchema({ kind: 'object', type });
}

function shapeSchema(shape: Shape): PatchSchema {
  switch (shape.kind) {
    case 'object':
      return {
        field: (name) => {
          const field = typeModel(shape.type).fields.get(name);
          return field === undefined ? undefined : fieldMeta(field);
        },
      };
    case 'map':
      return { field: () => plain(shape.value) };
    case 'any':
      return { field: () => plain(shape) };
    default:
      return { field: () => undefined };
  }
}

function plain(shape: Shape): PatchMeta {
  return { strategies: [], mergeKey: undefined, inner: shapeSchema(shape) };
}

function fieldMeta(field: Field): PatchMeta {
  const { shape } = field;
  return {
    strategies: field.patchStrategy?.split(',') ?? [],
    mergeKey: field.mergeKey,
    inner: shapeSchema(shape.kind === 'array' ? shape.item : shape),
  };
}
