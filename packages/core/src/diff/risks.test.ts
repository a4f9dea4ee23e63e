import { describe, expect, it } from 'vitest';
import type { FieldChange, ResourceChange } from './model.ts';
import { findRisks, quantity } from './risks.ts';

function risks(
  kind: string,
  fields: FieldChange[],
  change: ResourceChange['change'] = 'changed',
): string[] {
  const resource = { group: '', version: 'v1', kind, namespace: 'a', name: 'x' };
  return findRisks({ change, resource, fields }).map(({ level, badge }) => `${level} ${badge}`);
}

const field = (path: string, before: unknown, after: unknown): FieldChange => ({
  path: path.split('.'),
  before,
  after,
});

describe('findRisks', () => {
  it.each<[kind: string, change: FieldChange, expected: string[]]>([
    ['StatefulSet', field('spec.serviceName', 'a', 'b'), ['high immutable field']],
    ['StatefulSet', field('spec.replicas', 3, 1), ['medium replicas down']],
    ['Deployment', field('spec.replicas', 3, 0), ['high replicas down']],
    ['Deployment', field('spec.replicas', 1, 3), []],
    ['Deployment', field('spec.selector.matchLabels.app', 'a', 'b'), ['high immutable field']],
    [
      'PersistentVolumeClaim',
      field('spec.resources.requests.storage', '50Gi', '20Gi'),
      ['high volume shrinks'],
    ],
    ['PersistentVolumeClaim', field('spec.resources.requests.storage', '50Gi', '0.1Ti'), []],
    [
      'Deployment',
      field('spec.template.spec.containers.[name=a].resources.limits.memory', '1Gi', '512Mi'),
      ['medium resources down', 'low restart'],
    ],
    [
      'Deployment',
      field('spec.template.spec.containers.[name=a].resources.limits.cpu', '500m', '1'),
      ['low restart'],
    ],
    [
      'Deployment',
      field('spec.template.spec.containers.[name=a].image', 'r/a:v2.1.0', 'r/a:v2.0.9'),
      ['medium image downgrade', 'low restart'],
    ],
    [
      'Deployment',
      field('spec.template.spec.containers.[name=a].image', 'r/a:v2.1.0', 'r/a:v2.2.0'),
      ['low restart'],
    ],
    [
      'Deployment',
      field('spec.template.spec.hostNetwork', undefined, true),
      ['high privileges', 'low restart'],
    ],
    [
      'Deployment',
      field('spec.template.spec.containers.[name=a].securityContext.privileged', true, false),
      ['low restart'],
    ],
    ['Role', field('rules.[0].verbs.[1]', undefined, '*'), ['high RBAC wider']],
    ['ClusterRoleBinding', field('roleRef.name', 'view', 'admin'), ['high immutable field']],
    ['CustomResourceDefinition', field('spec.scope', 'Namespaced', 'Cluster'), ['high CRD']],
    ['ConfigMap', field('data.a', '1', '2'), []],
  ])('%s, %o', (kind, change, expected) => {
    expect(risks(kind, [change])).toEqual(expected);
  });

  it.each([
    ['StatefulSet', 'high prune'],
    ['Secret', 'high prune'],
    ['Deployment', 'medium prune'],
  ])('of a removed %s', (kind, expected) => {
    expect(risks(kind, [], 'removed')).toEqual([expected]);
  });
});

describe('quantity', () => {
  it.each([
    ['500m', 0.5],
    ['1', 1],
    [2, 2],
    ['1Ki', 1024],
    ['1e3', 1000],
    ['.5', 0.5],
    ['12E', 12e18],
    ['', undefined],
    ['much', undefined],
    ['1Zi', undefined],
  ])('reads %j', (text, expected) => {
    expect(quantity(text)).toBe(expected);
  });
});
