import { kindsOf } from './judge.ts';
import { observe, type Observer } from './observer.ts';
import { perform } from './perform.ts';
import { actionsOf, type RecordedStep, type Recording, type StepOutcome } from './recording.ts';
import { createScrubber } from './scrub.ts';
import { shownRaces, type Pace } from './shown-races.ts';
import { startTimeMs } from './start-time.ts';
import { startWorld, type Repositories, type World, type WorldOptions } from './world.ts';

const weekMs = 7 * 86_400_000;
/** The recorder was never later than this between two steps. */
const longestDelayMs = 60_000;

/** What a recording does not say of the time: when Argo CD polled. All in milliseconds. */
export interface Placement {
  /** From the first step's beginning to the first poll of the Applications. */
  readonly firstPollMs: number;
  /** By step, counted from 0: how much later than recorded it begins. */
  readonly idleMs: Readonly<Record<number, number>>;
  /** By step: how much earlier each ApplicationSet looks at its repositories from then on, repeated as often as needed. */
  readonly setsEarlierMs: Readonly<Record<number, readonly number[]>>;
  /** By step: how fast writes end; left out: as the recording shows it. */
  readonly pace: Readonly<Record<number, Pace>>;
}

export interface ReplayOptions {
  readonly openRepositories: WorldOptions['openRepositories'];
  readonly timing?: WorldOptions['timing'];
}

/**
 * Replays a recording and hands over each step's outcome as soon as it ends.
 *
 * @param judge - says whether to go on
 */
export async function replay(
  recording: Recording,
  placement: Placement,
  options: ReplayOptions,
  judge: (outcome: StepOutcome, step: number) => boolean,
): Promise<void> {
  const startMs = clockOf(recording);
  const commits = new Map<string, string>();
  const races = shownRaces(recording);
  const world = await startWorld({
    recording,
    startMs,
    applyHabits: races.habits,
    warmUpMs: warmUpOf(recording, placement),
    openRepositories: (of, time) => noting(options.openRepositories(of, time), commits),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
  });
  const observer = observe({
    server: world.server,
    scrubber: createScrubber(commits),
    kinds: kindsOf(recording),
    nowMs: () => world.time.clock.nowMs(),
    onOperation: races.operationEnded,
  });
  try {
    let beginsMs = startMs;
    for (const [index, step] of recording.steps.entries()) {
      beginsMs = clockBegin(step, beginsMs) + (placement.idleMs[index] ?? 0);
      races.beginStep(placement.pace[index] ?? 'shown');
      await runStep({ world, observer, placement }, { step, index, beginsMs });
      beginsMs += step.lasts * 1000;
      await world.time.advanceTo(beginsMs);
      if (!judge(observer.outcome(), index)) return;
    }
  } finally {
    observer.stop();
    await world.stop();
  }
}

interface Running {
  readonly world: World;
  readonly observer: Observer;
  readonly placement: Placement;
}

interface StepRun {
  readonly step: RecordedStep;
  readonly index: number;
  readonly beginsMs: number;
}

async function runStep(
  { world, observer, placement }: Running,
  { step, index, beginsMs }: StepRun,
): Promise<void> {
  await world.time.advanceTo(beginsMs);
  const earlier = placement.setsEarlierMs[index];
  if (earlier !== undefined)
    world.time.bringForward(world.setPeriodMs, (poll) => earlier[poll % earlier.length] ?? 0);
  observer.beginStep();
  await perform(world, actionsOf(step));
}

/** When the first step begins, so that the step with a `clock` begins at that. */
function clockOf({ steps }: Recording): number {
  let before = 0;
  for (const step of steps) {
    if (step.clock !== undefined) return startTimeMs(step.clock) - before * 1000;
    before += step.lasts;
  }
  return startTimeMs(undefined);
}

/** When a step begins: at its `clock`, where the recorder was not much later than the steps before last. */
function clockBegin({ clock }: RecordedStep, beginsMs: number): number {
  if (clock === undefined) return beginsMs;
  const lateMs = (startTimeMs(clock) - beginsMs) % weekMs;
  return lateMs > 0 && lateMs < longestDelayMs ? beginsMs + lateMs : beginsMs;
}

/** Argo CD starts so long before the first step that its polls come when they are placed. */
function warmUpOf({ settings }: Recording, { firstPollMs }: Placement): number {
  const periodMs = settings.reconciliationSeconds * 1000;
  return periodMs - (firstPollMs % periodMs);
}

/** Repositories that write down which commit has which hash. */
function noting(repositories: Repositories, commits: Map<string, string>): Repositories {
  return {
    ...repositories,
    commit: (commit) => {
      const hash = repositories.commit(commit);
      commits.set(hash, commit.id);
      return hash;
    },
  };
}
