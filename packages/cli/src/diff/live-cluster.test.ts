import { RemoteError, valueAt, type LiveAnswer, type PlainObject } from '@tidegate/core';
import { createClient, type TransportRequest } from '@tidegate/kube';
import { describe, expect, it } from 'vitest';
import { kubeLiveCluster } from './live-cluster.ts';

type Answer = readonly [status: number, content: unknown];

const status = (message: string, details: PlainObject = {}): PlainObject => ({
  kind: 'Status',
  message,
  details,
});
const kinds = (
  ...resources: readonly [name: string, kind: string, namespaced: boolean][]
): Answer => [
  200,
  {
    resources: resources.map(([name, kind, namespaced]) => ({
      name,
      kind,
      namespaced,
      verbs: ['get', 'list', 'patch'],
    })),
  },
];

/** What a small cluster serves. */
const discovery: Readonly<Record<string, Answer>> = {
  '/apis': [200, { groups: [{ preferredVersion: { groupVersion: 'apps/v1' } }] }],
  '/api/v1': kinds(
    ['configmaps', 'ConfigMap', true],
    ['namespaces', 'Namespace', false],
    ['events', 'Event', true],
    ['namespaces/status', 'Namespace', false],
  ),
  '/apis/apps/v1': kinds(['deployments', 'Deployment', true]),
};

function open(answers: (request: TransportRequest, time: number) => Answer | undefined): {
  readonly cluster: ReturnType<typeof kubeLiveCluster>;
  readonly calls: TransportRequest[];
  readonly waits: number[];
} {
  const [calls, waits]: [TransportRequest[], number[]] = [[], []];
  const client = createClient({
    userAgent: 'test/1',
    transport: {
      request: (request) => {
        calls.push(request);
        const time = calls.filter(({ path }) => path === request.path).length;
        const [code, content] = answers(request, time) ??
          discovery[request.path] ?? [404, status('not found')];
        return Promise.resolve({ status: code, body: JSON.stringify(content) });
      },
      stream: () => {
        throw new Error('nothing is watched');
      },
    },
  });
  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  return { cluster: kubeLiveCluster({ name: 'test', client, wait }), calls, waits };
}

const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' } };

describe('a dry run', () => {
  const answerTo = async (...answers: readonly Answer[]): Promise<LiveAnswer> => {
    const { cluster } = open(({ method }, time) =>
      method === 'PATCH' ? (answers[time - 1] ?? answers.at(-1)) : undefined,
    );
    return cluster.dryRunApply(map);
  };

  it("is an apply by Argo CD's field manager that writes nothing", async () => {
    const { cluster, calls } = open(({ method }) => (method === 'PATCH' ? [200, map] : undefined));
    await cluster.dryRunApply(map);
    const [call] = calls.slice(-1);
    if (call === undefined) throw new Error('nothing was asked');
    const { method, path, headers } = call;
    const query = new URLSearchParams(path.split('?')[1]);

    expect([method, headers['content-type']]).toEqual(['PATCH', 'application/apply-patch+yaml']);
    expect(Object.fromEntries(query)).toEqual({
      fieldManager: 'argocd-controller',
      force: 'true',
      dryRun: 'All',
    });
  });

  it.each<[string, Answer, LiveAnswer]>([
    ['an object', [200, map], { kind: 'object', object: map }],
    [
      'no namespace',
      [404, status('namespaces "n" not found', { kind: 'namespaces', name: 'n' })],
      { kind: 'no namespace' },
    ],
    [
      'access control',
      [
        403,
        status('configmaps "a" is forbidden: User "u" cannot patch resource "configmaps" in x'),
      ],
      { kind: 'forbidden', message: 'User "u" cannot patch resource "configmaps" in x' },
    ],
    [
      'a quota, which has the same code',
      [403, status('configmaps "a" is forbidden: exceeded quota: q')],
      { kind: 'refused', message: 'configmaps "a" is forbidden: exceeded quota: q' },
    ],
    ['an invalid object', [422, status('is invalid')], { kind: 'refused', message: 'is invalid' }],
    [
      'a webhook that does not answer',
      [500, status('failed calling webhook "w"')],
      { kind: 'refused', message: 'failed calling webhook "w"' },
    ],
  ])('answered by %s', async (_, answer, expected) => {
    expect(await answerTo(answer)).toEqual(expected);
  });

  it.each([
    [401, 'does not accept the credentials'],
    [429, 'answered 429'],
    [503, 'answered 503'],
  ])('answered by %d ends everything', async (code, message) => {
    const failure = answerTo([code, status('no')]);

    await expect(failure).rejects.toThrow(RemoteError);
    await expect(failure).rejects.toThrow(message);
  });

  it('is repeated while the cluster is busy, as long as it asks for', async () => {
    const busy: Answer = [429, status('busy', { retryAfterSeconds: 2 })];
    const { cluster, waits } = open(({ method }, time) =>
      method === 'PATCH'
        ? ([busy, [503, status('soon')], [200, map]] as const)[time - 1]
        : undefined,
    );

    expect(await cluster.dryRunApply(map)).toEqual({ kind: 'object', object: map });
    expect(waits).toEqual([2000, 500]);
  });

  it('is given up where the cluster asks for more patience than anybody has', async () => {
    const { cluster, waits } = open(({ method }) =>
      method === 'PATCH' ? [429, status('busy', { retryAfterSeconds: 3600 })] : undefined,
    );

    await expect(cluster.dryRunApply(map)).rejects.toThrow('answered 429: busy');
    expect(waits).toEqual([]);
  });
});

describe('scopeOf', () => {
  it('knows what is served, and asks once', async () => {
    const { cluster, calls } = open(() => undefined);
    const scopes = await Promise.all(
      [
        ['v1', 'ConfigMap'],
        ['v1', 'Namespace'],
        ['v1', 'Nothing'],
        ['your.group/v1', 'Thing'],
      ].map(([apiVersion = '', kind = '']) => cluster.scopeOf(apiVersion, kind)),
    );

    expect(scopes).toEqual(['namespaced', 'cluster', undefined, undefined]);
    expect(calls.map(({ path }) => path).sort()).toEqual(['/api/v1', '/apis/your.group/v1']);
  });
});

describe('scan', () => {
  const list = (names: readonly [namespace: string, name: string][], more = ''): Answer => [
    200,
    {
      kind: 'ConfigMapList',
      metadata: { continue: more },
      items: names.map(([namespace, name]) => ({ metadata: { namespace, name } })),
    },
  ];
  const scan = async (
    namespaces: readonly string[],
    answers: (path: string) => Answer | undefined,
  ): Promise<{ names: string[]; unseen: unknown; paths: string[] }> => {
    const { cluster, calls } = open(({ path }) =>
      path.includes('limit=') ? (answers(path) ?? list([])) : undefined,
    );
    const names: string[] = [];
    const unseen = await cluster.scan(namespaces, (object) => {
      names.push(String(valueAt(object, ['metadata', 'name'])));
    });
    return { names, unseen, paths: calls.map(({ path }) => path) };
  };

  it('lists a few namespaces one by one, page by page, and no events', async () => {
    const { names, paths, unseen } = await scan(['n', 'm'], (path) => {
      if (path.includes('continue=2')) return list([['n', 'b']]);
      return path.startsWith('/api/v1/namespaces/n/configmaps')
        ? list([['n', 'a']], '2')
        : undefined;
    });

    expect([names, unseen]).toEqual([['a', 'b'], []]);
    expect(paths.some((path) => path.includes('events'))).toBe(false);
    expect(paths.filter((path) => path.includes('/namespaces/m/'))).toHaveLength(2);
  });

  const many = Array.from({ length: 20 }, (_, index) => `n${index}`);

  it('lists many at once, and takes only what is of them', async () => {
    const { names, paths } = await scan(many, (path) =>
      path.startsWith('/api/v1/configmaps')
        ? list([
            ['n7', 'own'],
            ['other', 'foreign'],
          ])
        : undefined,
    );

    expect(names).toEqual(['own']);
    expect(paths.filter((path) => path.includes('/namespaces/'))).toEqual([]);
  });

  it('lists them one by one where that alone is permitted', async () => {
    const no: Answer = [
      403,
      status('configmaps is forbidden: User "u" cannot list resource "configmaps" at x'),
    ];
    const { names, unseen } = await scan(many, (path) => {
      if (path.startsWith('/api/v1/configmaps')) return no;
      if (path.startsWith('/api/v1/namespaces/n3/')) return no;
      return path.startsWith('/api/v1/namespaces/n4/configmaps') ? list([['n4', 'a']]) : undefined;
    });

    expect(names).toEqual(['a']);
    expect(unseen).toEqual([
      { resource: 'configmaps', message: 'User "u" cannot list resource "configmaps" at x' },
    ]);
  });

  it('says which group does not answer', async () => {
    const { cluster } = open(({ path }) => {
      if (path === '/apis/apps/v1') return [503, status('no backend')];
      return path.includes('limit=') ? list([]) : undefined;
    });

    expect(await cluster.scan(['n'], () => undefined)).toEqual([
      { resource: '*.apps/v1', message: 'the cluster answered 503: no backend' },
    ]);
  });

  it('fails where a list fails in any other way', async () => {
    await expect(scan(['n'], () => [500, status('broken')])).rejects.toThrow(
      'answered 500: broken',
    );
  });
});
