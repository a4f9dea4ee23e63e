import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { asArray, at, type JsonObject } from '../src/json/value.ts';
import { isStream } from '../src/index.ts';
import { testServer } from './harness.ts';

interface Refusal {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
  readonly code: number;
  readonly message: string;
}

/** What Kubernetes v1.36.1 answered to requests that it refuses. */
const refusals = JSON.parse(
  await readFile(new URL('refusals.json', import.meta.url), 'utf8'),
) as readonly Refusal[];

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject | null;
  readonly type?: string;
}

function send(lab: ReturnType<typeof testServer>, call: Sent): JsonObject {
  const response = lab.server.handle({
    method: call.method,
    path: call.path,
    headers: {
      authorization: 'Bearer admin',
      accept: 'application/json',
      'content-type': call.type ?? 'application/json',
    },
    body: call.body === null || call.body === undefined ? '' : JSON.stringify(call.body),
  });
  if (isStream(response)) throw new Error('a stream');
  return JSON.parse(String(response.body)) as JsonObject;
}

const applyType = 'application/apply-patch+yaml';

function apply(
  lab: ReturnType<typeof testServer>,
  path: string,
  manager: string,
  body: JsonObject,
): JsonObject {
  const query = `fieldManager=${manager}`;
  return send(lab, { method: 'PATCH', path: `${path}?${query}`, body, type: applyType });
}

describe('what is refused', () => {
  it.each(refusals.map((refusal) => [refusal.name, refusal] as const))(
    'is %s, in the words of Kubernetes',
    (_, { method, path, body, code, message }) => {
      const lab = testServer();
      const answer =
        method === 'APPLY'
          ? apply(lab, path, 'm', body ?? {})
          : send(lab, {
              method: method === 'MERGE' ? 'PATCH' : method,
              path,
              body,
              ...(method === 'MERGE' ? { type: 'application/merge-patch+json' } : {}),
            });
      expect([answer['code'], answer['message']]).toEqual([code, message]);
    },
  );
});

const cms = '/api/v1/namespaces/default/configmaps';
const configMap = (rest: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...rest,
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = (spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
    ...spec,
  },
});

function managersOf(object: JsonObject): unknown[] {
  return asArray(at(object, 'metadata', 'managedFields')).map((entry) => [
    at(entry, 'manager'),
    at(entry, 'subresource'),
    at(entry, 'fieldsV1', 'f:spec', 'f:replicas') !== undefined,
  ]);
}

describe('apply', () => {
  it('keeps what addresses an object when nothing else of its metadata is applied any more', () => {
    const lab = testServer();
    apply(lab, `${cms}/a`, 'm', configMap({}, { labels: { x: '1' }, finalizers: ['a.b/c'] }));
    expect(apply(lab, `${cms}/a`, 'm', configMap())).toMatchObject({
      metadata: { name: 'a', namespace: 'default' },
    });
    expect(at(send(lab, { method: 'GET', path: `${cms}/a` }), 'metadata', 'name')).toBe('a');
    expect(send(lab, { method: 'GET', path: `${cms}/a` })).not.toHaveProperty('metadata.labels');
  });

  it('counts values that are not stored as managed all the same', () => {
    const lab = testServer();
    apply(lab, `${deployments}/d`, 'one', deployment({ paused: false, replicas: null }));
    expect(apply(lab, `${deployments}/d`, 'two', deployment({ paused: true }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.paused',
    });
    expect(apply(lab, `${deployments}/d`, 'two', deployment({ replicas: 3 }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
    });
  });

  it('says conflicts of places before those inside them', () => {
    const lab = testServer();
    const containers = (image: string, value: string): JsonObject => ({
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image, env: [{ name: 'A', value }] }] },
      },
    });
    apply(lab, `${deployments}/d`, 'one', deployment(containers('i', '1')));
    const answer = apply(lab, `${deployments}/d`, 'two', deployment(containers('j', '2')));
    const container = '.spec.template.spec.containers[name="c"]';
    expect(answer['message']).toBe(
      `Apply failed with 2 conflicts: conflicts with "one":\n- ${container}.image\n- ${container}.env[name="A"].value`,
    );
  });

  it('of a Scale takes the replicas over', () => {
    const lab = testServer();
    const scale = (replicas: number): JsonObject => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'd' },
      spec: { replicas },
    });
    const path = `${deployments}/d`;
    apply(lab, path, 'one', deployment({ replicas: 1 }));
    expect(apply(lab, `${path}/scale`, 'two', scale(2))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
    });
    const forced = apply(lab, `${path}/scale`, 'two&force=true', scale(2));
    expect(forced).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
    const stored = send(lab, { method: 'GET', path });
    expect(at(stored, 'spec', 'replicas')).toBe(2);
    expect(managersOf(stored)).toEqual([
      ['one', undefined, false],
      ['two', 'scale', true],
    ]);
    expect(apply(lab, path, 'one', deployment({ replicas: 1 }))).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "two" with subresource "scale": .spec.replicas',
    });
  });

  it('to what nobody manages leaves the status and empty structs out of who wrote it before', () => {
    const lab = testServer();
    const path = '/api/v1/namespaces/n';
    const namespace = (labels: JsonObject): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n', labels },
    });
    apply(lab, path, 'm', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
    const stored = apply(lab, path, 'm', namespace({ a: 'b' }));
    const before = asArray(at(stored, 'metadata', 'managedFields')).find(
      (entry) => at(entry, 'manager') === 'before-first-apply',
    );
    expect(at(before, 'fieldsV1')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } },
      'f:spec': { 'f:finalizers': {} },
    });
  });
});

describe('a patch', () => {
  it('that makes another type of a value is invalid, and says what the patch was', () => {
    const lab = testServer();
    send(lab, { method: 'POST', path: cms, body: configMap({ data: { a: '1' } }) });
    const patch = (type: string, body: JsonObject): JsonObject =>
      send(lab, { method: 'PATCH', path: `${cms}/a`, body, type });
    const strategic = 'application/strategic-merge-patch+json';
    expect(patch(strategic, { data: { b: 1 } })).toMatchObject({
      code: 422,
      message:
        ' "" is invalid: patch: Invalid value: "map[data:map[b:1]]": cannot convert int64 to string',
    });
    expect(patch(strategic, { metadata: { finalizers: 'x' } })['message']).toMatch(
      /cannot restore slice from string$/,
    );
    expect(patch(strategic, { data: { $patch: 'other' } })).toMatchObject({
      code: 500,
      message: 'unknown patch type: other in map: map[$patch:other]',
    });
    expect(patch('application/merge-patch+json', { data: { b: 1 } })).toMatchObject({
      code: 422,
      message: expect.stringMatching(
        /json: cannot unmarshal number into Go struct field ConfigMap.data of type string$/,
      ) as string,
    });
    expect(patch('text/plain', {})['message']).toBe('415: Unsupported Media Type');
  });
});

describe('deleting a collection', () => {
  it('deletes a page of it', () => {
    const lab = testServer();
    for (const name of ['a', 'b', 'c'])
      send(lab, { method: 'POST', path: cms, body: configMap({}, { name, labels: { t: '1' } }) });
    const answer = send(lab, { method: 'DELETE', path: `${cms}?labelSelector=t%3D1&limit=2` });
    const names = (list: JsonObject): unknown[] =>
      asArray(list['items']).map((item) => at(item, 'metadata', 'name'));
    expect(names(answer)).toEqual(['a', 'b']);
    expect(at(answer, 'metadata', 'continue')).not.toBe('');
    expect(names(send(lab, { method: 'GET', path: `${cms}?labelSelector=t%3D1` }))).toEqual(['c']);
  });
});

describe('rules of CEL', () => {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const things = '/apis/example.com/v1/namespaces/default/things';
  const definition = (rule: string): JsonObject => ({
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    n: { type: 'integer' },
                    s: { type: 'string' },
                    l: { type: 'array', items: { type: 'string' } },
                  },
                  'x-kubernetes-validations': [{ rule, message: 'no' }],
                },
              },
            },
          },
        },
      ],
    },
  });

  it.each([
    ["quantity(self.s).isLessThan(quantity('1Gi'))", { s: '512Mi' }, { s: '2Gi' }],
    [
      "ip(self.s).family() == 4 && cidr('10.0.0.0/8').containsIP(self.s)",
      { s: '10.1.2.3' },
      { s: '11.1.2.3' },
    ],
    ["url(self.s).getHost() == 'a.b:80'", { s: 'https://a.b:80/x' }, { s: 'https://a.c/x' }],
    ['isSemver(self.s) && semver(self.s).major() == 1', { s: '1.2.3' }, { s: '1.2' }],
    ["sets.contains(['a', 'b'], self.l)", { l: ['b'] }, { l: ['c'] }],
    ["self.s.find('[0-9]+') == '12'", { s: 'ab12' }, { s: 'ab' }],
    ["self.l.isSorted() && self.l.indexOf('b') == 1", { l: ['a', 'b'] }, { l: ['b', 'a'] }],
    ["self.s.format([self.n]) == 'n=5'", { s: 'n=%d', n: 5 }, { s: 'n=%d', n: 6 }],
    ['!has(self.n) || self.n / 2 == 1', { n: 3 }, { n: 4 }],
  ])('%s takes %j and not %j', (rule, good, bad) => {
    const lab = testServer();
    expect(send(lab, { method: 'POST', path: crds, body: definition(rule) })['kind']).toBe(
      'CustomResourceDefinition',
    );
    lab.controllers.step();
    const thing = (name: string, spec: JsonObject): JsonObject =>
      send(lab, {
        method: 'POST',
        path: things,
        body: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name }, spec },
      });
    expect(thing('good', good)).toMatchObject({ kind: 'Thing' });
    expect(thing('bad', bad)).toMatchObject({ kind: 'Status', code: 422 });
  });
});
