import type { Cancellation } from '../ports/cancellation.ts';
import type { ChartRenderer } from '../ports/chart-renderer.ts';
import { versionChanges } from '../release/version-changes.ts';
import { EnvironmentWork } from './environment-work.ts';
import { Folder } from './fold.ts';
import { inOrder } from './in-order.ts';
import type { ChangeGroup, DiffError, EnvironmentDiff, Masker, RolloutPlan } from './model.ts';
import { hasSameInputs } from './pair-targets.ts';
import type { EnvironmentSide } from './sides.ts';

export interface DiffContext {
  readonly renderer: ChartRenderer;
  readonly masker: Masker;
  readonly cancellation?: Cancellation;
  /** Says when an environment's window opens, in words. */
  readonly windowOf: (side: EnvironmentSide) => string;
  /** Called for each Application that is done, with how many there are. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** The two sides of one environment; one of them may not have it. */
export interface SidePair {
  readonly base: EnvironmentSide | undefined;
  readonly head: EnvironmentSide | undefined;
}

/** Applications that are rendered and compared at once: enough for all renderers, few enough for memory. */
export const atOnceMax = 64;

/**
 * Compares what would be deployed of one environment on two sides. What has the same inputs is not
 * rendered; what cannot be rendered is an error in the result.
 */
export async function diffEnvironment(
  name: string,
  sides: SidePair,
  context: DiffContext,
): Promise<EnvironmentDiff> {
  const work = new EnvironmentWork(sides, context);
  const pairs = await work.pairs();
  const changed = pairs.filter((pair) => !hasSameInputs(pair));
  const folder = new Folder();
  const errors: DiffError[] = [];
  const same = pairs.length - changed.length;
  await inOrder(changed, {
    atOnce: atOnceMax,
    run: (pair) => work.compare(pair),
    take: (results, done) => {
      for (const result of results) {
        if ('errors' in result) errors.push(...result.errors);
        else folder.add(result.change);
      }
      context.onProgress?.(same + done, pairs.length);
    },
  });
  for (const change of await work.files()) folder.add(change);
  const groups = folder.list();
  return {
    environment: name,
    applications: pairs.length,
    rendered: changed.length,
    ...nodesOf(sides),
    versions: versionsOf(sides),
    groups,
    errors,
    plan: planOf(sides.head, groups, context),
  };
}

function nodesOf({ base, head }: SidePair): Pick<EnvironmentDiff, 'nodesAdded' | 'nodesRemoved'> {
  const [before, after] = [base?.nodes ?? [], head?.nodes ?? []];
  return {
    nodesAdded: after.filter((node) => !before.includes(node)),
    nodesRemoved: before.filter((node) => !after.includes(node)),
  };
}

function versionsOf({ base, head }: SidePair): EnvironmentDiff['versions'] {
  return head === undefined ? [] : versionChanges(base?.versions, head.versions);
}

/** What a release of the changes would do; nothing when there is none. */
export function planOf(
  head: EnvironmentSide | undefined,
  groups: readonly ChangeGroup[],
  { windowOf }: Pick<DiffContext, 'windowOf'>,
): RolloutPlan | undefined {
  if (groups.length === 0 || head === undefined) return undefined;
  const waves = new Map<number, Set<string>>();
  for (const { wave, component } of groups) {
    if (wave !== undefined) waves.set(wave, (waves.get(wave) ?? new Set()).add(component));
  }
  return {
    waves: [...waves]
      .sort(([a], [b]) => a - b)
      .map(([wave, components]) => ({ wave, components: [...components].sort() })),
    sync: head.environment.sync,
    window: windowOf(head),
  };
}
