import type { Difference } from '../form.ts';
import type { Sides } from './judge-operations.ts';
import type { Allowance } from './not-deterministic.ts';
import { optionalOperations } from './partial-operations.ts';
import type { StepOutcome } from './recording.ts';
import { tracksOf, type Mark, type States, type Stay, type Tracks } from './tracks.ts';

/** A state counts when it lasted over a second; times are told to a tenth, so a little more is asked for. */
const longSeconds = 1.2;
/** Shorter gaps are not compared. */
const gapSeconds = 1.5;
/** How far gaps may be apart that a wave delay, a back-off or a window makes. */
const waitSeconds = 1;
/** The same for a whole attempt, in which the real one also fetched and rendered. */
const renderSeconds = 2.5;
const finalPhases = new Set(['Succeeded', 'Failed', 'Error']);
const nothing: Tracks = { life: [], phases: [], sync: [], health: [] };

/** A step's timelines, with the operations that tell which of their phases are partial. */
export interface TimelineQuestion {
  readonly sides: Sides<StepOutcome>;
  /** States of Applications at the step's beginning. */
  readonly states: Sides<States>;
  readonly lasts: number;
  readonly allowance: Allowance;
  /** Kinds that the recorder watched. */
  readonly kinds: ReadonlySet<string>;
  /** Objects that the recorder made itself, or that need not be there. */
  readonly ignored: ReadonlySet<string>;
}

/** Compares the order of what happened to each object, and the gaps inside operations. */
export function judgeTimeline(question: TimelineQuestion): Difference[] {
  const { sides, lasts, allowance, kinds, states } = question;
  const [expected, got] = [
    tracksOf(sides.expected.timeline, lasts, states.expected),
    tracksOf(sides.got.timeline, lasts, states.got),
  ];
  const names = [...new Set([...expected.keys(), ...got.keys()])].filter(
    (name) => kinds.has(name.split('/')[0] ?? '') && !allowance.optionalObjects.has(name),
  );
  const objects = names.flatMap((name) => {
    const [one, two] = [expected.get(name) ?? nothing, got.get(name) ?? nothing];
    const where = `timeline > ${name}`;
    return [
      ...judgeOrder(`${where} > life`, one.life, two.life),
      ...judgePhases(`${where} > phases`, phasesOf(question, name, { expected: one, got: two })),
      ...judgeStays(`${where} > sync`, one.sync, two.sync),
      ...judgeStays(`${where} > health`, one.health, two.health),
    ];
  });
  return [...objects, ...judgeWaves(question)];
}

function judgeOrder(where: string, expected: readonly Mark[], got: readonly Mark[]): Difference[] {
  const isSame = words(expected).join('\n') === words(got).join('\n');
  return isSame ? [] : [{ where, expected: told(expected), got: told(got) }];
}

function judgePhases(where: string, { expected, got }: Sides<readonly Mark[]>): Difference[] {
  const order = judgeOrder(where, expected, got);
  if (order.length > 0) return order;
  const isFar = expected.some((mark, index) => {
    const [next, from, to] = [expected[index + 1], got[index], got[index + 1]];
    if (next === undefined || from === undefined || to === undefined) return false;
    if (finalPhases.has(mark.word)) return false;
    const allowed = mark.word.startsWith('retry') ? waitSeconds : renderSeconds;
    return !agrees(next.t - mark.t, to.t - from.t, allowed);
  });
  return isFar ? [{ where: `${where} > gaps`, expected: told(expected), got: told(got) }] : [];
}

/** Whether two gaps agree: within some seconds, or within 30 %. */
function agrees(expected: number, got: number, seconds: number): boolean {
  if (Math.max(expected, got) < gapSeconds) return true;
  return Math.abs(expected - got) <= Math.max(seconds, 0.3 * expected) + 0.05;
}

/** What an Application made, in waves: the gaps between them are wave delays and what the waves waited for. */
function judgeWaves({ sides, ignored }: TimelineQuestion): Difference[] {
  const { expected, got } = sides;
  const makers = expected.createdBy ?? { '': expected.created };
  return Object.entries(makers).flatMap(([name, batches]) => {
    const kept = batches.map((batch) => batch.filter((object) => !ignored.has(object)));
    const waves = kept.filter((batch) => batch.length > 0);
    const [one, two] = [startsOf(waves, expected), startsOf(waves, got)];
    const isFar = one.slice(1).some((start, index) => {
      const gap = start - (one[index] ?? 0);
      return !agrees(gap, (two[index + 1] ?? 0) - (two[index] ?? 0), waitSeconds);
    });
    const where = `timeline > waves of ${name}`;
    return isFar ? [{ where, expected: one, got: two }] : [];
  });
}

/** When each batch began; an object that was made again counts once. */
function startsOf(batches: readonly (readonly string[])[], outcome: StepOutcome): number[] {
  const left = new Map<string, number[]>();
  for (const { t, object, change } of outcome.timeline)
    if (change === 'created') left.set(object, [...(left.get(object) ?? []), t]);
  return batches.map((batch) => Math.min(...batch.map((name) => left.get(name)?.shift() ?? 0)));
}

/** Compares states: those of some length must be there on both sides, in order. */
function judgeStays(where: string, expected: readonly Stay[], got: readonly Stay[]): Difference[] {
  const isSame = contains(got, long(expected)) && contains(expected, long(got));
  return isSame ? [] : [{ where, expected: stayed(expected), got: stayed(got) }];
}

function long(stays: readonly Stay[]): string[] {
  return stays.filter(({ lasted }) => lasted > longSeconds).map(({ word }) => word);
}

/** Whether words appear among states in their order. What comes twice in a row, but for short states, is one. */
function contains(stays: readonly Stay[], wanted: readonly string[]): boolean {
  let from = 0;
  return wanted
    .filter((word, index) => word !== wanted[index - 1])
    .every((word) => {
      const found = stays.findIndex((stay, index) => index >= from && stay.word === word);
      from = found + 1;
      return found >= 0;
    });
}

/** Phases of an object on both sides, without those of operations that may be left out. */
function phasesOf(
  { sides, allowance }: TimelineQuestion,
  name: string,
  tracks: Sides<Tracks>,
): Sides<readonly Mark[]> {
  const both = { expected: tracks.expected.phases, got: tracks.got.phases };
  if (!allowance.partialSelfHeal || !name.startsWith('Application/')) return both;
  const key = name.replace('Application/', '');
  return {
    expected: withoutOptional(
      both.expected,
      optionalOperations(sides.expected.operations[key] ?? []),
    ),
    got: withoutOptional(both.got, optionalOperations(sides.got.operations[key] ?? [])),
  };
}

/** Drops the phases up to each result whose operation is optional. */
function withoutOptional(marks: readonly Mark[], optional: readonly boolean[]): Mark[] {
  const kept: Mark[] = [];
  let current: Mark[] = [];
  let index = 0;
  for (const mark of marks) {
    current.push(mark);
    if (!finalPhases.has(mark.word)) continue;
    if (optional[index] !== true) kept.push(...current);
    current = [];
    index += 1;
  }
  return [...kept, ...current];
}

function words(marks: readonly Mark[]): string[] {
  return marks.map(({ word }) => word);
}

function told(marks: readonly Mark[]): string[] {
  return marks.map(({ t, word }) => `${t} ${word}`);
}

function stayed(stays: readonly Stay[]): string[] {
  return stays.map(({ t, word, lasted }) => `${t} ${word} for ${lasted.toFixed(1)}`);
}
