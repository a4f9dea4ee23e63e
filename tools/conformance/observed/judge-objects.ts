import type { JsonObject } from '@tidegate/kube';
import type { Difference } from '../form.ts';
import { valueDifferences } from './compare-values.ts';
import type { LastOperations, Sides } from './judge-operations.ts';
import type { Allowance } from './not-deterministic.ts';
import { isPartialSelfHeal } from './partial-operations.ts';
import { watchedKinds, type StepOutcome } from './recording.ts';
import { field, fields } from './views.ts';

type After = StepOutcome['after'];

/**
 * Where Applications and ApplicationSets differ at the end of a step. A recording tells the spec of those only that somebody
 * else than the recorder wrote.
 *
 * @param last - each Application's last operations, this step included, but without those that may be left out
 */
export function judgeAfter(
  { expected, got }: Sides<After>,
  last: Sides<LastOperations>,
  allowance: Allowance,
): Difference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].flatMap((name) => {
    const [one, two] = [expected[name], got[name]];
    const place = { path: ['after', name], unordered: allowance.unordered };
    if (one === undefined || two === undefined) return valueDifferences(one, two, place);
    const compared = one['spec'] === undefined ? { ...two } : two;
    if (one['spec'] === undefined) delete compared['spec'];
    if (!allowance.partialSelfHeal) return valueDifferences(one, compared, place);
    return valueDifferences(
      withoutPartial(one, last.expected[name]),
      withoutPartial(compared, last.got[name]),
      place,
    );
  });
}

/** An Application whose partial operation of self-heal gives way to the operation before it. */
function withoutPartial(
  application: After[string],
  last: LastOperations[string] | undefined,
): unknown {
  const state = fields(application, 'status', 'operationState');
  if (!isPartialSelfHeal(state) || field(state, 'phase') === 'Running') return application;
  const { syncResult, ...before } = last ?? {};
  void syncResult;
  const status = { ...fields(application, 'status'), operationState: before };
  return { ...application, status };
}

/**
 * Where other objects differ at the end of a step. Of kinds that recordings rarely show, only what a recording tells is compared.
 */
export function judgeLive({ expected, got }: Sides<StepOutcome['live']>): Difference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].flatMap((name) => {
    const [one, two] = [expected[name], got[name]];
    const isUsual = watchedKinds.includes(name.split('/')[0] ?? '');
    const told = isUsual || one === undefined || two === undefined ? two : pick(two, one);
    return valueDifferences(one, told, { path: ['live', name] });
  });
}

function pick(object: JsonObject, like: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key in like));
}
