import {
  asArray,
  asObject,
  asString,
  base64Fault,
  base64Of,
  isObject,
  own,
  sortKeys,
  without,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import { splitApiVersion } from './patch-meta.ts';

/**
 * An object without differences that are none: times of creation, secrets given as text, empty rules of
 * roles, the order of endpoints.
 * Source: `Normalize` in gitops-engine/pkg/diff/diff.go.
 */
export function normalizeKind(object: JsonObject, ignoreAggregatedRoles: boolean): JsonObject {
  const [group] = splitApiVersion(asString(object['apiVersion']));
  const plain = withoutCreation(object);
  switch (`${group}/${asString(object['kind'])}`) {
    case '/Secret':
      return normalizeSecret(plain);
    case 'rbac.authorization.k8s.io/ClusterRole':
    case 'rbac.authorization.k8s.io/Role':
      return normalizeRole(plain, ignoreAggregatedRoles);
    case '/Endpoints':
      return normalizeEndpoints(plain);
    default:
      return plain;
  }
}

function withoutCreation(object: JsonObject): JsonObject {
  const metadata = object['metadata'];
  if (!isObject(metadata) || !Object.hasOwn(metadata, 'creationTimestamp')) return object;
  return { ...object, metadata: without(metadata, 'creationTimestamp') };
}

function normalizeSecret(object: JsonObject): JsonObject {
  const encoded = withEncodedData(object);
  const data = encoded['data'];
  if (!isObject(data)) return encoded;
  const values = Object.entries(data).map(([key, value]) => [key, plainBase64(value)] as const);
  // A secret that cannot be one stays as it is, so that applying it fails.
  if (values.some(([, value]) => value === undefined)) return encoded;
  return { ...encoded, data: Object.fromEntries(values) as JsonObject };
}

function withEncodedData(object: JsonObject): JsonObject {
  const texts = object['stringData'];
  const data = own(object, 'data') ?? {};
  if (!isObject(texts) || !isObject(data)) return object;
  const added = Object.entries(texts).map(
    ([key, value]) => [key, typeof value === 'string' ? base64Of(value) : value] as const,
  );
  return { ...without(object, 'stringData'), data: { ...data, ...Object.fromEntries(added) } };
}

/** Base64 without line breaks; undefined: it is none. Nothing is an empty value. */
function plainBase64(value: Json): string | undefined {
  if (value === null) return '';
  if (typeof value !== 'string' || base64Fault(value) >= 0) return undefined;
  return value.replace(/[\r\n]/g, '');
}

function normalizeRole(object: JsonObject, ignoreAggregated: boolean): JsonObject {
  const isAggregated = ignoreAggregated && isObject(object['aggregationRule']);
  const rules = object['rules'];
  const isEmpty = Array.isArray(rules) && rules.length === 0;
  return isAggregated || isEmpty ? { ...object, rules: null } : object;
}

function normalizeEndpoints(object: JsonObject): JsonObject {
  const subsets = object['subsets'];
  if (!Array.isArray(subsets)) return object;
  const normal = subsets.map((entry) => {
    const subset = asObject(entry);
    const out: JsonObject = { ...subset };
    for (const key of ['addresses', 'notReadyAddresses'])
      if (Array.isArray(subset[key])) out[key] = sorted(subset[key]);
    if (Array.isArray(subset['ports']))
      out['ports'] = sorted(asArray(subset['ports']).map(withProtocol));
    return out;
  });
  return { ...object, subsets: sorted(normal) };
}

function withProtocol(port: Json): Json {
  if (!isObject(port)) return port;
  return asString(port['protocol']) === '' ? { ...port, protocol: 'TCP' } : port;
}

/** Any order does, as long as it is always the same. */
function sorted(list: readonly Json[]): Json[] {
  const texts = list.map((entry) => [JSON.stringify(sortKeys(entry)), entry] as const);
  return texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
}
