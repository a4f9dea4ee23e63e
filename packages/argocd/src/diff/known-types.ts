import {
  decodeTyped,
  DecodeError,
  hasType,
  isObject,
  normalizeQuantity,
  own,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import { type DiffOverrides, overrideKind } from './ignored-fields.ts';
import { splitApiVersion } from './patch-meta.ts';

/** A value as a type of Kubernetes writes it. Throws DecodeError where it does not fit. */
type Rewriter = (value: Json) => Json;

/** Rewrites fields of custom resources that have types of Kubernetes. */
export type FieldRewriter = (object: JsonObject) => JsonObject;

interface Rule {
  readonly group: string;
  readonly kind: string;
  readonly path: readonly string[];
  readonly rewrite: Rewriter;
}

/**
 * Compiles `knownTypeFields`; types that Argo CD does not know are passed over, as it does. Rollouts of
 * Argo hold a pod's spec unless something else is said of them.
 * Source: util/argo/normalizers/knowntypes_normalizer.go.
 */
export function compileKnownTypes(overrides: DiffOverrides): FieldRewriter {
  const rules: Rule[] = Object.entries(overrides).flatMap(([key, { knownTypeFields = [] }]) => {
    const kind = overrideKind(key) ?? { group: '', kind: '' };
    return knownTypeFields.flatMap(({ field, type }) => {
      const rewrite = rewriterOf(type);
      return rewrite === undefined ? [] : [{ ...kind, path: field.split('.'), rewrite }];
    });
  });
  const rollout = { group: 'argoproj.io', kind: 'Rollout' };
  const rewrite = rewriterOf('core/v1/PodSpec');
  const isKnown = rules.some(({ group, kind }) => group === rollout.group && kind === rollout.kind);
  if (!isKnown && rewrite !== undefined)
    rules.push({ ...rollout, path: ['spec', 'template', 'spec'], rewrite });
  return (object) => rewriteFields(object, rules);
}

function rewriteFields(object: JsonObject, rules: readonly Rule[]): JsonObject {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string') return object;
  const [group] = splitApiVersion(apiVersion);
  const matching = rules.filter((rule) => rule.group === group && rule.kind === kind);
  try {
    return matching.reduce(
      (out, { path, rewrite }) => rewriteAt(out, path, rewrite) as JsonObject,
      object,
    );
  } catch (error) {
    if (error instanceof DecodeError) return object;
    throw error;
  }
}

function rewriterOf(type: string): Rewriter | undefined {
  if (type === 'core/Quantity' || type === 'core/v1/Quantity') return rewriteQuantity;
  if (type === 'core/v1/ResourceList')
    return (value) =>
      isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([key, entry]) => [key, rewriteQuantity(entry)]),
          )
        : value;
  const name = /^core\/v1\/(\w+)$/.exec(type)?.[1];
  const model = ['V1', 'CoreV1'].map((prefix) => `${prefix}${name ?? ''}`).find(hasType);
  if (name === undefined || model === undefined) return undefined;
  return (value) => (isObject(value) ? decodeTyped(model, value).object : value);
}

function rewriteQuantity(value: Json): Json {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  return normalizeQuantity(String(value));
}

/** Rewrites what is at a path, in each entry of lists on the way. */
function rewriteAt(value: Json, path: readonly string[], rewrite: Rewriter): Json {
  const [key, ...rest] = path;
  if (key === undefined) return rewrite(value);
  if (!isObject(value)) return value;
  const found = own(value, key);
  if (found === undefined) return value;
  const next = Array.isArray(found)
    ? found.map((entry) => (isObject(entry) ? rewriteAt(entry, rest, rewrite) : entry))
    : rewriteAt(found, rest, rewrite);
  return { ...value, [key]: next };
}
