import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newerSyntax, runHealthCheck, runLua, type LuaHealth } from '../../test/lua.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { applicationHealth, applicationSetHealth, patHealth } from './health.ts';
import { valueAt } from './value-at.ts';

type Plain = Record<string, unknown>;

const checks = { applicationHealth, applicationSetHealth, patHealth };

describe('the Lua that the checks run in', () => {
  it('has the base and table libraries only', () => {
    const names = ['string', 'math', 'os', 'io', 'debug', 'coroutine', 'utf8', 'package'];
    const loaders = ['require', 'load', 'loadstring', 'dofile', 'loadfile'];

    for (const name of [...names, ...loaders]) expect(runLua(`return ${name}`, {})).toBeUndefined();
    expect(
      runLua('return table.concat({obj.a, "b"}) .. tostring(#obj.list)', { a: 'a', list: [1, 2] }),
    ).toBe('ab2');
  });

  it('says what went wrong, and stops a script without end', () => {
    expect(() => runLua('return obj.nobody.knows', {})).toThrow(/nobody/);
    expect(() => runLua('while true do end', {})).toThrow(/does not end/);
  });

  it.each(Object.entries(checks))('%s is Lua 5.1', (_name, script) => {
    expect(newerSyntax(script)).toEqual([]);
    expect(newerSyntax('local a = 1 // 2 -- x\ngoto b ::b::\nreturn a ~= 1 & 3')).toHaveLength(5);
  });

  it.each(Object.entries(checks))('%s leaves no global behind', (_name, script) => {
    const names = [...script.matchAll(/^\s*(\w+)(?:\.\w+)*\s*=[^=]/gm)].map((match) => match[1]);
    const locals = new Set([...script.matchAll(/\blocal (?:function )?(\w+)/g)].map((m) => m[1]));

    expect(names.filter((name) => !locals.has(name))).toEqual([]);
  });
});

const gate = {
  gated: 'tidegate.dev/gated',
  release: 'tidegate.dev/release',
  gateRelease: 'tidegate.dev/gate-release',
  state: 'tidegate.dev/gate-state',
  message: 'tidegate.dev/gate-message',
};

/** A gated object whose own state is the best there is, so that only the gate can hold it. */
function gatedObject(annotations: Plain): Plain {
  return {
    metadata: { annotations: { [gate.gated]: 'true', ...annotations } },
    ...healthyApplication(),
    status: {
      ...(healthyApplication()['status'] as Plain),
      conditions: [{ type: 'ResourcesUpToDate', status: 'True', message: 'all generated' }],
    },
  };
}

const gatedScripts = Object.entries({ applicationHealth, applicationSetHealth });

describe.each(gatedScripts)('%s of a gated object', (_name, script) => {
  const health = (annotations: Plain): LuaHealth =>
    runHealthCheck(script, gatedObject(annotations));
  const ofRelease = { [gate.release]: '3', [gate.gateRelease]: '3' };

  it.each(['Idle', 'Waiting', 'Running', 'Something', ''])(
    'is Progressing in state "%s"',
    (state) => {
      expect(health({ ...ofRelease, [gate.state]: state, [gate.message]: 'because' })).toEqual({
        status: 'Progressing',
        message: 'because',
      });
      expect(health({ ...ofRelease, [gate.state]: state })).toEqual({
        status: 'Progressing',
        message: 'waiting for the gate to pass release 3',
      });
    },
  );

  it('is Healthy when its gate has passed its release', () => {
    expect(health({ ...ofRelease, [gate.state]: 'Passed', [gate.message]: 'in 5 s' })).toEqual({
      status: 'Healthy',
      message: 'in 5 s',
    });
    expect(health({ ...ofRelease, [gate.state]: 'Passed' })).toEqual({
      status: 'Healthy',
      message: 'release 3 has passed',
    });
  });

  it.each(['2', '4', '30', '', undefined])(
    'is Progressing when its gate has passed release %s',
    (passed) => {
      const result = health({
        [gate.release]: '3',
        [gate.gateRelease]: passed,
        [gate.state]: 'Passed',
        [gate.message]: 'release 2 has passed',
      });

      expect(result).toEqual({
        status: 'Progressing',
        message: 'waiting for the gate to pass release 3',
      });
    },
  );

  it('is Degraded with the reason when its gate has failed', () => {
    expect(health({ ...ofRelease, [gate.state]: 'Failed', [gate.message]: 'no backup' })).toEqual({
      status: 'Degraded',
      message: 'no backup',
    });
    expect(health({ ...ofRelease, [gate.state]: 'Failed' })).toEqual({
      status: 'Degraded',
      message: 'the gate failed',
    });
  });

  it('is Progressing when the gate has written nothing', () => {
    expect(health({ [gate.release]: '3' })).toEqual({
      status: 'Progressing',
      message: 'waiting for the gate to pass release 3',
    });
  });

  it('is never Healthy without a release of its own', () => {
    const results = [
      health({}),
      health({ [gate.state]: 'Passed' }),
      health({ [gate.state]: 'Passed', [gate.gateRelease]: '3' }),
      health({ [gate.state]: 'Passed', [gate.gateRelease]: null, [gate.release]: null }),
    ];

    for (const result of results) expect(result.status).toBe('Progressing');
  });

  it('does not look at the status of the object', () => {
    const object = gatedObject({ ...ofRelease, [gate.state]: 'Passed' });

    for (const status of [undefined, {}, { health: { status: 'Degraded' } }, 'odd']) {
      expect(runHealthCheck(script, { ...object, status }).status).toBe('Healthy');
    }
    expect(runHealthCheck(script, { ...object, operation: { sync: {} } }).status).toBe('Healthy');
  });

  it.each(['false', 'TRUE', '', undefined])('is not gated by the annotation "%s"', (gated) => {
    const object = gatedObject({ [gate.gated]: gated, [gate.state]: 'Failed' });

    expect(runHealthCheck(script, object).status).toBe('Healthy');
  });

  it('judges an object without annotations or metadata by itself', () => {
    const { status, ...rest } = gatedObject({});

    for (const metadata of [undefined, {}, { annotations: undefined }, { annotations: {} }]) {
      expect(runHealthCheck(script, { ...rest, status, metadata }).status).toBe('Healthy');
    }
  });
});

const source = {
  repoURL: 'https://artifactory.example.com/helm',
  chart: 'dlt-vault',
  targetRevision: '1.2.0',
  helm: { valueFiles: ['$values/versions/qa.yaml'] },
};
const values = {
  repoURL: 'https://gitlab.example.com/org/gitops-repo.git',
  targetRevision: 'release/qa/3',
  ref: 'values',
};
const destination = { server: 'https://kubernetes.default.svc', namespace: 'dlt-node-alpha' };

/** An Application that is Synced and Healthy on a comparison with its present spec. */
function healthyApplication(status: Plain = {}, rest: Plain = {}): Plain {
  return {
    spec: { project: 'dlt-qa-workloads', sources: [source, values], destination },
    status: {
      sync: {
        status: 'Synced',
        revisions: ['1.2.0', 'aaaa'],
        comparedTo: { sources: [source, values], destination },
      },
      health: { status: 'Healthy' },
      ...status,
    },
    ...rest,
  };
}

function singleSource(status: Plain = {}): Plain {
  return {
    spec: { source: values, destination },
    status: {
      sync: { status: 'Synced', revision: 'aaaa', comparedTo: { source: values, destination } },
      health: { status: 'Healthy' },
      ...status,
    },
  };
}

function syncedTo(comparedTo: Plain): Plain {
  return { sync: { status: 'Synced', revisions: ['1.2.0', 'aaaa'], comparedTo } };
}

describe('applicationHealth of an Application that is not gated', () => {
  const health = (object: Plain): LuaHealth => runHealthCheck(applicationHealth, object);

  it('is Healthy when it is Synced and Healthy on its present spec', () => {
    expect(health(healthyApplication())).toEqual({ status: 'Healthy', message: '' });
    expect(health(singleSource())).toEqual({ status: 'Healthy', message: '' });
  });

  it.each([
    ['has no status', { status: undefined }],
    ['has an empty status', { status: {} }],
    ['was never compared', { status: { health: { status: 'Healthy' } } }],
  ])('is Progressing when it %s', (_what, rest) => {
    expect(health({ ...healthyApplication(), ...rest })).toEqual({
      status: 'Progressing',
      message: 'not compared yet',
    });
  });

  it.each([
    [
      'another chart version',
      { sources: [{ ...source, targetRevision: '1.1.0' }, values], destination },
    ],
    [
      'another values revision',
      { sources: [source, { ...values, targetRevision: 'release/qa/2' }], destination },
    ],
    ['one source less', { sources: [source], destination }],
    ['one source more', { sources: [source, values, values], destination }],
    [
      'other value files',
      { sources: [{ ...source, helm: { valueFiles: [] } }, values], destination },
    ],
    [
      'another destination',
      { sources: [source, values], destination: { ...destination, namespace: 'other' } },
    ],
    ['nothing', {}],
  ])('is Progressing when its status was compared to %s', (_what, comparedTo) => {
    expect(health(healthyApplication(syncedTo(comparedTo)))).toEqual({
      status: 'Progressing',
      message: 'status belongs to an older spec.',
    });
  });

  it('is Progressing when the status of a single source belongs to another', () => {
    const sync = {
      status: 'Synced',
      comparedTo: { source: { ...values, targetRevision: 'main' }, destination },
    };

    expect(health(singleSource({ sync })).status).toBe('Progressing');
    expect(health(singleSource({ sync: { status: 'Synced' } })).status).toBe('Progressing');
  });

  it('names the conditions that keep it from being compared', () => {
    const conditions = [{ type: 'ComparisonError', message: 'no such chart' }, {}];

    expect(health(healthyApplication({ ...syncedTo({}), conditions }))).toEqual({
      status: 'Progressing',
      message: 'status belongs to an older spec. ComparisonError: no such chart : ',
    });
  });

  it('takes empty fields for absent ones: the status leaves them out', () => {
    const spec = {
      sources: [
        {
          ...source,
          path: '',
          helm: { ...source.helm, ignoreMissingValueFiles: false, parameters: [] },
        },
        { ...values, directory: { jsonnet: {} } },
      ],
      destination: { ...destination, name: '' },
    };

    expect(health({ ...healthyApplication(), spec }).status).toBe('Healthy');
    expect(
      health({ ...singleSource(), spec: { ...(singleSource()['spec'] as Plain), sources: [] } })
        .status,
    ).toBe('Healthy');
  });

  it.each([
    ['an operation is requested', {}, { operation: { sync: {} } }, ''],
    [
      'an operation runs',
      { operationState: { phase: 'Running', message: 'wave 1' } },
      {},
      'wave 1',
    ],
    ['an operation is terminating', { operationState: { phase: 'Terminating' } }, {}, ''],
  ])('is Progressing when %s', (_what, status, rest, message) => {
    expect(health(healthyApplication(status, rest))).toEqual({
      status: 'Progressing',
      message: `sync operation pending or running: ${message}`,
    });
  });

  const result = { sources: [source, values], revisions: ['1.2.0', 'aaaa'] };

  it.each(['Failed', 'Error'])(
    'is Degraded when the last operation on this revision ended %s',
    (phase) => {
      const operationState = { phase, message: 'hook failed', syncResult: result };
      const single = { phase, syncResult: { source: values, revision: 'aaaa' } };

      expect(health(healthyApplication({ operationState }))).toEqual({
        status: 'Degraded',
        message: 'last sync of this revision failed: hook failed',
      });
      expect(health(singleSource({ operationState: single }))).toEqual({
        status: 'Degraded',
        message: 'last sync of this revision failed: ',
      });
    },
  );

  it('judges by its state when the operation that failed was on another revision', () => {
    const older = [
      { ...result, revisions: ['1.2.0', 'bbbb'] },
      { ...result, sources: [{ ...source, targetRevision: '1.1.0' }, values] },
      undefined,
    ];
    const single = { source: values, revision: 'bbbb' };

    for (const syncResult of older) {
      const operationState = { phase: 'Failed', syncResult };
      expect(health(healthyApplication({ operationState })).status).toBe('Healthy');
    }
    expect(
      health(singleSource({ operationState: { phase: 'Error', syncResult: single } })).status,
    ).toBe('Healthy');
    expect(
      health(healthyApplication({ operationState: { phase: 'Succeeded', syncResult: result } }))
        .status,
    ).toBe('Healthy');
  });

  it.each(['OutOfSync', 'Unknown', undefined])(
    'is Progressing when its sync status is %s',
    (status) => {
      const sync = { status, comparedTo: { sources: [source, values], destination } };

      expect(health(healthyApplication({ sync }))).toEqual({
        status: 'Progressing',
        message: `waiting for sync (status ${status ?? '?'})`,
      });
    },
  );

  it.each(['Healthy', 'Degraded', 'Suspended'])('takes over health %s', (status) => {
    expect(health(healthyApplication({ health: { status } }))).toEqual({ status, message: '' });
  });

  it.each(['Progressing', 'Missing', 'Unknown', undefined])(
    'is Progressing with health %s',
    (status) => {
      expect(health(healthyApplication({ health: { status } }))).toEqual({
        status: 'Progressing',
        message: `synced, health ${status ?? '?'}`,
      });
      expect(health(healthyApplication({ health: undefined })).status).toBe('Progressing');
    },
  );
});

type ConditionStatus = 'True' | 'False' | 'Unknown' | undefined;
const statuses: readonly ConditionStatus[] = ['True', 'False', 'Unknown', undefined];

function conditionsOf(given: Readonly<Record<string, ConditionStatus>>): Plain[] {
  return Object.entries(given).flatMap(([type, status]) =>
    status === undefined ? [] : [{ type, status, message: `${type} is ${status}` }],
  );
}

/** Argo CD's rule for an ApplicationSet: the first of these conditions that is there decides. */
const builtInRule: readonly [type: string, status: ConditionStatus, health: string][] = [
  ['ErrorOccurred', 'True', 'Degraded'],
  ['ResourcesUpToDate', 'False', 'Degraded'],
  ['RolloutProgressing', 'True', 'Progressing'],
  ['ResourcesUpToDate', 'True', 'Healthy'],
];

describe('applicationSetHealth of a set that is not gated', () => {
  const combinations = statuses.flatMap((ErrorOccurred) =>
    statuses.flatMap((ResourcesUpToDate) =>
      statuses.map((RolloutProgressing) => ({
        ErrorOccurred,
        ParametersGenerated: 'True' as const,
        ResourcesUpToDate,
        RolloutProgressing,
      })),
    ),
  );

  it('judges every combination of conditions as Argo CD does', () => {
    expect(combinations).toHaveLength(64);
    for (const given of combinations) {
      const decides = builtInRule.find(([type, status]) => (given as Plain)[type] === status);
      const expected =
        decides === undefined
          ? { status: 'Progressing', message: 'waiting for status' }
          : { status: decides[2], message: `${decides[0]} is ${decides[1] ?? ''}` };
      const conditions = conditionsOf(given);

      for (const order of [conditions, [...conditions].reverse()]) {
        const set = { metadata: { name: 'set' }, status: { conditions: order } };
        expect(runHealthCheck(applicationSetHealth, set), JSON.stringify(given)).toEqual(expected);
      }
    }
  });

  it.each([
    ['no status', {}],
    ['an empty status', { status: {} }],
    ['no conditions', { status: { conditions: [] } }],
    ['only others', { status: { conditions: conditionsOf({ ParametersGenerated: 'True' }) } }],
  ])('is Progressing with %s', (_what, set) => {
    expect(runHealthCheck(applicationSetHealth, set)).toEqual({
      status: 'Progressing',
      message: 'waiting for status',
    });
  });

  it('ignores what its children are: only the gate looks at them', () => {
    const status = {
      conditions: conditionsOf({ ResourcesUpToDate: 'True' }),
      resources: [{ kind: 'Application', health: { status: 'Degraded' }, status: 'OutOfSync' }],
    };

    expect(runHealthCheck(applicationSetHealth, { status }).status).toBe('Healthy');
  });
});

/** The spec's own script, read from the ConfigMap in docs/spec.md. */
function specScript(): string {
  const folder = join(import.meta.dirname, '..', '..', '..', '..', 'docs');
  const spec = readFileSync(join(folder, 'spec.md'), 'utf8');
  const block = /```yaml\n(# argocd-cm ConfigMap[\s\S]*?)```/.exec(spec)?.[1] ?? '';
  const data = valueAt(parseYaml(block, 'spec.md').value, ['data']);
  const [script] = Object.values(data as Record<string, string>);
  return script ?? '';
}

describe('patHealth', () => {
  const phases = [
    'Pending',
    'Provisioning',
    'Ready',
    'Failed',
    'Terminating',
    'Odd',
    '',
    undefined,
  ];
  const health = (status: unknown, generation?: number): LuaHealth =>
    runHealthCheck(patHealth, { metadata: { generation }, status });

  it.each(phases)("gives the spec's answer for phase %s", (phase) => {
    const script = specScript();
    const statuses = [
      { phase },
      { phase, message: 'quota exceeded' },
      { phase, observedGeneration: 2 },
      { phase, conditions: [] },
    ];

    for (const status of statuses) {
      const pat = { metadata: { generation: 2 }, status };
      expect(runHealthCheck(patHealth, pat).status).toBe(runHealthCheck(script, pat).status);
    }
  });

  it("gives the spec's answer without a status", () => {
    const expected = { status: 'Progressing', message: 'Waiting for status' };

    expect(runHealthCheck(specScript(), {})).toEqual(expected);
    expect(runHealthCheck(patHealth, {})).toEqual(expected);
    expect(health(null, 1)).toEqual(expected);
  });

  it.each([
    ['Ready', undefined, 'Healthy', 'Namespace provisioned'],
    ['Ready', 'done', 'Healthy', 'Namespace provisioned'],
    ['Failed', 'quota exceeded', 'Degraded', 'quota exceeded'],
    ['Pending', undefined, 'Progressing', 'Waiting for namespace provisioning'],
    ['Provisioning', undefined, 'Progressing', 'Waiting for namespace provisioning'],
  ])("gives the spec's message for %s with %s", (phase, message, status, text) => {
    expect(runHealthCheck(specScript(), { status: { phase, message } })).toEqual({
      status,
      message: text,
    });
    expect(health({ phase, message })).toEqual({ status, message: text });
  });

  it('gives a message where the spec has none or a fixed one', () => {
    expect(health({ phase: 'Failed' }).message).toBe('Namespace provisioning failed');
    expect(health({ phase: 'Provisioning', message: 'waiting for the admin instance' })).toEqual({
      status: 'Progressing',
      message: 'waiting for the admin instance',
    });
  });

  it.each(['Pending', 'Ready', 'Failed'])(
    'is Progressing when %s belongs to an older generation',
    (phase) => {
      expect(health({ phase, observedGeneration: 1 }, 2)).toEqual({
        status: 'Progressing',
        message: 'Waiting for namespace provisioning of generation 2',
      });
    },
  );

  it('goes by the phase when either generation is not known', () => {
    expect(health({ phase: 'Ready', observedGeneration: 1 }).status).toBe('Healthy');
    expect(health({ phase: 'Ready' }, 2).status).toBe('Healthy');
    expect(
      runHealthCheck(patHealth, { status: { phase: 'Ready', observedGeneration: 1 } }).status,
    ).toBe('Healthy');
  });
});

describe('a status of odd shape', () => {
  const known = ['Healthy', 'Degraded', 'Progressing', 'Suspended'];

  /** Shapes that fields of the right type can still have: absent, null, empty, partly filled. */
  const sparse: unknown[] = [
    undefined,
    null,
    {},
    [],
    { sync: {} },
    { sync: null },
    { sync: { comparedTo: null } },
    { sync: { status: 'Synced' }, health: {} },
    { conditions: null },
    { conditions: [] },
    { conditions: {} },
    { conditions: [{}] },
    { conditions: [{ type: 'ErrorOccurred' }] },
    { conditions: [{ status: 'True' }] },
    { sync: {}, conditions: [{ message: 'x' }] },
    { operationState: {} },
    { operationState: { phase: 'Failed' } },
    { phase: null },
    { phase: 'Failed', message: null },
    { observedGeneration: null },
  ];

  it.each(Object.entries(checks))('%s gives a health for it', (_name, script) => {
    for (const status of sparse) {
      for (const rest of [
        {},
        { metadata: {} },
        { metadata: { generation: 1 }, spec: {} },
        healthyRest(),
      ]) {
        const object = { ...rest, status };
        const run = (): unknown => runHealthCheck(script, object).status;
        expect(run, JSON.stringify(object)).not.toThrow();
        expect(known, JSON.stringify(object)).toContain(run());
      }
    }
  });

  /** Values of a type that the objects' definitions, and so the API server, do not admit. */
  const wrong: unknown[] = [
    'text',
    7,
    true,
    ['text'],
    { sync: 'Synced' },
    { sync: { comparedTo: 'x' } },
    { conditions: 'x' },
    { conditions: ['x'] },
    { sync: {}, conditions: 'x' },
    { sync: {}, operationState: 'x' },
    { phase: {}, message: {} },
    { phase: 'Ready', observedGeneration: 'x' },
    { phase: 'Failed', message: 7 },
  ];

  it.each(Object.entries(checks))(
    '%s never takes values of a wrong type for good',
    (_name, script) => {
      for (const status of wrong) {
        const object = { ...healthyRest(), status };
        expect(healthOrError(script, object), JSON.stringify(status)).not.toBe('Healthy');
      }
    },
  );

  /** Argo CD ends the operation with the error of a script: the wave does not pass. */
  function healthOrError(script: string, object: Plain): unknown {
    try {
      return runHealthCheck(script, object).status;
    } catch (error) {
      return String(error);
    }
  }

  function healthyRest(): Plain {
    return { metadata: { generation: 2 }, spec: healthyApplication()['spec'] };
  }
});
