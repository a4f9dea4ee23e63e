import type { KubeObject } from '@tidegate/core/argocd/sync';
import { base64Of, type JsonObject } from '@tidegate/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultTracking } from '../tracking/index.ts';
import {
  createDiffer,
  withStatusIgnored,
  type DifferOptions,
  type IgnoreDifference,
  type ObjectDiffer,
} from './index.ts';

function differ(options: Partial<DifferOptions> = {}): ObjectDiffer {
  return createDiffer({
    overrides: withStatusIgnored({}, {}),
    ignoreAggregatedRoles: false,
    ignoreDifferences: [],
    tracking: defaultTracking,
    serverSideApply: false,
    ...options,
  });
}

const ignoring = (...ignoreDifferences: IgnoreDifference[]): ObjectDiffer =>
  differ({ ignoreDifferences });

function object(kind: string, apiVersion: string, rest: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: 'a', namespace: 'n', ...metadata }, ...rest };
}

const note = 'kubectl.kubernetes.io/last-applied-configuration';

/** A live object that was applied last as another one says. */
function applied(live: KubeObject, last: KubeObject): KubeObject {
  const annotations = { ...live.metadata?.annotations, [note]: JSON.stringify(last) };
  return { ...live, metadata: { ...live.metadata, annotations } };
}

const configMap = (data: object, metadata: object = {}): KubeObject =>
  object('ConfigMap', 'v1', { data }, metadata);
const gate = (spec: object, more: object = {}): KubeObject =>
  object('Gate', 'example.dev/v1', { spec, ...more });
const secret = (rest: object): KubeObject => object('Secret', 'v1', rest);
const deployment = (spec: object, more: object = {}): KubeObject =>
  object('Deployment', 'apps/v1', { spec, ...more });
const containers = (...list: object[]): KubeObject =>
  deployment({ template: { spec: { containers: list } } });

describe('a difference', () => {
  it.each([
    ['no field', configMap({ a: '1' }), configMap({ a: '1' }), false],
    ['a value', configMap({ a: '1' }), configMap({ a: '2' }), true],
    ['a missing value', configMap({ a: '1' }), configMap({}), true],
    ['a value that nobody asks for', configMap({ a: '1' }), configMap({ a: '1', b: '2' }), false],
    [
      'a value that was applied last and is not wanted any more',
      configMap({ a: '1' }),
      applied(configMap({ a: '1', b: '2' }), configMap({ a: '1', b: '2' })),
      true,
    ],
    [
      'the same, gone already',
      configMap({ a: '1' }),
      applied(configMap({ a: '1' }), configMap({ a: '1', b: '2' })),
      false,
    ],
    [
      'a note that is broken',
      configMap({ a: '1' }),
      configMap({ a: '1' }, { annotations: { [note]: '{' } }),
      false,
    ],
    ['no namespace', configMap({ a: '1' }, { namespace: '' }), configMap({ a: '1' }), false],
    ['an empty map', configMap({ a: '1' }, { labels: {} }), configMap({ a: '1' }), false],
    [
      'a time of creation',
      configMap({}, { creationTimestamp: null }),
      configMap({}, { creationTimestamp: '2026-01-01T00:00:00Z' }),
      false,
    ],
    ['a field of a custom resource', gate({ open: true }), gate({ open: false }), true],
    ['one that nobody asks for', gate({ open: true }), gate({ open: true, more: [1] }), false],
    [
      'one that a custom resource keeps at its empty value',
      gate({ open: true, list: [], map: {} }),
      gate({ open: true }),
      true,
    ],
    ['a list of a custom resource', gate({ list: [1, 2] }), gate({ list: [2, 1] }), true],
    [
      'more fields in entries of a list of a custom resource',
      gate({ list: [{ a: 1 }] }),
      gate({ list: [{ a: 1, b: 2 }] }),
      false,
    ],
    [
      'another form of a quantity',
      containers({ name: 'c', image: 'i', resources: { limits: { cpu: '1000m' } } }),
      containers({ name: 'c', image: 'i', resources: { limits: { cpu: '1' } } }),
      false,
    ],
    [
      'another quantity',
      containers({ name: 'c', image: 'i', resources: { limits: { cpu: '1100m' } } }),
      containers({ name: 'c', image: 'i', resources: { limits: { cpu: '1' } } }),
      true,
    ],
    [
      'a container that somebody put in',
      containers({ name: 'c', image: 'i' }),
      containers({ name: 'x', image: 'y' }, { name: 'c', image: 'i' }),
      false,
    ],
    [
      'an empty variable',
      containers({ name: 'c', image: 'i', env: [{ name: 'A', value: '' }] }),
      containers({ name: 'c', image: 'i', env: [{ name: 'A' }] }),
      false,
    ],
    [
      'a strategy with its defaults',
      deployment({ strategy: { type: 'RollingUpdate' } }),
      deployment({
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
        },
      }),
      false,
    ],
    [
      'a strategy with other values than the defaults',
      deployment({ strategy: { type: 'RollingUpdate' } }),
      deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
      true,
    ],
    ['a status', gate({}, { status: { phase: 'a' } }), gate({}, { status: { phase: 'b' } }), false],
    [
      'a field that the type does not have',
      deployment({ replicaz: 1 }),
      deployment({ replicas: 1 }),
      true,
    ],
    [
      'a secret given as text',
      secret({ stringData: { a: 'text' } }),
      secret({ data: { a: base64Of('text') } }),
      false,
    ],
    [
      'another secret',
      secret({ stringData: { a: 'other' } }),
      secret({ data: { a: base64Of('text') } }),
      true,
    ],
    [
      'base64 in lines',
      secret({ data: { a: 'dGV4\ndA==' } }),
      secret({ data: { a: 'dGV4dA==' } }),
      false,
    ],
    ['a value that is nothing', secret({ data: { a: null } }), secret({ data: { a: '' } }), false],
    [
      'rules that are empty',
      object('Role', 'rbac.authorization.k8s.io/v1', { rules: [] }),
      object('Role', 'rbac.authorization.k8s.io/v1', { rules: null }),
      false,
    ],
    [
      'the order of endpoints',
      object('Endpoints', 'v1', {
        subsets: [{ addresses: [{ ip: '1.1.1.1' }, { ip: '2.2.2.2' }], ports: [{ port: 1 }] }],
      }),
      object('Endpoints', 'v1', {
        subsets: [
          {
            addresses: [{ ip: '2.2.2.2' }, { ip: '1.1.1.1' }],
            ports: [{ port: 1, protocol: 'TCP' }],
          },
        ],
      }),
      false,
    ],
  ])('in %s', (_, target, live, modified) => {
    expect(differ().compare(target, live).modified).toBe(modified);
  });

  it('shows what a sync leads to', () => {
    const { normalizedLive, predictedLive } = differ().compare(
      configMap({ a: '2' }),
      configMap({ a: '1', b: '1' }),
    );
    expect(normalizedLive['data']).toEqual({ a: '1', b: '1' });
    expect(predictedLive['data']).toEqual({ a: '2', b: '1' });
  });

  it('counts in a status where that is said', () => {
    const none = differ({
      overrides: withStatusIgnored({}, { ignoreResourceStatusField: 'none' }),
    });
    const crd = differ({ overrides: withStatusIgnored({}, { ignoreResourceStatusField: 'crd' }) });
    const pair = [gate({}, { status: { a: 1 } }), gate({}, { status: { a: 2 } })] as const;
    expect(none.compare(...pair).modified).toBe(true);
    expect(crd.compare(...pair).modified).toBe(true);
    const definition = (status: object): KubeObject =>
      object('CustomResourceDefinition', 'apiextensions.k8s.io/v1', { status });
    expect(crd.compare(definition({ a: 1 }), definition({ a: 2 })).modified).toBe(false);
  });

  it('does not count in rules of aggregated roles where that is said', () => {
    const role = (verbs: string[]): KubeObject =>
      object('ClusterRole', 'rbac.authorization.k8s.io/v1', {
        aggregationRule: { clusterRoleSelectors: [] },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
      });
    const pair = [role(['get']), role(['list'])] as const;
    expect(differ().compare(...pair).modified).toBe(true);
    expect(differ({ ignoreAggregatedRoles: true }).compare(...pair).modified).toBe(false);
  });
});

// Never empty: a map that is empty in Git counts as deleted where it was applied as an empty one.
const values = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), {
  minKeys: 1,
});

describe('what is there, what was applied and what is wanted', () => {
  it.each([
    ['a built-in kind', configMap],
    ['a custom kind', gate],
  ] as const)('decide on %s', (_, make) => {
    fc.assert(
      fc.property(values, values, values, (last, wanted, live) => {
        const target = make(wanted);
        const { modified } = differ().compare(target, applied(make(live), make(last)));
        const differs = Object.entries(wanted).some(([key, value]) => live[key] !== value);
        const remains = Object.keys(last).some((key) => !(key in wanted) && key in live);
        expect(modified).toBe(differs || remains);
      }),
    );
  });

  it('agree after a sync', () => {
    fc.assert(
      fc.property(values, values, values, (last, wanted, live) => {
        const target = gate(wanted);
        const { predictedLive } = differ().compare(target, applied(gate(live), gate(last)));
        const after = applied(predictedLive, target);
        expect(differ().compare(target, after).modified).toBe(false);
      }),
    );
  });
});

describe('ignored differences', () => {
  const replicas = { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] };
  const one = deployment({ replicas: 1 });
  const two = deployment({ replicas: 2 });

  it.each([
    ['by pointer', replicas, false],
    ['by glob', { ...replicas, group: '*', kind: 'D*' }, false],
    ['of another kind', { ...replicas, kind: 'StatefulSet' }, true],
    ['of another name', { ...replicas, name: 'b' }, true],
    ['of this name and namespace', { ...replicas, name: 'a', namespace: 'n' }, false],
    ['of another namespace', { ...replicas, namespace: 'm' }, true],
    ['by jq', { ...replicas, jsonPointers: [], jqPathExpressions: ['.spec.replicas'] }, false],
    [
      'by jq that fails, and a pointer to nothing',
      { ...replicas, jsonPointers: ['/spec/none/x'], jqPathExpressions: ['.spec.replicas[]'] },
      true,
    ],
  ])('%s', (_, rule, modified) => {
    expect(ignoring(rule).compare(one, two).modified).toBe(modified);
  });

  it('pick entries of lists', () => {
    const rule = {
      group: 'apps',
      kind: 'Deployment',
      jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "side").image'],
    };
    const images = (main: string, side: string): KubeObject =>
      containers({ name: 'main', image: main }, { name: 'side', image: side });
    expect(ignoring(rule).compare(images('a', 'b'), images('a', 'c')).modified).toBe(false);
    expect(ignoring(rule).compare(images('a', 'b'), images('x', 'b')).modified).toBe(true);
  });

  it('count for what was applied last, too', () => {
    const live = applied(deployment({ replicas: 2, paused: true }), two);
    expect(ignoring(replicas).compare(deployment({}), live).modified).toBe(false);
    expect(differ().compare(deployment({}), live).modified).toBe(true);
  });

  it('refuse jq that cannot be run', () => {
    const bad = ignoring({ ...replicas, jqPathExpressions: ['.spec | @base64'] });
    expect(bad.fault).toContain('@');
    expect(() => bad.compare(one, two)).toThrow(/^failed to create diff normalizer: jq expression/);
    expect(differ().fault).toBeUndefined();
  });

  it('come from overrides of kinds', () => {
    const overrides = {
      'apps/Deployment': { ignoreDifferences: { jsonPointers: ['/spec/replicas'] } },
    };
    expect(differ({ overrides }).compare(one, two).modified).toBe(false);
  });

  it('trust managers', () => {
    const managedFields = [
      { manager: 'scaler', operation: 'Update', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    const live = { ...two, metadata: { ...two.metadata, managedFields } };
    const trust = (manager: string): ObjectDiffer =>
      ignoring({ group: 'apps', kind: 'Deployment', managedFieldsManagers: [manager] });
    expect(trust('scaler').compare(one, live).modified).toBe(false);
    expect(trust('other').compare(one, live).modified).toBe(true);
  });

  it('rewrite fields of known types', () => {
    const overrides = {
      'example.dev/Gate': {
        knownTypeFields: [
          { field: 'spec.size', type: 'core/Quantity' },
          { field: 'spec.items.resources', type: 'core/v1/ResourceRequirements' },
          { field: 'spec.none', type: 'core/v1/Nothing' },
        ],
      },
    };
    const size = (text: string): KubeObject =>
      gate({ size: text, items: [{ resources: { limits: { cpu: text } } }] });
    expect(differ({ overrides }).compare(size('1000m'), size('1')).modified).toBe(false);
    expect(differ().compare(size('1000m'), size('1')).modified).toBe(true);
  });

  it('are left to the live object by a sync that respects them', () => {
    const target = deployment({ replicas: 1, paused: true });
    const live = deployment({ replicas: 5, paused: false }, { status: { replicas: 5 } });
    expect(ignoring(replicas).withIgnoredFields(target, live)).toEqual(
      deployment({ replicas: 5, paused: true }),
    );
    expect(differ().withIgnoredFields(target, live)).toEqual(target);
    const rule = { group: 'example.dev', kind: 'Gate', jsonPointers: ['/spec/open'] };
    expect(ignoring(rule).withIgnoredFields(gate({ a: 1 }), gate({ open: true, b: 2 }))).toEqual(
      gate({ a: 1, open: true }),
    );
  });

  it('take nothing else along from a field that is replaced as a whole', () => {
    const budget = (matchLabels: object): KubeObject =>
      object('PodDisruptionBudget', 'policy/v1', { spec: { selector: { matchLabels } } });
    const rule = {
      group: 'policy',
      kind: 'PodDisruptionBudget',
      jsonPointers: ['/spec/selector/matchLabels/x'],
    };
    const kept = ignoring(rule).withIgnoredFields(
      budget({ x: '1', y: '1' }),
      budget({ x: '2', y: '2', z: '2' }),
    );
    expect(kept).toEqual(budget({ x: '2', y: '1' }));
  });
});

describe('server-side apply', () => {
  const serverSide = differ({ serverSideApply: true });
  const owned = (live: KubeObject, fields: object, manager = 'argocd-controller'): KubeObject => {
    const entry = { manager, operation: 'Apply', apiVersion: 'v1', fieldsV1: fields };
    return { ...live, metadata: { ...live.metadata, managedFields: [entry] } };
  };
  const both = { 'f:data': { 'f:a': {}, 'f:b': {} } };

  it('differs by what the manager owned before', () => {
    const live = owned(configMap({ a: '1', b: '1' }), both);
    expect(serverSide.compare(configMap({ a: '1' }), live).modified).toBe(true);
    expect(serverSide.compare(configMap({ a: '1', b: '1' }), live).modified).toBe(false);
    const foreign = owned(configMap({ a: '1', b: '1' }), both, 'other');
    expect(serverSide.compare(configMap({ a: '1' }), foreign).modified).toBe(false);
    expect(differ().compare(configMap({ a: '1' }), live).modified).toBe(false);
  });

  it('is asked for by an annotation of the target alone', () => {
    const annotations = { 'argocd.argoproj.io/sync-options': 'Prune=false,ServerSideApply=true' };
    const fields = { ...both, 'f:metadata': { 'f:annotations': {} } };
    const live = owned(configMap({ a: '1', b: '1' }, { annotations }), fields);
    expect(differ().compare(configMap({ a: '1' }, { annotations }), live).modified).toBe(true);
  });

  it('merges lists of custom resources by their schema', () => {
    const schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            list: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
              items: { type: 'object', properties: { name: { type: 'string' } } },
            },
          },
        },
      },
    } as JsonObject;
    const known = differ({ serverSideApply: true, customSchemas: () => schema });
    const pair = [
      gate({ list: [{ name: 'a' }] }),
      gate({ list: [{ name: 'x' }, { name: 'a' }] }),
    ] as const;
    expect(known.compare(...pair).modified).toBe(false);
    expect(serverSide.compare(...pair).modified).toBe(true);
  });
});

describe('server-side diff', () => {
  const managed = (data: object, fields: object): KubeObject =>
    configMap(data, {
      resourceVersion: '2',
      managedFields: [
        { manager: 'argocd-controller', operation: 'Apply', fieldsV1: { 'f:data': fields } },
      ],
    });
  const live = managed({ a: '1', hooked: 'old' }, { 'f:a': {} });
  const compare = (predicted: KubeObject, includeMutationWebhook = false): boolean =>
    differ().compareServerSide(configMap({ a: '1' }), live, { predicted, includeMutationWebhook })
      .modified;

  it('goes by the dry run, without what webhooks change', () => {
    expect(compare(managed({ a: '1', hooked: 'old' }, { 'f:a': {} }))).toBe(false);
    expect(compare(managed({ a: '2', hooked: 'old' }, { 'f:a': {} }))).toBe(true);
    expect(compare(managed({ a: '1', hooked: 'new' }, { 'f:a': {} }))).toBe(false);
    expect(compare(managed({ a: '1', hooked: 'new' }, { 'f:a': {} }), true)).toBe(true);
  });

  it('needs to know what is owned', () => {
    expect(() => compare(configMap({ a: '1' }))).toThrow('must have the managedFields');
  });
});
