import { asArray, asString, isObject, type Json, type JsonObject } from '@tidegate/kube';

/** One permission of a role. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export function readRules(value: Json | undefined): PolicyRule[] {
  return asArray(value)
    .filter(isObject)
    .map((rule) => ({
      verbs: texts(rule['verbs']),
      apiGroups: texts(rule['apiGroups']),
      resources: texts(rule['resources']),
      resourceNames: texts(rule['resourceNames']),
      nonResourceURLs: texts(rule['nonResourceURLs']),
    }));
}

function texts(value: Json | undefined): string[] {
  return asArray(value).map(asString);
}

/** A rule as objects hold it: lists that are empty are left out, but for the verbs. */
export function writeRule(rule: PolicyRule): JsonObject {
  const lists = Object.entries({ ...rule } as Record<string, readonly string[]>);
  return Object.fromEntries(
    lists
      .filter(([key, list]) => key === 'verbs' || list.length > 0)
      .map(([key, list]) => [key, [...list]]),
  );
}

/** A rule as Go prints it. */
export function printRule(rule: PolicyRule): string {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const parts = {
    Verbs: verbs,
    APIGroups: apiGroups,
    Resources: resources,
    ResourceNames: resourceNames,
    NonResourceURLs: nonResourceURLs,
  };
  const shown = Object.entries(parts).map(([name, list]) => `${name}:[${list.join(' ')}]`);
  return `{${shown.join(' ')}}`;
}

/**
 * The single permissions of some rules that other rules do not give.
 * Behaves as `Covers` of Kubernetes' RBAC validation.
 */
export function uncovered(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  return wanted.flatMap(singleRules).filter((rule) => !owned.some((own) => covers(own, rule)));
}

const noRule: PolicyRule = {
  verbs: [],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
};

function singleRules(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name]);
  const onResources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceNames) => ({
          ...noRule,
          apiGroups: [group],
          resources: [resource],
          verbs: [verb],
          resourceNames,
        })),
      ),
    ),
  );
  const onPaths = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ ...noRule, nonResourceURLs: [url], verbs: [verb] })),
  );
  return [...onResources, ...onPaths];
}

function hasAll(owned: readonly string[], wanted: readonly string[]): boolean {
  return owned.includes('*') || wanted.every((one) => owned.includes(one));
}

function covers(own: PolicyRule, rule: PolicyRule): boolean {
  const anyName = own.resourceNames.length === 0;
  const names = rule.resourceNames;
  const allNames = names.length > 0 && names.every((name) => own.resourceNames.includes(name));
  return (
    hasAll(own.verbs, rule.verbs) &&
    hasAll(own.apiGroups, rule.apiGroups) &&
    rule.resources.every((resource) => coversResource(own.resources, resource)) &&
    rule.nonResourceURLs.every((url) => coversPath(own.nonResourceURLs, url)) &&
    (anyName || allNames)
  );
}

function coversResource(owned: readonly string[], wanted: string): boolean {
  if (owned.includes('*') || owned.includes(wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && owned.includes(`*/${wanted.slice(slash + 1)}`);
}

function coversPath(owned: readonly string[], wanted: string): boolean {
  return owned.some(
    (path) => path === wanted || (path.endsWith('*') && wanted.startsWith(path.slice(0, -1))),
  );
}
