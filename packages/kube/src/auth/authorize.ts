import { asArray, asString, at, type JsonObject } from '../json/value.ts';
import type { Context, User } from '../server/context.ts';

/** A request on a resource, as rules see it. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

const rbac = 'rbac.authorization.k8s.io';
const openPaths = ['/healthz', '/livez', '/readyz', '/version'];
const discoveryPaths = ['/api', '/apis', '/openapi', ...openPaths];
/** Reviews that everybody who is known may ask for about themselves. */
const selfReviews = new Set([
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
]);

function isMaster(user: User): boolean {
  return user.groups.includes('system:masters');
}

/** Whether rules let a user do something with a resource. */
export function isAllowed(context: Context, user: User, attributes: Attributes): boolean {
  if (isMaster(user)) return true;
  const isSelfReview =
    attributes.verb === 'create' &&
    selfReviews.has(attributes.resource) &&
    user.groups.includes('system:authenticated');
  return (
    isSelfReview ||
    rulesFor(context, user, attributes.namespace).some((rule) => permits(rule, attributes))
  );
}

/** Whether rules let a user read a path that is no resource. */
export function isPathAllowed(
  context: Context,
  user: User,
  about: { readonly verb: string; readonly path: string },
): boolean {
  if (isMaster(user)) return true;
  const open = user.groups.includes('system:authenticated') ? discoveryPaths : openPaths;
  const inside = (base: string): boolean =>
    about.path === base || about.path.startsWith(`${base}/`);
  if (about.verb === 'get' && open.some(inside)) return true;
  return rulesFor(context, user, '').some((rule) => {
    const urls = asArray(rule['nonResourceURLs']).map(asString);
    const verbs = asArray(rule['verbs']).map(asString);
    const hit = urls.some(
      (url) =>
        url === '*' ||
        url === about.path ||
        (url.endsWith('*') && about.path.startsWith(url.slice(0, -1))),
    );
    return hit && (verbs.includes('*') || verbs.includes(about.verb));
  });
}

/** The rules that bindings give to a user in a namespace and everywhere. */
export function rulesFor(context: Context, user: User, namespace: string): JsonObject[] {
  const cluster = context.store
    .list(`clusterrolebindings.${rbac}`)
    .filter((binding) => binds(binding, user))
    .flatMap((binding) => rulesOf(context, binding, ''));
  if (namespace === '') return cluster;
  const local = context.store
    .list(`rolebindings.${rbac}`, namespace)
    .filter((binding) => binds(binding, user))
    .flatMap((binding) => rulesOf(context, binding, namespace));
  return [...cluster, ...local];
}

function binds(binding: JsonObject, user: User): boolean {
  return asArray(binding['subjects']).some((subject) => {
    const name = asString(at(subject, 'name'));
    switch (at(subject, 'kind')) {
      case 'User':
        return user.name === name || name === '*';
      case 'Group':
        return user.groups.includes(name);
      case 'ServiceAccount': {
        const namespace =
          asString(at(subject, 'namespace')) || asString(at(binding, 'metadata', 'namespace'));
        return user.name === `system:serviceaccount:${namespace}:${name}`;
      }
      default:
        return false;
    }
  });
}

function rulesOf(context: Context, binding: JsonObject, namespace: string): JsonObject[] {
  const name = asString(at(binding, 'roleRef', 'name'));
  const isCluster = at(binding, 'roleRef', 'kind') === 'ClusterRole';
  if (isCluster && name === 'cluster-admin') return [everything];
  const role = isCluster
    ? context.store.get(`clusterroles.${rbac}`, name)
    : context.store.get(`roles.${rbac}`, `${namespace}/${name}`);
  return asArray(role?.['rules']).filter(
    (rule): rule is JsonObject => typeof rule === 'object' && rule !== null && !Array.isArray(rule),
  );
}

const everything: JsonObject = {
  apiGroups: ['*'],
  resources: ['*'],
  verbs: ['*'],
  nonResourceURLs: ['*'],
};

function permits(rule: JsonObject, attributes: Attributes): boolean {
  const has = (key: string, ...wanted: string[]): boolean => {
    const values = asArray(rule[key]);
    return values.includes('*') || wanted.some((value) => values.includes(value));
  };
  const { resource, subresource } = attributes;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const wild = subresource === '' ? [] : [`*/${subresource}`];
  const names = asArray(rule['resourceNames']);
  return (
    has('verbs', attributes.verb) &&
    has('apiGroups', attributes.group) &&
    has('resources', full, ...wild) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}
