import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../sync/kube-object.ts';
import type { ApplicationSet, ApplicationSetSpec } from './application-set.ts';
import type { GeneratedApplication } from './application-template.ts';
import { generateApplications, type Generation } from './generate-applications.ts';
import { driveGenerator } from './generators/generate-params.ts';
import { decideSet, decideSetDeletion, type SetSurroundings } from './reconcile-set.ts';
import { concernsSet, isSetChanged, requeueAfterSeconds } from './requeue.ts';
import { setHealth, upToDate, withOutcome } from './set-conditions.ts';
import { setResources } from './set-resources.ts';
import { applicationPermissions } from './sync-policy.ts';

const clusters = [{ name: 'in-cluster', server: 'https://kubernetes.default.svc' }];
const around: SetSurroundings = { applications: [], projects: ['default'], clusters };

function set(spec: Partial<ApplicationSetSpec> = {}): ApplicationSet {
  return {
    metadata: { name: 'nodes', namespace: 'argocd', uid: 'u1' },
    spec: {
      generators: [{ list: { elements: [{ name: 'a' }, { name: 'b' }] } }],
      template: {
        metadata: { name: 'node-{{name}}' },
        spec: { project: 'default', destination: { name: 'in-cluster', namespace: '{{name}}' } },
      },
      ...spec,
    },
  };
}

function generate(of: ApplicationSet): Generation {
  return driveGenerator(generateApplications(of), () => ({ error: 'unreachable' }));
}

/** What is in the cluster after a decision was carried out. */
function carryOut(
  of: ApplicationSet,
  before: readonly GeneratedApplication[] = [],
): GeneratedApplication[] {
  const decision = decideSet(of, generate(of), { ...around, applications: before });
  const after = new Map(before.map((one) => [one.metadata.name, one]));
  for (const action of decision.actions) {
    if (action.do === 'delete') after.delete(action.name);
    else if (action.write.action === 'create' || action.write.action === 'update') {
      after.set(action.name, action.write.application as GeneratedApplication);
    }
  }
  return [...after.values()];
}

describe('a set', () => {
  it('creates its Applications, by name, as their owner', () => {
    const decision = decideSet(set(), generate(set()), around);
    expect(decision.outcome).toStrictEqual(upToDate);
    expect(decision.actions.map(({ do: what, name }) => [what, name])).toStrictEqual([
      ['write', 'node-a'],
      ['write', 'node-b'],
    ]);
    expect(decision.actions[0]).toMatchObject({
      write: {
        action: 'create',
        application: {
          metadata: {
            namespace: 'argocd',
            finalizers: ['resources-finalizer.argocd.argoproj.io'],
            ownerReferences: [
              { kind: 'ApplicationSet', name: 'nodes', uid: 'u1', controller: true },
            ],
          },
          spec: { destination: { namespace: 'a' } },
        },
      },
    });
  });

  it('does nothing when all is as wanted', () => {
    const decision = decideSet(set(), generate(set()), {
      ...around,
      applications: carryOut(set()),
    });
    expect(decision.actions.every((one) => one.do === 'write' && one.write.action === 'none')).toBe(
      true,
    );
  });

  it('settles after one turn, whatever the template says', () => {
    const scalar = fc.constantFrom<unknown>('', 'x', 0, 1, false, true, null, [], {}, ['y']);
    const spec = fc.dictionary(
      fc.constantFrom('syncPolicy', 'source', 'info', 'ignoreDifferences'),
      fc.dictionary(fc.constantFrom('helm', 'path', 'automated', 'directory'), scalar),
    );
    fc.assert(
      fc.property(spec, (more) => {
        const template = {
          metadata: { name: 'node-{{name}}' },
          spec: { project: 'default', destination: { name: 'in-cluster' }, ...more },
        };
        const of = set({ template });
        const applications = carryOut(of);
        const again = decideSet(of, generate(of), { ...around, applications });
        expect(again.actions).toMatchObject(
          applications.map(() => ({ write: { action: 'none' } })),
        );
      }),
    );
  });

  it('deletes what is generated no more, but not what another set owns', () => {
    const fewer = set({ generators: [{ list: { elements: [{ name: 'a' }] } }] });
    const foreign = { ...(carryOut(set())[1] as GeneratedApplication) };
    const other = {
      ...foreign,
      metadata: { ...foreign.metadata, name: 'foreign', ownerReferences: [] },
    };
    const applications = [...carryOut(set()), other];
    const decision = decideSet(fewer, generate(fewer), { ...around, applications });
    expect(decision.actions.filter((one) => one.do === 'delete')).toStrictEqual([
      { do: 'delete', name: 'node-b', dropFinalizer: false },
    ]);
    const gone = decideSet(fewer, generate(fewer), { ...around, applications, clusters: [] });
    expect(gone.actions.find((one) => one.do === 'delete')).toMatchObject({ dropFinalizer: true });
  });

  it('leaves everything alone when it cannot generate', () => {
    const broken = set({ generators: [{ git: { repoURL: 'r', directories: [{ path: '*' }] } }] });
    const decision = decideSet(broken, generate(broken), {
      ...around,
      applications: carryOut(set()),
    });
    expect(decision).toMatchObject({
      actions: [],
      requeueAfterSeconds: 180,
      outcome: { reason: 'ApplicationGenerationFromParamsError', parametersGenerated: false },
    });
    expect(decision.outcome.message).toContain('unreachable');
  });

  it('asks no repository while the project of its template is not there', () => {
    const git = { repoURL: 'r', revision: 'main', directories: [{ path: '*' }] };
    const ofGit = (project: string): ApplicationSet =>
      set({ generators: [{ git }], template: { metadata: { name: 'x' }, spec: { project } } });
    const asked: string[] = [];
    const run = (of: ApplicationSet, projects?: readonly string[]): Generation =>
      driveGenerator(
        generateApplications(of, projects === undefined ? {} : { projects }),
        (request) => {
          asked.push(request.want);
          return { directories: [] };
        },
      );
    expect(run(ofGit('mine'), ['default'])).toStrictEqual({
      error: 'error getting project mine: AppProject.argoproj.io "mine" not found',
      reason: 'ApplicationGenerationFromParamsError',
    });
    const matrix = { generators: [{ list: { elements: [{ a: 'b' }] } }, { git }] };
    const nested = set({
      generators: [{ matrix }],
      template: { metadata: { name: 'x' }, spec: { project: 'mine' } },
    });
    expect(run(nested, [])).toMatchObject({
      error: expect.stringMatching(
        /second generator in the matrix.*: error getting project mine: /,
      ) as string,
    });
    expect(asked).toStrictEqual([]);
    for (const of of [
      run(ofGit('mine'), ['mine']),
      run(ofGit('{{path}}'), []),
      run(ofGit('mine')),
    ]) {
      expect(of).toStrictEqual({ applications: [] });
    }
    expect(asked).toHaveLength(3);
    // Another generator needs no project to be asked.
    expect(
      driveGenerator(generateApplications(set(), { projects: [] }), () => ({ error: 'x' })),
    ).toHaveProperty('applications.length', 2);
  });

  it('refuses progressive syncs, where there are any', () => {
    const rollingSync = { steps: [] };
    expect(generate(set({ strategy: { type: 'RollingSync', rollingSync } }))).toStrictEqual({
      error: 'strategy "RollingSync" is refused: progressive syncs are not modelled',
      reason: 'ApplicationGenerationFromParamsError',
    });
    for (const strategy of [{ type: 'AllAtOnce' }, { type: 'RollingSync' }, { rollingSync }]) {
      expect(generate(set({ strategy }))).toHaveProperty('applications');
    }
  });

  it('reports the template that is wrong', () => {
    const wrong = set({ goTemplate: true });
    expect(decideSet(wrong, generate(wrong), around).outcome).toMatchObject({
      reason: 'RenderTemplateParamsError',
      message: expect.stringContaining('function "name" not defined') as string,
    });
  });

  it('leaves out faulty Applications without deleting them', () => {
    const applications = carryOut(set());
    const decision = decideSet(set(), generate(set()), { ...around, applications, projects: [] });
    expect(decision.actions).toStrictEqual([]);
    expect(decision.outcome).toMatchObject({
      reason: 'ApplicationValidationError',
      message: 'application references project default which does not exist (and 1 more)',
      parametersGenerated: true,
    });
    expect([...decision.invalid.keys()]).toStrictEqual(['argocd/node-a', 'argocd/node-b']);
  });

  it('reports names that come twice', () => {
    const twice = set({ generators: [{ list: { elements: [{ name: 'a' }, { name: 'a' }] } }] });
    const decision = decideSet(twice, generate(twice), around);
    expect(decision.outcome.message).toBe(
      'ApplicationSet nodes contains applications with duplicate name: node-a',
    );
    // Argo CD keeps faults by name: the first of the two is left out, too.
    expect(decision.actions).toStrictEqual([]);
  });

  it.each([
    ['create-only', false, false],
    ['create-update', true, false],
    ['create-delete', false, true],
    ['sync', true, true],
  ] as const)(
    'with policy %s may update: %s, delete: %s',
    (applicationsSync, update, mayDelete) => {
      const of = set({ syncPolicy: { applicationsSync } });
      expect(applicationPermissions(of)).toMatchObject({ update, delete: mayDelete });
      expect(applicationPermissions(of, 'create-only')).toMatchObject({ policy: 'create-only' });
      const changed = set({
        syncPolicy: { applicationsSync },
        generators: [{ list: { elements: [{ name: 'a', extra: 'x' }] } }],
        template: {
          metadata: { name: 'node-{{name}}', labels: { new: 'label' } },
          spec: { project: 'default', destination: { name: 'in-cluster' } },
        },
      });
      const after = carryOut(changed, carryOut(set()));
      expect(after.map(({ metadata }) => metadata.name)).toStrictEqual(
        mayDelete ? ['node-a'] : ['node-a', 'node-b'],
      );
      expect(after[0]?.metadata.labels).toStrictEqual(update ? { new: 'label' } : undefined);
    },
  );

  it('keeps fields that it is told to, and what others wrote besides', () => {
    const [first] = carryOut(set());
    const live = {
      ...(first as GeneratedApplication),
      metadata: {
        ...first?.metadata,
        annotations: { mine: 'x', yours: 'y', 'argocd.argoproj.io/refresh': 'hard' },
        finalizers: ['other', 'post-delete-finalizer.argocd.argoproj.io/cleanup'],
      },
      status: { health: { status: 'Healthy' } },
      operation: { sync: {} },
    };
    const of = set({ preservedFields: { annotations: ['mine'] } });
    const after = carryOut(of, [live])[0];
    expect(after?.metadata.annotations).toStrictEqual({
      mine: 'x',
      'argocd.argoproj.io/refresh': 'hard',
    });
    expect(after?.metadata.finalizers).toStrictEqual([
      'resources-finalizer.argocd.argoproj.io',
      'post-delete-finalizer.argocd.argoproj.io/cleanup',
    ]);
    expect(after).toMatchObject({ status: live.status, operation: live.operation });
  });

  it('ignores differences by JSON pointer and jq', () => {
    const [first] = carryOut(set());
    const live = {
      ...(first as GeneratedApplication),
      spec: { ...first?.spec, destination: { name: 'in-cluster', namespace: 'elsewhere' } },
    };
    for (const rule of [
      { jsonPointers: ['/spec/destination/namespace'] },
      { name: 'node-a', jqPathExpressions: ['.spec | .destination.namespace'] },
    ]) {
      const of = set({ ignoreApplicationDifferences: [rule] });
      expect(carryOut(of, [live])[0]?.spec).toMatchObject({
        destination: { namespace: 'elsewhere' },
      });
    }
    const rules = [{ jqPathExpressions: ['.a as $x'] }];
    const createOnly = set({
      ignoreApplicationDifferences: rules,
      syncPolicy: { applicationsSync: 'create-only' },
    });
    expect(decideSet(createOnly, generate(createOnly), around).outcome).toMatchObject({
      reason: 'CreateApplicationError',
    });
    const wrong = set({ ignoreApplicationDifferences: rules });
    expect(decideSet(wrong, generate(wrong), around).outcome).toMatchObject({
      reason: 'UpdateApplicationError',
      message: expect.stringContaining('failed to build ignore diff config') as string,
    });
  });

  it('takes over an Application without owner, not one of another set', () => {
    const [first] = carryOut(set());
    const orphan = {
      ...(first as GeneratedApplication),
      metadata: { ...first?.metadata, ownerReferences: [] },
    };
    expect(carryOut(set(), [orphan])[0]?.metadata['ownerReferences']).toHaveLength(1);
    const owner = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      name: 'other',
      uid: 'x',
      controller: true,
    };
    const taken = { ...orphan, metadata: { ...orphan.metadata, ownerReferences: [owner] } };
    expect(
      decideSet(set(), generate(set()), { ...around, applications: [taken] }).outcome,
    ).toMatchObject({
      reason: 'UpdateApplicationError',
      message: expect.stringContaining(
        'is already owned by another ApplicationSet controller other',
      ) as string,
    });
  });

  it('releases its Applications on deletion where it may not delete them', () => {
    const applications = carryOut(set());
    const withFinalizer = (applicationsSync: 'sync' | 'create-only'): ApplicationSet => ({
      ...set({ syncPolicy: { applicationsSync } }),
      metadata: { ...set().metadata, finalizers: ['resources-finalizer.argocd.argoproj.io', 'x'] },
    });
    expect(decideSetDeletion(withFinalizer('sync'), { ...around, applications })).toStrictEqual({
      release: [],
      finalizers: ['x'],
    });
    expect(
      decideSetDeletion(withFinalizer('create-only'), { ...around, applications }).release,
    ).toStrictEqual(['node-a', 'node-b']);
  });
});

describe('conditions of a set', () => {
  const failure = {
    type: 'ErrorOccurred',
    reason: 'RenderTemplateParamsError',
    message: 'bad',
    parametersGenerated: false,
  } as const;

  it('come in three, by type', () => {
    const { conditions, health } = withOutcome({}, upToDate, 'now');
    expect(conditions?.map(({ type, status }) => [type, status])).toStrictEqual([
      ['ErrorOccurred', 'False'],
      ['ParametersGenerated', 'True'],
      ['ResourcesUpToDate', 'True'],
    ]);
    expect(health).toMatchObject({ status: 'Healthy' });
    expect(withOutcome({}, failure, 'now')).toMatchObject({
      conditions: [
        { type: 'ErrorOccurred', status: 'True', reason: 'RenderTemplateParamsError' },
        { type: 'ParametersGenerated', status: 'False', reason: 'ErrorOccurred' },
        { type: 'ResourcesUpToDate', status: 'False', reason: 'ErrorOccurred' },
      ],
      health: { status: 'Degraded', message: 'bad' },
    });
  });

  it('are the same list when nothing changes', () => {
    const first = withOutcome({}, upToDate, 'then');
    const second = withOutcome(first, upToDate, 'now');
    expect(second.conditions).toBe(first.conditions);
    const third = withOutcome(first, failure, 'now');
    expect(third.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toStrictEqual([
      'now',
      'now',
      'now',
    ]);
  });

  it('are unknown health before there are any', () => {
    expect(setHealth([])).toMatchObject({ status: 'Unknown' });
  });
});

describe('when a set looks again', () => {
  const git = (more: object = {}): Record<string, unknown> => ({ git: more });

  it.each([
    [[{ list: {} }], undefined],
    [[git()], 180],
    [[git({ requeueAfterSeconds: 20 }), git()], 20],
    [[{ matrix: { generators: [{ list: {} }, git({ requeueAfterSeconds: 60 })] } }], 60],
  ])('%j: %s', (generators, seconds) => {
    expect(requeueAfterSeconds(set({ generators }))).toBe(seconds);
  });

  it('depends on what it writes, not on status', () => {
    const application = { metadata: { name: 'a' }, spec: { project: 'default' }, status: {} };
    expect(concernsSet(application, { ...application, status: { x: 1 } })).toBe(false);
    const labelled = { ...application, metadata: { name: 'a', labels: { x: 'y' } } };
    expect(concernsSet(application, labelled)).toBe(true);
    expect(concernsSet(application, { ...application, metadata: { name: 'a', labels: {} } })).toBe(
      false,
    );
  });

  it.each([
    [{ health: { status: 'Healthy' } }, true],
    [{ sync: { status: 'Synced' } }, true],
    [{ operationState: { phase: 'Running', startedAt: '2' } }, true],
    [{ operationState: { phase: 'Failed', startedAt: '1' } }, true],
    [{ operationState: undefined }, false],
    [{ reconciledAt: 'now', health: {} }, false],
  ])('depends on a status %j, too, with progressive syncs: %s', (status, expected) => {
    const operationState = { phase: 'Running', startedAt: '1' };
    const before = { metadata: { name: 'a' }, status: { operationState } };
    const after = { ...before, status: { operationState, ...status } };
    expect(concernsSet(before, after)).toBe(false);
    expect(concernsSet(before, after, { progressiveSyncs: true })).toBe(expected);
  });
});

describe('a change of a set', () => {
  const before = {
    metadata: { name: 's', annotations: { a: '1' }, resourceVersion: '1' },
    spec: { goTemplate: true },
  };
  const refresh = { 'argocd.argoproj.io/application-set-refresh': 'true' };
  const changed = (metadata: object, more: object = {}): KubeObject => ({
    ...before,
    metadata: { ...before.metadata, ...metadata },
    ...more,
  });

  it.each([
    ['of its status', changed({ resourceVersion: '2' }, { status: { x: 1 } }), false],
    ['of nothing but an empty field', changed({ labels: {}, finalizers: [] }), false],
    ['of its spec', changed({}, { spec: {} }), true],
    ['of labels', changed({ labels: { a: 'b' } }), true],
    ['of finalizers', changed({ finalizers: ['x'] }), true],
    ['that deletes it', changed({ deletionTimestamp: 'now' }), true],
    ['of annotations', changed({ annotations: { a: '2' } }), true],
    ['that asks for a refresh', changed({ annotations: { a: '1', ...refresh } }), true],
  ])('%s', (_, after, expected) => {
    expect(isSetChanged(before, after)).toBe(expected);
  });

  it('is none when the refresh annotation goes', () => {
    const asking = changed({ annotations: { a: '1', ...refresh } });
    expect(isSetChanged(asking, before)).toBe(false);
    expect(isSetChanged(asking, changed({ annotations: { a: '2' } }))).toBe(false);
    expect(isSetChanged(asking, changed({ annotations: { a: '2', ...refresh } }))).toBe(true);
    expect(isSetChanged(asking, changed({}, { spec: {} }))).toBe(true);
  });
});

describe('the status of a set', () => {
  it('lists its Applications, cut at a maximum', () => {
    const applications = carryOut(set()).reverse();
    expect(setResources(applications, 1)).toStrictEqual({
      resources: [
        {
          group: 'argoproj.io',
          version: 'v1alpha1',
          kind: 'Application',
          name: 'node-a',
          namespace: 'argocd',
          status: '',
          health: { status: '' },
        },
      ],
      resourcesCount: 2,
    });
  });
});
