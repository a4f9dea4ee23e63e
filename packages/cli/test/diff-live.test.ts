import { directoryTree, git } from '@tidegate/node';
import type { JsonObject } from '@tidegate/kube';
import { makeKubeconfig } from '@tidegate/kube/node';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  gitlabStandIns,
  standInMergeRequest,
  standInToken,
} from '../../node/test/gitlab-stand-in.ts';
import { runProgram } from '../src/program.ts';
import { deploy, startCluster, type TestCluster, type Tracker } from './live-cluster.ts';
import { testIo } from './test-io.ts';
import {
  commitFolder,
  exampleFolder,
  packedCharts,
  removeFolder,
  temporaryFolder,
  testCacheDir,
} from './workbench.ts';

/** `tidegate diff --live` against an embedded cluster in which a release is deployed. */
let root: string;
let folder: string;
let charts: string;
let cluster: TestCluster;
let objects: number;

beforeAll(async () => {
  charts = await packedCharts();
  root = await exampleFolder();
  await commitFolder(root, 'Begin');
  const by = { GITLAB_BOT_NAME: 'Bot', GITLAB_BOT_EMAIL: 'bot@example.com', TIDEGATE_DIFF: '0' };
  const settings = { TIDEGATE_CHARTS_URL: charts, TIDEGATE_CACHE_DIR: testCacheDir };
  const io = testIo({ cwd: root, env: { ...settings, ...by } });
  expect(await runProgram(['release', 'qa', '--no-push'], io), io.printed.stderr).toBe(0);
  await git(root, ['merge', '--quiet', '--ff-only', 'release/qa/1']);
  folder = await temporaryFolder();
  cluster = await startCluster(folder);
  objects = await deploy(cluster, directoryTree(root, 'the release'), charts);
}, 180_000);

afterAll(async () => {
  await cluster.server.close();
  await removeFolder(root);
  await removeFolder(folder);
});

interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function diff(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const env = { TIDEGATE_CHARTS_URL: charts, TIDEGATE_CACHE_DIR: testCacheDir, ...more };
  const io = testIo({ cwd: root, env });
  const exitCode = await runProgram(['diff', '--live', ...args], io);
  return { exitCode, ...io.printed };
}

function live(args: readonly string[] = [], kubeconfig = cluster.kubeconfig): Promise<Result> {
  return diff(['--env', 'qa', '--kubeconfig', kubeconfig, ...args]);
}

interface Change {
  readonly change: string;
  readonly resource: { readonly kind: string; readonly name: string };
  readonly fields: readonly { path: string[]; before?: unknown; after?: unknown }[];
  readonly risks: readonly { readonly badge: string; readonly reason: string }[];
}

interface Environment {
  readonly groups: readonly { component: string; nodes: string[]; resources: Change[] }[];
  readonly errors: readonly { readonly application: string; readonly message: string }[];
  readonly notes: readonly string[];
}

async function report(
  args: readonly string[] = [],
  kubeconfig?: string,
): Promise<Environment & { readonly exitCode: number; readonly changes: readonly Change[] }> {
  const { exitCode, stdout, stderr } = await live(['-o', 'json', ...args], kubeconfig);
  if (stdout === '') throw new Error(stderr);
  const { environments } = JSON.parse(stdout) as { environments: [Environment] };
  const [environment] = environments;
  return { exitCode, ...environment, changes: environment.groups.flatMap((g) => g.resources) };
}

const namespace = 'dlt-node-alpha';
const nodeNamespaces = ['dlt-node-alpha', 'dlt-node-beta', 'dlt-node-gamma'];
const configMaps = { apiVersion: 'v1', plural: 'configmaps' };
const deployments = { apiVersion: 'apps/v1', plural: 'deployments' };
const services = { apiVersion: 'v1', plural: 'services' };
const secrets = { apiVersion: 'v1', plural: 'secrets' };
const accounts = { apiVersion: 'v1', plural: 'serviceaccounts' };

const tracker = {
  application: 'dlt-node-alpha-backend-qa',
  namespace,
  installationId: 'dlt-qa',
};

/** An object as an Application has left it in a node's namespace. */
async function leave(object: JsonObject, by: Tracker = tracker): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', ...object }, by);
}

const named = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });

describe('a cluster as its release has left it', () => {
  test('does not differ, whatever the server has filled in, and nothing is written', async () => {
    const before = cluster.audit.length;
    const { exitCode, stdout, stderr } = await live();

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('No drift: a sync would change nothing.');
    expect(stdout).toContain('context tidegate → release/qa/1');
    expect(stdout).toMatch(/Hooks are left out \(\d+\)/);
    const calls = cluster.audit.slice(before);
    expect(calls.length).toBeGreaterThan(objects / 2);
    expect(calls.filter(({ dryRun, verb }) => !dryRun || verb !== 'patch')).toEqual([]);
  });

  test('says the same in every format', async () => {
    for (const format of ['markdown', 'html', 'json']) {
      const { exitCode, stdout } = await live(['-o', format]);

      expect(exitCode).toBe(0);
      expect(stdout).toMatch(format === 'json' ? /"groups": \[\]/ : /No drift/);
      expect(stdout).toMatch(/Hooks are left out/);
    }
  });

  test('differs from what the next release would deploy', async () => {
    const path = 'envs/qa/common-node-values.yaml';
    const text = await readFile(join(root, path), 'utf8');
    await writeFile(join(root, path), text.replace('consensusTimeout: 5s', 'consensusTimeout: 7s'));
    try {
      const { exitCode, stdout } = await live(['--worktree']);

      expect(exitCode).toBe(1);
      expect(stdout).toContain('3 nodes: node-alpha, node-beta, node-gamma');
      expect(stdout).toMatch(/-\s+consensusTimeout: 5s\n.*\+\s+consensusTimeout: 7s\n/);
      expect(stdout).toContain('backup → wave 2: backend');
    } finally {
      await writeFile(join(root, path), text);
    }
  });
});

describe('the note of a merge request', () => {
  const startStandIn = gitlabStandIns();

  test('is another one than that of the merge request itself', async () => {
    const body = '<!-- tidegate:diff -->\nWhat the merge request changes.';
    const gitlab = await startStandIn({ notes: [{ body }] });
    const env = {
      CI_API_V4_URL: gitlab.apiUrl,
      CI_PROJECT_ID: '42',
      CI_MERGE_REQUEST_IID: String(standInMergeRequest),
      TIDEGATE_NOTES_TOKEN: standInToken,
    };
    const args = ['--env', 'qa', '--kubeconfig', cluster.kubeconfig, '--post'];
    const results = [await diff(args, env), await diff(args, env)];

    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(gitlab.notes.map((note) => note.body.split('\n')[0])).toEqual([
      '<!-- tidegate:diff -->',
      '<!-- tidegate:diff-live qa -->',
    ]);
    expect(gitlab.notes[0]?.body).toBe(body);
  });
});

describe('drift', () => {
  test('a field that somebody has changed is shown with both values', async () => {
    const ref = { name: 'frontend', namespace };
    const live = await cluster.client.get(deployments, ref);
    const { replicas } = live['spec'] as { replicas: number };
    const scale = (to: number): Promise<JsonObject> =>
      cluster.client.patch(deployments, ref, { type: 'merge', patch: { spec: { replicas: to } } });
    await scale(replicas + 4);
    const { exitCode, changes, groups } = await report();
    await scale(replicas);

    expect(exitCode).toBe(1);
    expect(groups.map(({ component, nodes }) => [component, nodes])).toEqual([
      ['frontend', ['node-alpha']],
    ]);
    expect(changes.map(({ fields }) => fields)).toEqual([
      [{ path: ['spec', 'replicas'], before: replicas + 4, after: replicas }],
    ]);
    expect(changes[0]?.risks.map(({ badge }) => badge)).toContain('replicas down');
  });

  test('the same drift on all nodes is shown once, in every format', async () => {
    const set = (mounts: boolean): Promise<unknown> =>
      Promise.all(
        nodeNamespaces.map((at) =>
          cluster.client.patch(
            accounts,
            { name: 'frontend', namespace: at },
            { type: 'merge', patch: { automountServiceAccountToken: mounts } },
          ),
        ),
      );
    await set(true);
    const shown = await live();
    const split = await live(['--split']);
    const markdown = await live(['-o', 'markdown', '--allow-changes']);
    await set(false);

    expect([shown.exitCode, split.exitCode, markdown.exitCode]).toEqual([1, 1, 0]);
    expect(shown.stdout.match(/ServiceAccount dlt-node-\w+\/frontend/g)).toHaveLength(1);
    expect(shown.stdout).toContain('3 nodes: node-alpha, node-beta, node-gamma');
    const [from, to] = [true, false].map((on) => `automountServiceAccountToken: ${String(on)}`);
    expect(shown.stdout).toMatch(new RegExp(`-\\s*${from}\\n\\s+\\+\\s*${to}\\n`));
    expect(split.stdout).toMatch(new RegExp(`${from}\\s+│.*${to}`));
    expect(markdown.stdout).toContain('On 3 nodes, shown as on the first');
  });

  test('a field that no manifest names is no drift', async () => {
    const ref = { name: 'frontend', namespace };
    const set = (value: string | null): Promise<JsonObject> =>
      cluster.client.patch(services, ref, {
        type: 'merge',
        patch: { metadata: { annotations: { 'example.com/note': value } } },
      });
    await set('a controller wrote this');
    const { exitCode } = await live();
    await set(null);

    expect(exitCode).toBe(0);
  });

  test('an object that somebody has deleted is shown as added', async () => {
    const ref = { name: 'backend', namespace };
    const object = await cluster.client.get(accounts, ref);
    await cluster.client.delete(accounts, ref);
    const { exitCode, changes } = await report();
    await leave({ kind: 'ServiceAccount', ...without(object) });

    expect(exitCode).toBe(1);
    expect(changes.map(({ change, resource }) => [change, resource.kind, resource.name])).toEqual([
      ['added', 'ServiceAccount', 'backend'],
    ]);
    expect((await live()).exitCode).toBe(0);
  });

  test('a value that looks like a secret is masked', async () => {
    const secret = 'ghp-0123456789abcdefghijABCDEFGHIJ456789';
    await leave({ kind: 'Secret', metadata: named('left'), stringData: { password: secret } });
    const shown = await Promise.all(
      ['text', 'markdown', 'html', 'json'].map((format) => live(['-o', format])),
    );
    await cluster.client.delete(secrets, { name: 'left', namespace });

    for (const { exitCode, stdout, stderr } of shown) {
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/masked/);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(Buffer.from(secret).toString('base64'));
    }
  });
});

describe('what Argo CD would prune', () => {
  const remove = (...names: string[]): Promise<unknown> =>
    Promise.all(names.map((name) => cluster.client.delete(configMaps, { name, namespace })));

  test('is shown as removed: tracked, in no manifest, no hook, owned by nobody', async () => {
    const owner = await cluster.client.get(accounts, { name: 'backend', namespace });
    const ownerReferences = [
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        name: 'backend',
        uid: (owner['metadata'] as JsonObject)['uid'] ?? '',
      },
    ];
    const copied = {
      'argocd.argoproj.io/tracking-id': `${tracker.application}:/ConfigMap:${namespace}/another`,
      'argocd.argoproj.io/installation-id': 'dlt-qa',
    };
    const annotated = (key: string, value: string): JsonObject => ({
      annotations: { [key]: value },
    });
    const kind = 'ConfigMap';
    await leave({ kind, metadata: named('extra') });
    await leave({ kind, metadata: named('owned', { ownerReferences }) });
    await leave({ kind, metadata: named('hook', annotated('argocd.argoproj.io/hook', 'PreSync')) });
    await leave({
      kind,
      metadata: named('kept', annotated('argocd.argoproj.io/sync-options', 'Prune=false')),
    });
    await leave({ kind, metadata: named('foreign') }, { ...tracker, installationId: 'other' });
    await leave({ kind, metadata: named('of-others') }, { ...tracker, application: 'something' });
    await cluster.apply({
      apiVersion: 'v1',
      kind,
      metadata: { name: 'copy', namespace, annotations: copied },
    });
    const { exitCode, changes, notes } = await report();
    await remove('extra', 'owned', 'hook', 'kept', 'foreign', 'of-others', 'copy');

    expect(exitCode).toBe(1);
    expect(changes.map(({ change, resource }) => [change, resource.name])).toEqual([
      ['removed', 'extra'],
    ]);
    expect(changes[0]?.risks.map(({ badge }) => badge)).toEqual(['prune']);
    expect(notes).toContainEqual(expect.stringContaining('ConfigMap dlt-node-alpha/kept'));
  });

  test('is told apart from what a node has left that is gone', async () => {
    const application = 'dlt-node-gone-backend-qa';
    await leave({ kind: 'ConfigMap', metadata: named('left') }, { ...tracker, application });
    const { exitCode, changes, groups } = await report();
    await remove('left');

    expect(exitCode).toBe(1);
    expect(groups.map(({ component, nodes }) => [component, nodes])).toEqual([
      ['backend', ['node-gone']],
    ]);
    expect(changes[0]?.risks).toEqual([
      {
        level: 'medium',
        badge: 'left over',
        reason: expect.stringContaining('dlt-node-gone-backend-qa') as unknown,
      },
    ]);
  });
});

describe('trouble', () => {
  /** A kubeconfig of somebody who may do what some rules say, everywhere. */
  async function limited(name: string, rules: JsonObject[]): Promise<string> {
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const user = { kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' };
    await cluster.apply({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules });
    await cluster.apply({
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: user.apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'default' },
    });
    const token = await cluster.token('default', name);
    const path = join(folder, `kubeconfig-${name}`);
    await writeFile(path, cluster.server.kubeconfig.replace(cluster.server.token, token));
    return path;
  }

  const everything = { apiGroups: ['*'], resources: ['*'] };
  const read = { ...everything, verbs: ['get', 'list'] };

  test('what the caller may not do is an error each, and the exit code is 5', async () => {
    const path = await limited('reader', [read]);
    const { exitCode, errors, changes } = await report([], path);
    const { stdout } = await live([], path);

    expect(exitCode).toBe(5);
    expect(changes).toEqual([]);
    expect(errors.length).toBeGreaterThan(10);
    expect(errors.every(({ message }) => message.includes('cannot patch resource'))).toBe(true);
    expect(stdout).toContain('not everything could be compared');
  });

  test('what the caller may not list leaves open what would be pruned', async () => {
    const path = await limited('blind', [
      { ...everything, verbs: ['get', 'patch', 'create'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
    ]);
    const { exitCode, errors } = await report([], path);

    expect(exitCode).toBe(5);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/what would be pruned of .*secrets.* is not known: .*list/);
    expect(errors[0]?.message).not.toMatch(/configmaps/);
  });

  test('credentials that are not accepted end it', async () => {
    const path = join(folder, 'kubeconfig-wrong');
    await writeFile(path, cluster.server.kubeconfig.replace(cluster.server.token, 'wrong-token'));
    const { exitCode, stderr, stdout } = await live([], path);

    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('the cluster does not accept the credentials');
    expect(stderr).not.toContain('wrong-token');
  });

  test('a cluster out of reach ends it', async () => {
    const path = join(folder, 'kubeconfig-nowhere');
    await writeFile(path, makeKubeconfig({ server: 'https://127.0.0.1:1', token: 'x' }));
    const { exitCode, stderr } = await live([], path);

    expect(exitCode).toBe(5);
    expect(stderr).toContain('the cluster cannot be reached');
  });

  test('an object that the cluster refuses is an error, and the exit code is 3', async () => {
    const path = 'envs/qa/nodes/node-alpha/values-backend.yaml';
    const text = await readFile(join(root, path), 'utf8');
    await writeFile(
      join(root, path),
      text.replace(/^backend:\n/m, 'backend:\n  persistence:\n    size: 1Gi\n'),
    );
    try {
      const { exitCode, errors } = await report(['--worktree']);

      expect(exitCode).toBe(3);
      expect(errors).toEqual([
        expect.objectContaining({
          application: 'dlt-node-alpha-backend-qa',
          message: expect.stringContaining(
            'the cluster refuses StatefulSet dlt-node-alpha/backend',
          ) as unknown,
        }),
      ]);
    } finally {
      await writeFile(join(root, path), text);
    }
  });

  test.each<[args: string[], exitCode: number, message: string]>([
    [[], 2, 'name it with --env'],
    [['--env', 'qa,prod'], 2, 'name it with --env'],
    [['--env', 'nowhere'], 2, 'environment "nowhere" is not in tidegate.yaml'],
    [['--env', 'qa', '--base', 'HEAD'], 2, '--base and --live exclude each other'],
    [['--env', 'qa', '--from', '1', '--worktree'], 2, 'leave out --head and --worktree'],
    [['--env', 'qa', '--from', '7'], 3, '"qa" has no release 7'],
    [['--env', 'prod'], 3, '"prod" has no release in this clone'],
    [['--env', 'qa', '--kubeconfig', 'nowhere'], 3, 'no kubeconfig'],
    [['--env', 'qa', '--kubeconfig', 'tidegate.yaml'], 3, 'is no kubeconfig'],
    [['--env', 'qa', '--context', 'other'], 3, 'with a context "other"'],
  ])('refuses %j', async (args, exitCode, message) => {
    const cluster_ = args.includes('--kubeconfig') ? [] : ['--kubeconfig', cluster.kubeconfig];
    const result = await diff([...args, ...cluster_]);

    expect(result.stderr).toContain(message);
    expect(result.exitCode).toBe(exitCode);
  });
});

describe('a cluster with nothing in it', () => {
  test('gets everything, and it says why some things are not even known', async () => {
    const place = await temporaryFolder();
    const empty = await startCluster(place);
    try {
      const { exitCode, changes, errors } = await report([], empty.kubeconfig);

      expect([exitCode, errors]).toEqual([1, []]);
      expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(['added']));
      const reasons = changes.flatMap(({ risks }) => risks.map(({ reason }) => reason));
      expect(reasons).toContain(
        'the cluster does not serve ApplicationSet of argoproj.io/v1alpha1: its CustomResourceDefinition is not installed',
      );
      expect(reasons).toContain('namespace dlt-node-alpha does not exist yet');
      expect(empty.audit.filter(({ dryRun }) => !dryRun)).toEqual([]);
    } finally {
      await empty.server.close();
      await removeFolder(place);
    }
  });
});

/** An object as a manifest would have it: without what the server has put in. */
function without(object: JsonObject): JsonObject {
  const { name, labels, annotations } = object['metadata'] as JsonObject;
  const metadata = { name: name ?? '', labels: labels ?? {}, annotations: annotations ?? {} };
  return { ...object, metadata };
}
