import type { Difference } from '../form.ts';
import { judgeBatches, judgeMakers } from './judge-batches.ts';
import { judgeAfter, judgeLive } from './judge-objects.ts';
import { judgeOperations, type LastOperations, type Sides } from './judge-operations.ts';
import { judgeTimeline } from './judge-timeline.ts';
import { allowanceOf, isAllowed } from './not-deterministic.ts';
import { optionalOperations } from './partial-operations.ts';
import {
  actionsOf,
  touchedBy,
  watchedKinds,
  type Recording,
  type StepOutcome,
} from './recording.ts';
import { statesAfter, type States } from './tracks.ts';

/** Judges the outcomes of a replay step by step, in order. */
export interface Judge {
  /** Where the next step differs from the recording; the judge then goes on to the step after. */
  next(got: StepOutcome): Difference[];
}

/** Starts at the first step of a recording. */
export function judgeOf(recording: Recording): Judge {
  return new Judging(recording, kindsOf(recording));
}

/** Kinds that the recorder watched: the usual ones, and those that a recording shows. */
export function kindsOf(recording: Recording): ReadonlySet<string> {
  const names = recording.steps.flatMap((step) => [
    ...step.timeline.map(({ object }) => object),
    ...step.created.flat(),
    ...step.deleted.flat(),
    ...Object.keys(step.live),
  ]);
  return new Set([...watchedKinds, ...names.map((name) => name.split('/')[0] ?? '')]);
}

class Judging implements Judge {
  private readonly recording: Recording;
  private readonly kinds: ReadonlySet<string>;
  private step = 0;
  private last: Sides<LastOperations> = { expected: {}, got: {} };
  private states: Sides<States> = { expected: new Map(), got: new Map() };
  private deletedByHand: ReadonlySet<string> = new Set();

  constructor(recording: Recording, kinds: ReadonlySet<string>) {
    this.recording = recording;
    this.kinds = kinds;
  }

  next(got: StepOutcome): Difference[] {
    const expected = this.recording.steps[this.step];
    if (expected === undefined) throw new Error('the recording has no further step');
    this.step += 1;
    const allowance = allowanceOf(this.recording.notDeterministic ?? [], this.step);
    const { applied, deleted } = touchedBy(actionsOf(expected));
    this.deletedByHand = new Set([...this.deletedByHand, ...deleted]);
    const sides = { expected, got };
    const before = this.last;
    const { states } = this;
    this.states = {
      expected: statesAfter(expected.timeline, states.expected),
      got: statesAfter(got.timeline, states.got),
    };
    const kept = { expected: keptLast(before.expected, expected), got: keptLast(before.got, got) };
    this.last = kept;
    const optional = allowance.optionalObjects;
    const found = [
      ...judgeAfter({ expected: expected.after, got: got.after }, kept, allowance),
      ...judgeOperations({ expected: expected.operations, got: got.operations }, allowance),
      ...judgeBatches({
        word: 'created',
        sides,
        ignored: new Set([...applied, ...deleted, ...optional]),
      }),
      ...judgeMakers(
        { expected: expected.createdBy, got: got.createdBy },
        new Set([...applied, ...deleted, ...optional]),
      ),
      ...judgeBatches({
        word: 'deleted',
        sides,
        ignored: new Set([...this.deletedByHand, ...optional]),
      }),
      ...judgeLive({ expected: expected.live, got: got.live }),
      ...judgeTimeline({
        sides,
        states,
        lasts: expected.lasts,
        allowance,
        kinds: this.kinds,
        ignored: new Set([...applied, ...deleted, ...optional]),
      }),
    ];
    return found.filter(({ where }) => !isAllowed(allowance, where)).map(placed(this.step));
  }
}

function placed(step: number): (difference: Difference) => Difference {
  return (difference) => ({ ...difference, where: `step ${step} > ${difference.where}` });
}

/** The last operations after a step that are no partial ones of self-heal. */
function keptLast(before: LastOperations, { operations }: StepOutcome): LastOperations {
  const last: Record<string, LastOperations[string]> = { ...before };
  for (const [name, all] of Object.entries(operations)) {
    const optional = optionalOperations(all);
    for (const [index, operation] of all.entries())
      if (optional[index] !== true) last[name] = operation;
  }
  return last;
}
