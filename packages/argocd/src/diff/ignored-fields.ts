import {
  compileDeletion,
  compilePointerDeletion,
  type Deletion,
} from '@tidegate/core/argocd/applicationset';
import { matchGobwas } from '@tidegate/core/argocd/globs';
import { asObject, asString, at, type JsonObject } from '@tidegate/kube';
import { splitApiVersion } from './patch-meta.ts';

/** Fields whose differences do not count. */
export interface IgnoredFields {
  /** RFC 6901. */
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
  /** What these managers wrote counts as wanted. */
  readonly managedFieldsManagers?: readonly string[];
}

/** An entry of an Application's `spec.ignoreDifferences`. */
export interface IgnoreDifference extends IgnoredFields {
  /** Globs. */
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** A field of a custom resource that has a type of Kubernetes. */
export interface KnownTypeField {
  /** Such as `spec.template.spec`. */
  readonly field: string;
  /** Such as `core/v1/PodSpec`. */
  readonly type: string;
}

/** What `resource.customizations` says about comparing a kind. */
export interface DiffOverride {
  readonly ignoreDifferences?: IgnoredFields;
  readonly knownTypeFields?: readonly KnownTypeField[];
}

/** Overrides by `group/Kind`, or `Kind`; both may hold globs, as in the form for all kinds. */
export type DiffOverrides = Readonly<Record<string, DiffOverride>>;

/** Group and kind of an override's key; undefined where it is neither `group/Kind` nor `Kind`. */
export function overrideKind(key: string): { group: string; kind: string } | undefined {
  const parts = key.split('/');
  if (parts.length > 2) return undefined;
  const [first = '', second] = parts;
  return second === undefined ? { group: '', kind: first } : { group: first, kind: second };
}

/** Takes ignored fields off objects. */
export type FieldIgnorer = (object: JsonObject) => JsonObject;

/**
 * Compiles everything that is ignored: first what the Application says, then the overrides. A rule that
 * does not apply to an object, or fails on it, changes nothing. Throws an Error for a jq expression that
 * is wrong or not modelled. Source: `NewIgnoreNormalizer` in util/argo/normalizers/diff_normalizer.go.
 */
export function compileIgnored(
  ignored: readonly IgnoreDifference[],
  overrides: DiffOverrides,
): FieldIgnorer {
  const fromOverrides = Object.entries(overrides).flatMap(([key, override]) => {
    const kind = overrideKind(key);
    return kind === undefined ? [] : [{ ...kind, ...override.ignoreDifferences }];
  });
  const rules = [...ignored, ...fromOverrides].map((rule) => ({
    rule,
    deletions: [
      ...(rule.jsonPointers ?? []).map(compilePointerDeletion),
      ...(rule.jqPathExpressions ?? []).map(compileDeletion),
    ],
  }));
  const applying = rules.filter(({ deletions }) => deletions.length > 0);
  return (object) =>
    applying.reduce(
      (left, { rule, deletions }) =>
        appliesTo(rule, object) ? deletions.reduce(attempt, left) : left,
      object,
    );
}

/** Whether a rule is about an object. */
export function appliesTo(rule: IgnoreDifference, object: JsonObject): boolean {
  const [group] = splitApiVersion(asString(object['apiVersion']));
  const { name = '', namespace = '' } = rule;
  return (
    matchGobwas(rule.group ?? '', group) &&
    matchGobwas(rule.kind ?? '', asString(object['kind'])) &&
    (name === '' || name === at(object, 'metadata', 'name')) &&
    (namespace === '' || namespace === at(object, 'metadata', 'namespace'))
  );
}

function attempt(object: JsonObject, remove: Deletion): JsonObject {
  try {
    return asObject(remove(object) as JsonObject);
  } catch {
    return object;
  }
}

/**
 * Managers whose fields count as wanted on an object.
 * Source: `HasIgnoreDifference` in util/argo/diff/ignore.go.
 */
export function trustedManagers(
  object: JsonObject,
  ignored: readonly IgnoreDifference[],
  overrides: DiffOverrides,
): readonly string[] {
  const [group] = splitApiVersion(asString(object['apiVersion']));
  const kinds = [`${group}/${asString(object['kind'])}`, '*/*'];
  const managers = [
    ...kinds.map((kind) => overrides[kind]?.ignoreDifferences),
    ...ignored.filter((rule) => appliesTo(rule, object)),
  ].flatMap((rule) => rule?.managedFieldsManagers ?? []);
  return [...new Set(managers)];
}

/** `resource.compareoptions`, as far as comparisons go by it. */
export interface CompareOptions {
  /** `crd`, `all`, `none`; anything unknown counts as `all`. */
  readonly ignoreResourceStatusField?: string;
  readonly ignoreAggregatedRoles?: boolean;
}

/**
 * Overrides with what Argo CD ignores unless told otherwise: the status of all objects.
 * Source: `GetResourceOverrides` in util/settings/settings.go.
 */
export function withStatusIgnored(
  overrides: DiffOverrides,
  { ignoreResourceStatusField: where = 'all' }: CompareOptions,
): DiffOverrides {
  if (['none', 'off', 'false'].includes(where)) return overrides;
  const key = where === 'crd' ? 'apiextensions.k8s.io/CustomResourceDefinition' : '*/*';
  const known = overrides[key] ?? {};
  const jsonPointers = [...(known.ignoreDifferences?.jsonPointers ?? []), '/status'];
  const ignoreDifferences = { ...known.ignoreDifferences, jsonPointers };
  return { ...overrides, [key]: { ...known, ignoreDifferences } };
}
