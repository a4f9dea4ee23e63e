import type { Difference } from '../form.ts';
import { judgeOf } from './judge.ts';
import type { Recording, StepOutcome } from './recording.ts';
import { replay, type Placement, type ReplayOptions } from './replay.ts';

/** What came of the best replay. */
export interface Finding {
  readonly differences: readonly Difference[];
  readonly placement: Placement;
  /** How often the recording was replayed. */
  readonly replays: number;
}

export interface SearchOptions extends ReplayOptions {
  /** Differences that are known and do not count. */
  readonly isKnown?: (difference: Difference) => boolean;
  readonly maxReplays?: number;
  /** Hears of each outcome, for people who look for a fault. */
  readonly onOutcome?: (outcome: StepOutcome, step: number) => void;
}

/**
 * Replays a recording, and places polls otherwise as long as a step does not agree. A placement is taken when a step differs less
 * with it and no step before differs more.
 */
export async function findAgreement(
  recording: Recording,
  options: SearchOptions,
): Promise<Finding> {
  const search = new Search(recording, options);
  return search.run();
}

interface Attempt {
  readonly placement: Placement;
  /** By step. */
  readonly differences: readonly (readonly Difference[])[];
  /** By step: how many differences are not known. */
  readonly counts: readonly number[];
}

class Search {
  private readonly recording: Recording;
  private readonly options: SearchOptions;
  private readonly limit: number;
  private replays = 0;

  constructor(recording: Recording, options: SearchOptions) {
    this.recording = recording;
    this.options = options;
    this.limit = options.maxReplays ?? usualLimit(recording);
  }

  async run(): Promise<Finding> {
    const [firstPollMs = 0, ...others] = pollGuesses(this.recording);
    let best = await this.attempt({ firstPollMs, idleMs: {}, setsEarlierMs: {}, pace: {} });
    for (const [step] of this.recording.steps.entries()) {
      const placements = [
        ...paces(best.placement, step),
        ...(step === 0 ? [] : alternatives(this.recording, best.placement, step)),
        ...others.map((ms) => ({ ...best.placement, firstPollMs: ms })),
      ];
      for (const placement of placements) {
        if (best.counts[step] === 0 || this.replays >= this.limit) break;
        const tried = await this.attempt(placement, best.counts.slice(0, step + 1));
        if (isBetter(tried, best, step)) best = tried;
      }
    }
    const { placement } = best;
    const isWhole = best.differences.length === this.recording.steps.length;
    const { differences } = isWhole ? best : await this.attempt(placement);
    return { differences: differences.flat(), placement, replays: this.replays };
  }

  /**
   * Replays with a placement.
   *
   * @param most - by step, at how many differences to give up
   */
  private async attempt(placement: Placement, most: readonly number[] = []): Promise<Attempt> {
    this.replays += 1;
    const judge = judgeOf(this.recording);
    const differences: Difference[][] = [];
    const counts: number[] = [];
    await replay(this.recording, placement, this.options, (outcome, step) => {
      this.options.onOutcome?.(outcome, step);
      const found = judge.next(outcome);
      differences.push(found);
      const open = found.filter((difference) => this.options.isKnown?.(difference) !== true);
      counts.push(open.length);
      const limit = most[step];
      const isLast = step === most.length - 1;
      return limit === undefined || open.length < limit || (!isLast && open.length === limit);
    });
    return { placement, differences, counts };
  }
}

/** How often a recording may be replayed: less often the more there is in it. */
function usualLimit({ steps }: Recording): number {
  const seconds = steps.reduce((sum, { lasts }) => sum + lasts, 0);
  const applications = Math.max(...steps.map(({ after }) => Object.keys(after).length));
  return Math.round(Math.max(15, Math.min(80, 20_000 / (seconds * (1 + applications)))));
}

/** Whether a step differs less, and those before do not differ more. */
function isBetter(tried: Attempt, best: Attempt, step: number): boolean {
  const of = ({ counts }: Attempt, index: number): number =>
    counts[index] ?? Number.POSITIVE_INFINITY;
  for (let index = 0; index < step; index += 1)
    if (of(tried, index) > of(best, index)) return false;
  return of(tried, step) < of(best, step);
}

/** Other paces for a step. */
function paces(placement: Placement, step: number): Placement[] {
  return (['quick', 'slow'] as const).map((pace) => ({
    ...placement,
    pace: { ...placement.pace, [step]: pace },
  }));
}

const seconds = [0.4, 0.8, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
/** Sets may look together, or apart. */
const setSeconds: readonly (readonly number[])[] = [
  [0.3, 4.1, 1.7, 2.9, 0.9],
  [2.3, 0.7, 4.4, 1.1, 3.3],
  ...[1, 2, 3, 4].map((value) => [value]),
  [0, 1.3, 2.6, 3.9],
  [3.9, 2.6, 1.3, 0],
  [1.5, 3.5, 0.4, 4.7, 2.2],
  [4.5, 1.9, 3.1, 0.2, 2.7],
  ...[0.5, 1.5, 2.5, 3.5, 4.5].map((value) => [value]),
];

/** Other placements for a step, the likelier first. */
function alternatives(recording: Recording, placement: Placement, step: number): Placement[] {
  const idle = seconds.map((value) => ({
    ...placement,
    idleMs: { ...placement.idleMs, [step]: value * 1000 },
  }));
  const sets = setSeconds.map((values) => ({
    ...placement,
    setsEarlierMs: { ...placement.setsEarlierMs, [step]: values.map((value) => value * 1000) },
  }));
  const { after } = recording.steps[step] ?? { after: {} };
  const hasSets = Object.keys(after).some((name) => name.startsWith('ApplicationSet/'));
  return hasSets ? [...idle.slice(0, 2), ...sets, ...idle.slice(2)] : idle;
}

/** When polls of Applications may begin, those first that the timelines show. */
function pollGuesses({ settings, steps }: Recording): number[] {
  const periodMs = settings.reconciliationSeconds * 1000;
  const seen: number[] = [];
  let beginsMs = 0;
  for (const [index, step] of steps.entries()) {
    const polled = step.timeline.find(
      ({ object, change }) =>
        object.startsWith('Application/') && typeof change === 'object' && 'revision' in change,
    );
    // What is compared in the first step was just applied.
    if (polled !== undefined && index > 0) seen.push(beginsMs + polled.t * 1000 - 300);
    beginsMs += step.lasts * 1000 + 300;
  }
  const even = Array.from({ length: 10 }, (_, index) => ((index + 2) % 10) * (periodMs / 10));
  return [...seen, ...even].map((ms) => Math.round(((ms % periodMs) + periodMs) % periodMs));
}
