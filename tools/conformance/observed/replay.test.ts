import { describe, expect, test } from 'vitest';
import type { Recording, RecordedStep, StepOutcome } from './recording.ts';
import { sharedRendering } from './rendering.ts';
import { replay, type Placement } from './replay.ts';
import { recordedRepositories } from './repositories.ts';
import { findAgreement } from './search.ts';

const openRepositories = recordedRepositories(sharedRendering());
const repo = 'http://git.example/app.git';

function configMap(name: string, value: string, wave: number): string {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations: { 'argocd.argoproj.io/sync-wave': String(wave) } },
    data: { value },
  };
  return JSON.stringify(object);
}

function commit(id: string, files: Readonly<Record<string, string>>): RecordedStep['do'] {
  return { commit: { repo, branch: 'main', id, files } };
}

function step(actions: RecordedStep['do'], lasts: number): RecordedStep {
  const nothing = { timeline: [], created: [], deleted: [], operations: {}, after: {}, live: {} };
  return { do: actions, lasts, ...nothing };
}

const source = { repoURL: repo, targetRevision: 'main', path: 'nodes/one' };
const destination = { server: 'https://kubernetes.default.svc', namespace: 'app' };
const spec = { project: 'default', destination, source, syncPolicy: { automated: {} } };
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } };
const apiVersion = 'argoproj.io/v1alpha1';
const first = commit('c1', {
  'nodes/one/a.yaml': configMap('a', '1', 0),
  'nodes/one/b.yaml': configMap('b', '1', 1),
});
const second = commit('c2', { 'nodes/one/a.yaml': configMap('a', '2', 0) });

function scenario(made: Record<string, unknown>, more: readonly RecordedStep[]): Recording {
  const object = { apiVersion, ...made } as never;
  const actions = [first, { apply: namespace }, { apply: object }].flat();
  return {
    name: 'scenario',
    title: 'A scenario.',
    settings: {
      reconciliationSeconds: 10,
      waveDelaySeconds: 2,
      appsetRequeueSeconds: 5,
      repoErrorGraceSeconds: 180,
      argocdCm: {},
    },
    steps: [step(actions, 13), ...more],
  };
}

const application = scenario(
  { kind: 'Application', metadata: { name: 'one', namespace: 'argocd' }, spec },
  [step(second, 25)],
);

const folder = '{{path.basename}}';
const set = scenario(
  {
    kind: 'ApplicationSet',
    metadata: { name: 'set', namespace: 'argocd' },
    spec: {
      generators: [
        { git: { repoURL: repo, revision: 'main', directories: [{ path: 'nodes/*' }] } },
      ],
      template: {
        metadata: { name: `set-${folder}` },
        spec: { ...spec, source: { ...source, path: `nodes/${folder}` } },
      },
    },
  },
  [step(commit('c2', { 'nodes/two/c.yaml': configMap('c', '1', 0) }), 25)],
);

/** A recording of what our own Argo CD does when its polls are placed in a way that nobody knows. */
async function record(recording: Recording, placement: Partial<Placement>): Promise<Recording> {
  const outcomes: StepOutcome[] = [];
  const none = { firstPollMs: 0, idleMs: {}, setsEarlierMs: {}, pace: {} };
  const place: Placement = { ...none, ...placement };
  await replay(recording, place, { openRepositories }, (outcome) => outcomes.push(outcome) > 0);
  const steps = recording.steps.map((one, index) => ({ ...one, ...outcomes[index] }));
  return { ...recording, steps };
}

describe('a replay of what was recorded from ourselves', () => {
  test('says what happened', async () => {
    const { steps } = await record(application, { firstPollMs: 2000 });
    expect(steps[0]?.created.at(-1)).toEqual(['ConfigMap/app/b']);
    expect(steps[0]?.createdBy).toMatchObject({
      'argocd/one': [['ConfigMap/app/a'], ['ConfigMap/app/b']],
    });
    expect(steps[0]?.operations['argocd/one']).toMatchObject([
      { phase: 'Succeeded', syncResult: { revision: '<c1>' } },
    ]);
    expect(steps[1]?.live['ConfigMap/app/a']).toMatchObject({ data: { value: '2' } });
    expect(steps[1]?.after['argocd/one']).toMatchObject({
      status: { sync: { status: 'Synced', revision: '<c2>' } },
    });
  });

  test.each([300, 4700, 8900])('finds polls that began at %d ms', async (firstPollMs) => {
    const recording = await record(application, { firstPollMs });
    expect((await findAgreement(recording, { openRepositories })).differences).toEqual([]);
  });

  test.each([[1200], [3900]])('finds looks of a set %d ms earlier', async (earlierMs) => {
    const recording = await record(set, { setsEarlierMs: { 1: [earlierMs] } });
    expect((await findAgreement(recording, { openRepositories })).differences).toEqual([]);
  });

  test('does not agree when Argo CD works otherwise', async () => {
    const recording = await record(application, {});
    const timing = { waveDelayMs: 5000 };
    const options = { openRepositories, timing, maxReplays: 4 };
    const { differences } = await findAgreement(recording, options);
    expect(differences.map(({ where }) => where)).toContain(
      'step 1 > timeline > waves of argocd/one',
    );
  });

  test('comes out the same each time', async () => {
    const recording = await record(set, { firstPollMs: 3000 });
    expect(await record(set, { firstPollMs: 3000 })).toEqual(recording);
  });
});

test('a step begins at its clock', async () => {
  const [one, two] = application.steps;
  if (one === undefined || two === undefined) throw new Error('two steps are needed');
  const steps = [
    { ...one, clock: 'Wednesday 13:59:40' },
    { ...two, clock: 'Wednesday 13:59:54.500' },
  ];
  const times: string[] = [];
  await replay(
    { ...application, steps },
    { firstPollMs: 0, idleMs: {}, setsEarlierMs: {}, pace: {} },
    {
      openRepositories: (recording, time) => {
        const repositories = openRepositories(recording, time);
        return {
          ...repositories,
          commit: (made) => {
            times.push(new Date(time.clock.nowMs()).toISOString().slice(11));
            return repositories.commit(made);
          },
        };
      },
    },
    () => true,
  );
  expect(times).toEqual(['13:59:40.000Z', '13:59:54.500Z']);
});
