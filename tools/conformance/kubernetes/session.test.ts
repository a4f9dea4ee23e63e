import { describe, expect, test } from 'vitest';
import { sessionDifferences, type SessionResult } from './compare-session.ts';
import { runFact } from './run-fact.ts';
import { runSession } from './run-session.ts';
import { mannersOf, type NotedRequest, type SessionCase } from './session-case.ts';
import { lastApplied, shortNamesOf, worldOf } from './session-world.ts';

const cms = '/api/v1/namespaces/default/configmaps';
const applied = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { annotations: {}, name: 'a', namespace: 'default' },
  data: { k: 'new', n: 'x' },
};
const note = { [lastApplied]: `${JSON.stringify(applied)}\n` };

const patch: NotedRequest = {
  method: 'PATCH',
  path: `${cms}/a`,
  query: { fieldManager: 'kubectl-client-side-apply' },
  accept: 'application/json',
  contentType: 'application/strategic-merge-patch+json',
  body: { data: { k: 'new', old: null }, metadata: { annotations: note } },
};
const get: NotedRequest = {
  method: 'GET',
  path: `${cms}/a`,
  query: { resourceVersion: '<rv>', timeoutSeconds: '<300..600>', hash: '1' },
  accept: 'application/json',
};
const session: SessionCase = {
  name: 'apply',
  server: '',
  argv: ['kubectl', 'apply', '-f', 'a.yaml'],
  exit: 0,
  discovery: ['/api', '/apis'],
  requests: [get, patch],
  stdout: 'configmap/a configured',
  stderr: '',
};

describe('the world of a session', () => {
  test('has what it patches, with other values and the same note', () => {
    const { objects, files } = worldOf(session, [session]);
    expect(objects[0]?.place).toMatchObject({ plural: 'configmaps', name: 'a' });
    expect(objects[0]?.object).toMatchObject({ data: { k: 'newbefore', n: 'x', old: 'before' } });
    expect(JSON.stringify(objects[0]?.object)).toContain(lastApplied);
    expect(files['a.yaml']).toContain('"k":"new"');
  });

  test('lacks what it makes, waits for, or does not find', () => {
    const of = (more: Partial<SessionCase>): number =>
      worldOf({ ...session, requests: [get], ...more }, [session]).objects.length;
    expect(of({})).toBe(1);
    const post = { ...patch, method: 'POST', path: cms, body: { metadata: { name: 'a' } } };
    expect(of({ requests: [get, post] })).toBe(0);
    expect(of({ argv: ['kubectl', 'wait', '--for=create', 'cm/a'] })).toBe(0);
    expect(of({ argv: ['kubectl', 'wait', '--for=delete', 'cm/a'] })).toBe(0);
    expect(of({ stderr: 'Error from server (NotFound): configmaps "a" not found' })).toBe(0);
    expect(of({ stderr: 'Error from server (NotFound): namespaces "default" not found' })).toBe(0);
  });

  test('has what a wait waits for where that holds from the start', () => {
    const argv = ['kubectl', 'wait', '--for=jsonpath={.data.k.x}=v', 'cm/a'];
    const [first] = worldOf({ ...session, requests: [get], argv }, []).objects;
    expect(first?.object['data']).toEqual({ k: { x: 'v' } });
    const failing = worldOf({ ...session, requests: [get], argv, exit: 1 }, []);
    expect(failing.objects[0]?.object['data']).toEqual({ k: 'v' });
  });

  test('has the rows of a table', () => {
    const argv = ['kubectl', 'get', 'cm'];
    const requests = [{ ...get, path: cms }];
    const { objects } = worldOf({ ...session, argv, requests, stdout: 'NAME AGE\na 1d\nb 2d' }, []);
    expect(objects.map(({ place }) => place.name)).toEqual(['a', 'b']);
  });

  test('knows the words that sessions call a kind by', () => {
    const path = '/apis/example.com/v1/namespaces/n/things/t';
    const one = { ...session, argv: ['kubectl', 'get', 'tg', 't'], requests: [{ ...get, path }] };
    const place = {
      group: 'example.com',
      version: 'v1',
      namespace: 'n',
      plural: 'things',
      name: '',
    };
    expect(shortNamesOf(place, [one])).toEqual(['tg']);
  });
});

describe('comparing', () => {
  const discovery = ['/api', '/apis'].map((path) => ({ ...get, path }));
  const sent = { ...get, query: { resourceVersion: '12', timeoutSeconds: '301', hash: 'AF' } };
  const got: SessionResult = {
    requests: [...discovery, sent, patch],
    stdout: 'configmap/a configured\n',
    stderr: '',
    exitCode: 0,
  };

  test('leaves out what differs from run to run', () => {
    expect(sessionDifferences(session, got)).toEqual([]);
  });

  const withSent = (request: Partial<NotedRequest>): SessionResult => ({
    ...got,
    requests: [...discovery, { ...sent, ...request }, patch],
  });
  test.each<[string, SessionResult]>([
    ['the exit code', { ...got, exitCode: 1 }],
    ['stdout', { ...got, stdout: 'configmap/a created\n' }],
    ['stderr', { ...got, stderr: 'Warning: x\n' }],
    ['discovery', { ...got, requests: [sent, patch] }],
    ['a method', withSent({ method: 'HEAD' })],
    ['a path', withSent({ path: cms })],
    ['a missing request', { ...got, requests: [...discovery, patch] }],
    ['one more request', { ...got, requests: [...got.requests, patch] }],
    ['a parameter', withSent({ query: { ...sent.query, dryRun: 'All' } })],
    ['a time out of range', withSent({ query: { ...sent.query, timeoutSeconds: '30' } })],
    ['no resourceVersion', withSent({ query: { ...sent.query, resourceVersion: '0' } })],
    ['Accept', withSent({ accept: '*/*' })],
    ['Content-Type', withSent({ contentType: 'application/json' })],
    ['a body', withSent({ body: {} })],
  ])('sees a difference in %s', (_, other) => {
    expect(sessionDifferences(session, other)).toHaveLength(1);
  });

  test('looks at the first words of what a server lists', () => {
    const listing = { ...session, argv: ['kubectl', 'get', 'cm'], stdout: 'NAME\na' };
    const table = (row: string): SessionResult => ({ ...got, stdout: `NAME  DATA\n${row}  1\n` });
    expect(sessionDifferences(listing, table('a'))).toEqual([]);
    expect(sessionDifferences(listing, table('b'))).toHaveLength(1);
  });

  test('takes groups in any order where discovery is not aggregated', () => {
    const group = { ...get, path: '/apis/apps/v1', query: {} };
    const old = {
      ...session,
      server: 'no aggregated discovery',
      requests: [...session.requests, group],
    };
    const more = { ...group, path: '/apis/batch/v1' };
    const requests = [...discovery, more, group, sent, patch];
    expect(sessionDifferences(old, { ...got, requests })).toEqual([]);
    expect(sessionDifferences(old, got)).toHaveLength(1);
  });
});

test('words about a server become its manners', () => {
  expect(mannersOf('')).toEqual({
    aggregatedDiscovery: true,
    tables: true,
    schemas: true,
    openApi: 'all',
    protobuf: true,
    initialEvents: 'done',
  });
  expect(mannersOf('sendInitialEvents answered 422 Invalid').initialEvents).toBe(422);
  expect(mannersOf('sendInitialEvents IGNORED (so it hangs)').initialEvents).toBe('ignored');
  expect(mannersOf('OpenAPI v3 knows only core v1').openApi).toBe('core');
  expect(mannersOf('no OpenAPI at all').openApi).toBe('none');
});

describe('with the real kubectl', () => {
  const plain = 'application/json';
  const label: SessionCase = {
    name: 'label',
    server: '',
    argv: ['kubectl', 'label', 'cm', 'a', 'x=y'],
    exit: 0,
    discovery: ['/api', '/apis'],
    requests: [
      { method: 'GET', path: `${cms}/a`, query: {}, accept: plain },
      {
        method: 'PATCH',
        path: `${cms}/a`,
        query: { fieldManager: 'kubectl-label' },
        accept: plain,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { x: 'y' } } },
      },
    ],
    stdout: 'configmap/a labeled',
    stderr: '',
  };

  test('a session passes as it is recorded, and fails on another', async () => {
    expect(await runSession(label, [label])).toEqual([]);
    const other = { ...label, stdout: 'configmap/a annotated' };
    expect(await runSession(other, [other])).toHaveLength(1);
  }, 60_000);

  test('what cannot be known is not covered', async () => {
    const unknown = { ...label, argv: ['kubectl', 'apply', '-f', 'x.yaml'] };
    expect(await runSession(unknown, [unknown])).toEqual({
      notCovered: 'no session shows what was in x.yaml',
    });
    const strange = { ...label, background: 'it rains' };
    expect(await runSession(strange, [strange])).toMatchObject({
      notCovered: expect.stringContaining('it rains') as string,
    });
  }, 60_000);

  test('a fact is shown by sessions, another is not covered', async () => {
    expect(await runFact('label/annotate: GET, PATCH')).toEqual([]);
    expect(await runFact('The moon is round.')).toMatchObject({
      notCovered: expect.stringContaining('sentence') as string,
    });
  }, 60_000);
});
