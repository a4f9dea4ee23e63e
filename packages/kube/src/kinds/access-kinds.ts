import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { oneOf } from '../validation/checks.ts';
import {
  type FieldError,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { asErrors, pathSegmentFaults, subdomainFaults } from '../validation/names.ts';
import { each, inside, preset } from './pod-defaults.ts';
import type { Strategy } from './strategy.ts';

const group = 'rbac.authorization.k8s.io';

function defaultSubject(subject: JsonObject): JsonObject {
  const { kind } = subject;
  return kind === 'User' || kind === 'Group' ? preset(subject, 'apiGroup', group) : subject;
}

/** Faults of a binding (Kubernetes pkg/apis/rbac/validation). */
function bindingFaults(object: JsonObject): FieldError[] {
  const isCluster = object['kind'] === 'ClusterRoleBinding';
  const ref = asObject(object['roleRef']);
  const kinds = isCluster ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const name = asString(ref['name']);
  const kind = asString(ref['kind']);
  const faults = oneOf('roleRef.apiGroup', ref['apiGroup'], [group]);
  if (!kinds.includes(kind)) faults.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') faults.push(required('roleRef.name'));
  else faults.push(...asErrors('roleRef.name', name, pathSegmentFaults(name)));
  asArray(object['subjects']).forEach((subject, index) => {
    faults.push(...subjectFaults(asObject(subject), `subjects[${index}]`, isCluster));
  });
  return faults;
}

function subjectFaults(subject: JsonObject, field: string, isCluster: boolean): FieldError[] {
  const name = asString(subject['name']);
  const kind = asString(subject['kind']);
  const given = asString(subject['apiGroup']);
  const faults: FieldError[] = name === '' ? [required(`${field}.name`)] : [];
  if (kind === 'ServiceAccount') {
    if (name !== '') faults.push(...asErrors(`${field}.name`, name, subdomainFaults(name)));
    if (given !== '') faults.push(notSupported(`${field}.apiGroup`, given, ['']));
    if (isCluster && asString(subject['namespace']) === '')
      faults.push(required(`${field}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (given !== group) faults.push(notSupported(`${field}.apiGroup`, given, [group]));
  } else faults.push(notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  return faults;
}

const binding: Strategy = {
  nameRule: pathSegmentFaults,
  defaults: (object) =>
    each(
      inside(object, 'roleRef', (ref) => preset(ref, 'apiGroup', group)),
      'subjects',
      defaultSubject,
    ),
  validate: bindingFaults,
  validateUpdate: (next, live) => {
    const now = asObject(next['roleRef']);
    if (equal(now, live['roleRef'])) return bindingFaults(next);
    const shown = {
      APIGroup: now['apiGroup'] ?? '',
      Kind: now['kind'] ?? '',
      Name: now['name'] ?? '',
    };
    return [...bindingFaults(next), invalidValue('roleRef', shown, 'cannot change roleRef')];
  },
};

/** Faults of the rules of a role; only those of the whole cluster may be about paths. */
function ruleFaults(object: JsonObject): FieldError[] {
  const isCluster = object['kind'] === 'ClusterRole';
  return asArray(object['rules']).flatMap((rule, index) =>
    oneRuleFaults(rule, `rules[${index}]`, isCluster),
  );
}

function oneRuleFaults(rule: Json, field: string, isCluster: boolean): FieldError[] {
  const list = (key: string): Json[] => asArray(at(rule, key));
  const paths = list('nonResourceURLs');
  const faults: FieldError[] = [];
  if (list('verbs').length === 0)
    faults.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
  if (paths.length > 0) {
    const place = `${field}.nonResourceURLs`;
    if (!isCluster) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      faults.push(invalidValue(place, paths, why));
    }
    const others = ['apiGroups', 'resources', 'resourceNames'].flatMap(list).length;
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    if (others > 0) faults.push(invalidValue(place, paths, why));
    return faults;
  }
  if (list('apiGroups').length === 0) {
    const why = 'resource rules must supply at least one api group';
    faults.push(required(`${field}.apiGroups`, why));
  }
  if (list('resources').length === 0) {
    const why = 'resource rules must supply at least one resource';
    faults.push(required(`${field}.resources`, why));
  }
  return faults;
}

const role: Strategy = {
  nameRule: pathSegmentFaults,
  validate: ruleFaults,
  validateUpdate: ruleFaults,
};

/** How kinds of role based access are prepared and checked. */
export const accessStrategies: Readonly<Record<string, Strategy>> = {
  [`${group}/Role`]: role,
  [`${group}/ClusterRole`]: role,
  [`${group}/RoleBinding`]: binding,
  [`${group}/ClusterRoleBinding`]: binding,
};
