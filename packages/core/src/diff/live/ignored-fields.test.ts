import { describe, expect, it } from 'vitest';
import {
  applicationRules,
  instanceRules,
  rulesFor,
  withoutPath,
  withoutPointer,
} from './ignored-fields.ts';

const deployment = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  namespace: 'n',
  name: 'a',
};

describe('rules', () => {
  it.each<[rule: Record<string, unknown>, holds: boolean]>([
    [{ group: 'apps', kind: 'Deployment' }, true],
    [{ group: '*', kind: '*' }, true],
    [{ group: 'app?', kind: 'Deploy*' }, true],
    [{ kind: 'Deployment' }, false],
    [{ group: 'apps', kind: 'Deploymen' }, false],
    [{ group: 'a.*', kind: 'Deployment' }, false],
    [{ group: 'apps', kind: 'Deployment', name: 'a', namespace: 'n' }, true],
    [{ group: 'apps', kind: 'Deployment', name: 'b' }, false],
    [{ group: 'apps', kind: 'Deployment', namespace: 'm' }, false],
  ])('%j', (rule, holds) => {
    const found = rulesFor(applicationRules([{ ...rule, jsonPointers: ['/spec'] }]), deployment);

    expect(found).toHaveLength(holds ? 1 : 0);
  });

  it('of an instance are those of a kind, and those of all', () => {
    const rules = instanceRules({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]',
      'resource.customizations.ignoreDifferences.all': 'jqPathExpressions: [.a]',
      'resource.customizations.ignoreDifferences._Secret': 'jsonPointers: [/data]',
      'resource.customizations.ignoreDifferences.apps_StatefulSet': '{ not yaml',
      'resource.customizations.health.apps_Deployment': 'jsonPointers: [/x]',
    });

    expect(rulesFor(rules, deployment)).toEqual([
      expect.objectContaining({ jsonPointers: ['/spec/replicas'], isPartial: false }),
      expect.objectContaining({ jsonPointers: [], isPartial: true }),
    ]);
    expect(rulesFor(rules, { ...deployment, group: '', kind: 'Secret' })).toHaveLength(2);
  });
});

describe('withoutPointer', () => {
  it.each<[pointer: string, expected: unknown]>([
    ['/a', { b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 }],
    ['/b/0', { a: null, b: [{ c: 2 }], 'd/e~f': 3 }],
    ['/b/1/c', { a: null, b: [{ c: 1 }, {}], 'd/e~f': 3 }],
    ['/d~1e~0f', { a: null, b: [{ c: 1 }, { c: 2 }] }],
    ['/nowhere', { a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 }],
    ['/b/7', { a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 }],
    ['', { a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 }],
    ['/a/__proto__', { a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 }],
  ])('%j', (pointer, expected) => {
    const value = { a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 };

    expect(withoutPointer(value, pointer)).toEqual(expected);
    expect(value).toEqual({ a: null, b: [{ c: 1 }, { c: 2 }], 'd/e~f': 3 });
  });

  it('of a path that is not there is the same value', () => {
    const value = { a: 1 };

    expect(withoutPath(value, ['b', 'c'])).toBe(value);
  });
});
