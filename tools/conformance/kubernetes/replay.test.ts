import { describe, expect, test } from 'vitest';
import type { Difference } from '../form.ts';
import type { KubernetesCase, Step } from './case.ts';
import { runKubernetesCase } from './run-case.ts';

const cms = '/api/v1/namespaces/default/configmaps';

function object(name: string, more: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more };
}

async function run(one: Omit<KubernetesCase, 'name'>): Promise<readonly Difference[]> {
  const verdict = await runKubernetesCase({ name: 'x', ...one });
  if ('notCovered' in verdict) throw new Error(verdict.notCovered);
  return verdict;
}

/** A request of each part of the form, all as the server answers. */
const create: Step = {
  method: 'POST',
  path: cms,
  body: object('a', { data: { k: { $repeat: 'x', times: 3 } } }),
  save: { made: '', rv: '/metadata/resourceVersion' },
  expect: {
    status: 201,
    headers: { 'Content-Type': 'application/json', 'X-None': null },
    body: {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: '<uid>',
        resourceVersion: '<rv>',
        creationTimestamp: '<time>',
      },
      data: { k: 'xxx' },
    },
  },
};

const update: Step = {
  method: 'PUT',
  path: `${cms}/a`,
  body: { $base: 'made', $change: { data: { k: null, rv: '${rv}' } } },
  keep: ['managedFields'],
  expect: {
    status: 200,
    bodyPaths: {
      '/data/rv': '${rv}',
      '/metadata/managedFields/0/manager': 'recorder',
      '/metadata/managedFields/-1/operation': 'Update',
    },
    bodyAbsent: ['/data/k'],
    bodyContains: ['"name":"a"', '"rv":"${rv}"'],
    relations: [
      ['/metadata/resourceVersion', '>', '${rv}'],
      ['/metadata/resourceVersion', '!=', '${rv}'],
      ['/metadata/name', '==', 'a'],
    ],
  },
};

describe('requests', () => {
  test('pass as they are', async () => {
    expect(await run({ requests: [create, update] })).toEqual([]);
  });

  test.each<[string, Step]>([
    ['the status', { ...create, expect: { ...create.expect, status: 200 } }],
    ['a header', { ...create, expect: { status: 201, headers: { 'Content-Type': 'text/plain' } } }],
    [
      'a header that must not be there',
      { ...create, expect: { status: 201, headers: { 'Content-Type': null } } },
    ],
    ['the body', { ...create, expect: { status: 201, body: { kind: 'ConfigMap' } } }],
    ['a path', { ...create, expect: { status: 201, bodyPaths: { '/data/k': 'xxy' } } }],
    ['a missing path', { ...create, expect: { status: 201, bodyPaths: { '/data/none': 'y' } } }],
    ['what must be absent', { ...create, expect: { status: 201, bodyAbsent: ['/data/k'] } }],
    ['a piece of text', { ...create, expect: { status: 201, bodyContains: ['nowhere'] } }],
    [
      'a relation',
      { ...create, expect: { status: 201, relations: [['/metadata/name', '!=', 'a']] } },
    ],
    [
      'an order of what is no number',
      { ...create, expect: { status: 201, relations: [['/metadata/name', '>', '1']] } },
    ],
    ['a kept value', { ...create, save: { none: '/data/none' } }],
    ['a setup that fails', { method: 'GET', path: `${cms}/none` }],
  ])('fail on %s', async (_, step) => {
    expect(await run({ requests: [step] })).not.toEqual([]);
  });

  test('fail where an object is built on nothing', async () => {
    await expect(run({ requests: [update] })).rejects.toThrow('nothing was saved as made');
  });

  test('sent at once are counted by status', async () => {
    const step = {
      method: 'POST',
      path: cms,
      body: object('p${i}'),
      parallel: 3,
      expect: { statusCounts: { 201: 3 } },
    };
    const same = { ...step, body: object('same'), expect: { statusCounts: { 201: 1, 409: 2 } } };
    expect(await run({ requests: [step, same] })).toEqual([]);
    expect(await run({ requests: [{ ...same, expect: step.expect }] })).not.toEqual([]);
  });

  test('are repeated until their answer is there, or given up', async () => {
    const wait = {
      method: 'GET',
      path: '/api/v1/namespaces/n',
      expect: { status: 404 },
      repeat: { until: { status: 404 }, withinSeconds: 20, everyMs: 10 },
    };
    const setup = [
      { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'n' } } },
    ];
    const remove = {
      method: 'DELETE',
      path: '/api/v1/namespaces/n',
      expect: { status: 200 },
    };
    expect(await run({ setup, requests: [remove, wait] })).toEqual([]);
    const until = { paths: { '/status/phase': 'Gone' }, absent: ['/x'], contains: ['Active'] };
    const never = { ...wait, expect: { status: 200 }, repeat: { until, withinSeconds: 0.1 } };
    const [found] = await run({ setup, requests: [never] });
    expect(found?.expected).toContain('Gone');
  });

  test('need only what is offered', async () => {
    const one = { name: 'x', needs: ['controllers', 'a kubelet'], requests: [create] };
    expect(await runKubernetesCase(one)).toEqual({ notCovered: 'needs a kubelet' });
    const hook = { name: 'x', requests: [{ hook: 'reboot' }] };
    await expect(runKubernetesCase(hook)).rejects.toThrow('unknown hook reboot');
  });
});

const watch: Step = {
  method: 'GET',
  path: `${cms}?watch=true&resourceVersion=\${rv}`,
  watch: 'w',
  expect: {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    watchEvents: [
      { type: 'ADDED', object: '<any>' },
      { type: 'DELETED', object: '<any>' },
    ],
    eventPaths: [{ '/type': 'ADDED', '/object/metadata/name': 'b' }, { '/type': 'DELETED' }],
    resourceVersionsRise: true,
  },
};
const setup: Step[] = [
  { method: 'POST', path: cms, body: object('a'), save: { rv: '/metadata/resourceVersion' } },
];
const changes: Step[] = [
  { method: 'POST', path: cms, body: object('b'), during: 'w', expect: { status: 201 } },
  { method: 'DELETE', path: `${cms}/b`, during: 'w', expect: { status: 200 } },
];

describe('watches', () => {
  const withEvents = (expect: NonNullable<Step['expect']>): Step => ({
    ...watch,
    expect: { ...watch.expect, ...expect },
  });

  test('bring the events of what is done while they are open', async () => {
    expect(await run({ setup, requests: [watch, ...changes] })).toEqual([]);
    const after: Step = { method: 'POST', path: cms, body: object('c'), expect: { status: 201 } };
    expect(await run({ setup, requests: [watch, ...changes, after] })).toEqual([]);
  });

  test.each<[string, Step]>([
    ['a type', withEvents({ watchEvents: [{ type: 'ADDED' }, { type: 'MODIFIED' }] })],
    ['the number of events', withEvents({ watchEvents: [{ type: 'ADDED' }] })],
    ['a path', withEvents({ eventPaths: [{ '/object/metadata/name': 'c' }] })],
    [
      'a path of an event that did not come',
      withEvents({ eventPaths: [{}, {}, { '/type': 'X' }] }),
    ],
    ['a header', withEvents({ headers: { 'Content-Type': 'text/plain' } })],
    ['the status', withEvents({ status: 410 })],
    ['an end that did not come', withEvents({ serverClosesAfterSeconds: [0, 1] })],
  ])('fail on %s', async (_, step) => {
    expect(await run({ setup, requests: [step, ...changes] })).not.toEqual([]);
  });

  test('end by the server at their time', async () => {
    const step: Step = {
      ...watch,
      path: `${cms}?watch=true&timeoutSeconds=1&resourceVersion=\${rv}`,
      serverCloses: true,
      expect: { status: 200, watchEvents: [], serverClosesAfterSeconds: [0.9, 5] },
    };
    expect(await run({ setup, requests: [step] })).toEqual([]);
    const early = {
      ...step,
      expect: { ...step.expect, serverClosesAfterSeconds: [0, 0.5] as const },
    };
    expect(await run({ setup, requests: [early] })).toHaveLength(1);
  });

  test('begin with what is there, sorted by name, and end at a forgotten revision', async () => {
    const initial: Step = {
      method: 'GET',
      path: `${cms}?watch=true`,
      watch: 'i',
      awaitEvents: 2,
      initialUnordered: 2,
      expect: {
        status: 200,
        watchEvents: [{ type: 'ADDED' }, { type: 'ADDED' }],
        eventPaths: [{ '/object/metadata/name': 'a' }, { '/object/metadata/name': 'b' }],
      },
    };
    const both = [...setup, { method: 'POST', path: cms, body: object('b') }];
    expect(await run({ setup: both, requests: [initial] })).toEqual([]);
    const expired: Step = {
      ...watch,
      serverCloses: true,
      expect: {
        status: 200,
        watchEvents: [{ type: 'ERROR' }],
        eventPaths: [{ '/object/code': 410 }],
        serverClosesAfterSeconds: [0, 5],
      },
    };
    const requests = changes.map(({ during: _, ...step }): Step => step);
    expect(
      await run({ setup, requests: [...requests, { hook: 'compact-history' }, expired] }),
    ).toEqual([]);
  });
});

describe('sessions of kubectl', () => {
  const session: Step[] = [
    {
      argv: ['kubectl', 'apply', '-f', 'dir/a.json'],
      files: { 'dir/a.json': JSON.stringify(object('a')) },
      expect: { stdout: 'configmap/a created\n', stderr: '', exitCode: 0 },
    },
    {
      argv: ['kubectl', 'get', 'cm', 'a'],
      expect: { stdout: 'NAME DATA AGE\na 0 <age>\n', stdoutContains: ['DATA'] },
    },
    {
      argv: ['kubectl', 'create', '-f', '-'],
      stdin: JSON.stringify(object('b')),
      expect: { stdout: 'configmap/b created\n' },
    },
  ];

  test('pass, and fail on each of what they expect', async () => {
    expect(await run({ requests: session })).toEqual([]);
    const wrong = session.map((step) => ({
      ...step,
      expect: { stdout: 'x', stderrContains: ['x'], exitCode: 3 },
    }));
    expect(await run({ requests: wrong })).toHaveLength(9);
  }, 60_000);
});
