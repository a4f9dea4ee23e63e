import type { Environment } from '../model/network.ts';
import type { RenderTarget } from '../render/render-target.ts';

/** One side of an Application: what would be rendered, and in which environment. */
export interface TargetSide {
  readonly target: RenderTarget;
  readonly environment: Environment;
  /** What its layers contain, by path: equal texts stand for equal content. Undefined: there is none. */
  readonly layers: readonly (string | undefined)[];
}

/** An Application on the sides that have it. */
export interface TargetPair {
  readonly key: string;
  readonly base: TargetSide | undefined;
  readonly head: TargetSide | undefined;
}

/** Pairs Applications of two sides by their instance and name, in the head's order, then what is gone. */
export function pairTargets(
  base: readonly TargetSide[],
  head: readonly TargetSide[],
): TargetPair[] {
  const before = new Map(base.map((side) => [keyOf(side), side]));
  const after = new Map(head.map((side) => [keyOf(side), side]));
  return [...new Set([...after.keys(), ...before.keys()])].map((key) => ({
    key,
    base: before.get(key),
    head: after.get(key),
  }));
}

function keyOf({ target }: TargetSide): string {
  return `${target.instance}/${target.application}`;
}

/** Whether both sides would render the same, because all that goes into it is the same. */
export function hasSameInputs({ base, head }: TargetPair): boolean {
  return base !== undefined && head !== undefined && inputsOf(base) === inputsOf(head);
}

/** Everything that decides what an Application renders to. Not where it stands, or which release it is. */
function inputsOf({ target, environment, layers }: TargetSide): string {
  const { chart, releaseName, namespace, valueFiles, inlineValues, parameters, skip } = target;
  const { kubernetes } = environment;
  return JSON.stringify([
    [chart.repository, chart.name, chart.version],
    [releaseName, namespace, valueFiles, layers, inlineValues ?? null],
    parameters,
    skip,
    target.ignoreMissingValueFiles,
    kubernetes,
  ]);
}
