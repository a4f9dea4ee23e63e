import type { JsonObject } from '@tidegate/kube';

/** `status` of an Application as Argo CD's own type writes it before anything is known. */
export const emptyStatus: JsonObject = {
  health: {},
  sourceHydrator: {},
  summary: {},
  sync: { comparedTo: { destination: {}, source: { repoURL: '' } }, status: '' },
};

/**
 * An Application as it is written whole through Argo CD's own type, which leaves no structure of the
 * status out. Source: `ApplicationStatus` in pkg/apis/application/v1alpha1/types.go.
 */
export function withTypedStatus(application: JsonObject): JsonObject {
  return { ...application, status: withDefaults(application['status'], emptyStatus) };
}

function withDefaults(value: unknown, defaults: JsonObject): JsonObject {
  const given = (value ?? {}) as JsonObject;
  const result: JsonObject = { ...given };
  for (const [key, inner] of Object.entries(defaults)) {
    const own = given[key];
    if (own === undefined || own === null) result[key] = inner;
    else if (isObject(own) && isObject(inner)) result[key] = withDefaults(own, inner);
  }
  return result;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
