import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeOf } from './judge.ts';
import type { Recording, StepOutcome, TimelineEntry } from './recording.ts';
import {
  fullOperation,
  partialOperation,
  sampleApplication,
  sampleRecording,
  sampleStep,
  sampleWith,
} from './sample-recording.ts';

function places(recording: Recording, got: StepOutcome): string[] {
  return judgeOf(recording)
    .next(got)
    .map(({ where }) => where);
}

/** Paths of all values inside a value that are no objects and no lists, and of all empty ones. */
function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}\u0000${key}`));
}

function mutated<T>(value: T, path: string, to: unknown): T {
  const [key = '', ...rest] = path.split('\u0000');
  const at = (value as Record<string, unknown>)[key];
  const next = rest.length === 0 ? to : mutated(at, rest.join('\u0000'), to);
  if (Array.isArray(value)) return value.with(Number(key), next) as T;
  return { ...value, [key]: next };
}

test('a recording agrees with itself', () => {
  expect(places(sampleRecording, sampleStep)).toEqual([]);
});

test('whatever differs in an Application, an operation or an object is found', () => {
  const { after, operations, live } = sampleStep;
  const compared = { after, operations, live };
  const property = fc.property(
    fc.constantFrom(...leaves(compared)),
    fc.constantFrom<unknown>('another', 7, null, undefined, ['x'], { x: 1 }),
    fc.boolean(),
    (path, to, inRecording) => {
      const other = mutated(compared, path, to);
      const found = inRecording
        ? places(sampleWith(other), sampleStep)
        : places(sampleRecording, { ...sampleStep, ...other });
      expect(found).not.toEqual([]);
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test('an object more or less in a batch is found', () => {
  const { created, deleted, createdBy = {} } = sampleStep;
  const compared = { created, deleted, createdBy };
  const property = fc.property(fc.constantFrom(...leaves(compared)), (path) => {
    const expected = mutated(compared, path, 'ConfigMap/web/another');
    expect(places(sampleWith(expected), sampleStep)).not.toEqual([]);
  });
  fc.assert(property);
  expect(places(sampleWith({ created: [] }), sampleStep)).toEqual(['step 1 > created']);
  expect(places(sampleWith({ deleted: [] }), sampleStep)).toEqual(['step 1 > deleted']);
});

function timeline(
  change: (entries: readonly TimelineEntry[]) => readonly TimelineEntry[],
): string[] {
  return places(sampleRecording, { ...sampleStep, timeline: change(sampleStep.timeline) });
}

describe('timelines', () => {
  const prefix = 'step 1 > timeline > ';
  const web = `${prefix}Application/argocd/web > `;

  test.each<readonly [string, Partial<Record<string, unknown>>, string]>([
    ['a phase that is not there', { phase: 'Running' }, `${web}phases`],
    ['a result that is not there', { phase: 'Succeeded' }, `${web}phases`],
    ['an operation that is not there', { operation: true }, `${web}phases`],
    ['a state that lasted and is not there', { sync: 'Synced' }, `${web}sync`],
    ['a health that lasted and is not there', { health: 'Missing' }, `${web}health`],
  ])('%s', (_, part, where) => {
    const [key = '', value] = Object.entries(part)[0] ?? [];
    const found = timeline((entries) =>
      entries.filter(({ change }) => typeof change === 'string' || change[key] !== value),
    );
    expect(found).toContain(where);
  });

  test('a short state may be missing or added, a long one may not', () => {
    const withoutShort = timeline((entries) =>
      entries.map((entry) =>
        typeof entry.change !== 'string' && entry.change['health'] === 'Progressing'
          ? { ...entry, change: { sync: 'Synced' } }
          : entry,
      ),
    );
    expect(withoutShort).toEqual([]);
    const added = (until: number): string[] =>
      timeline((entries) => [
        ...entries,
        { t: 10, object: 'Application/argocd/web', change: { health: 'Degraded' } },
        { t: until, object: 'Application/argocd/web', change: { health: 'Healthy' } },
      ]);
    expect(added(10.5)).toEqual([]);
    expect(added(14)).toEqual([`${web}health`]);
  });

  test('what is created or deleted otherwise', () => {
    const isDeletion = ({ change }: TimelineEntry): boolean => change === 'deleting';
    expect(timeline((entries) => entries.filter((entry) => !isDeletion(entry)))).toEqual([
      `${prefix}ConfigMap/web/a > life`,
    ]);
    const again = { t: 12, object: 'ConfigMap/web/a', change: 'created' };
    expect(timeline((entries) => [...entries, again])).toContain(`${prefix}ConfigMap/web/a > life`);
  });

  test('objects of a batch come before those of the next', () => {
    const late = timeline((entries) => {
      const moved = entries.filter(
        ({ object, change }) => object === 'ConfigMap/web/a' && change === 'created',
      );
      const rest = entries.filter((entry) => !moved.includes(entry));
      const after = rest.findIndex(({ object }) => object === 'ConfigMap/web/b') + 1;
      return [...rest.slice(0, after), ...moved, ...rest.slice(after)];
    });
    expect(late).toContain('step 1 > created');
  });

  test('gaps between waves agree within a second or 30 %, whole attempts roughly', () => {
    const shifted = (by: number): string[] =>
      timeline((entries) =>
        entries.map((entry) => (entry.t > 3 ? { ...entry, t: entry.t + by } : entry)),
      );
    expect(shifted(0.9)).toEqual([]);
    expect(shifted(-0.9)).toEqual([]);
    const waves = 'step 1 > timeline > waves of argocd/web';
    expect(shifted(1.5)).toEqual([waves]);
    expect(shifted(-1.9)).toContain(waves);
    expect(shifted(4)).toEqual([`${web}phases > gaps`, waves]);
  });
});

describe('what is not deterministic', () => {
  const reordered = mutated(sampleStep, 'operations\u0000argocd/web\u00000', {
    ...fullOperation,
    syncResult: {
      revision: '<c1>',
      resources: (fullOperation['syncResult'] as { resources: unknown[] }).resources.toReversed(),
    },
  });

  test('the order of results counts unless it is named', () => {
    const entry = 'step 1: order of resources in operation results';
    expect(places(sampleWith({}), reordered)).not.toEqual([]);
    expect(places(sampleWith({}, [entry.replace('1', '2')]), reordered)).not.toEqual([]);
    expect(places(sampleWith({}, [entry]), reordered)).toEqual([]);
  });

  test('a path that is named is not compared, its neighbours are', () => {
    const entry = 'step 1: after > argocd/web > status > operationState > retryCount';
    const path = 'after\u0000argocd/web\u0000status\u0000operationState\u0000';
    const got = mutated(sampleStep, `${path}retryCount`, 3);
    expect(places(sampleWith({}), got)).not.toEqual([]);
    expect(places(sampleWith({}, [entry]), got)).toEqual([]);
    const phase = mutated(got, `${path}phase`, 'Failed');
    expect(places(sampleWith({}, [entry]), phase)).not.toEqual([]);
  });

  test('a list whose items are named counts as one in any order', () => {
    const list = ['a', 'b', 'c'].map((name) => ({ kind: 'ConfigMap', name }));
    const at = 'operations\u0000argocd/web\u00000\u0000operation\u0000sync\u0000resources';
    const path = 'operations > argocd/web[0] > operation > sync > resources';
    const entries = [0, 1].map((index) => `step 1: ${path}[${index}] > name`);
    const recording = { ...sampleWith(mutated(sampleStep, at, list)), notDeterministic: entries };
    expect(places(recording, mutated(sampleStep, at, list.toReversed()))).toEqual([]);
    expect(places(recording, mutated(sampleStep, at, list.slice(1)))).toEqual([`step 1 > ${path}`]);
    const other = list.with(0, { kind: 'ConfigMap', name: 'd' });
    expect(places(recording, mutated(sampleStep, at, other))).toEqual([`step 1 > ${path}`]);
  });

  test('an object that is not always there may be missing, with its events', () => {
    const { 'ConfigMap/web/b': gone, ...rest } = sampleStep.live;
    expect(gone).toBeDefined();
    const got = {
      ...sampleStep,
      live: rest,
      timeline: sampleStep.timeline.filter(({ object }) => object !== 'ConfigMap/web/b'),
    };
    expect(places(sampleWith({}), got)).not.toEqual([]);
    const entry = 'step 1: live > ConfigMap/web/b (not always there)';
    expect(places(sampleWith({}, [entry]), got)).toEqual([]);
  });

  test('a partial operation of self-heal may follow, where that is named', () => {
    const object = 'Application/argocd/web';
    const twice: StepOutcome = {
      ...sampleStep,
      operations: { 'argocd/web': [fullOperation, partialOperation] },
      after: { 'argocd/web': sampleApplication(partialOperation) },
      timeline: [
        ...sampleStep.timeline,
        { t: 3.6, object, change: { operation: true, phase: null } },
        { t: 3.7, object, change: { phase: 'Running', retryCount: 0 } },
        { t: 3.8, object, change: { operation: false, phase: 'Succeeded' } },
      ].toSorted((a, b) => a.t - b.t),
    };
    const entry =
      'step 1: whether an automated operation is followed at once by a partial self-heal operation (stale comparison)';
    expect(places(sampleWith({}), twice)).not.toEqual([]);
    expect(places(sampleWith({}, [entry]), twice)).toEqual([]);
    expect(places(sampleWith(twice, [entry]), sampleStep)).toEqual([]);
    const failed = mutated(sampleStep, 'operations\u0000argocd/web\u00000\u0000phase', 'Failed');
    expect(places(sampleWith(twice, [entry]), failed)).not.toEqual([]);
  });
});
