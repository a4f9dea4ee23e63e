import type { ApplicationSet } from './application-set.ts';
import { kindsOf } from './generators/generate-params.ts';
import type { Generator } from './generators/interpolate.ts';
import { equalData } from './merge-patch.ts';
import { withoutZeros } from './normalize-spec.ts';
import type { KubeObject } from '../sync/kube-object.ts';

/** How often Argo CD looks at repositories unless told otherwise. */
const defaultSeconds = 180;

/**
 * Seconds until a set is looked at again because of its generators: the shortest time counts.
 * Undefined: none of them needs it.
 * Source: `getMinRequeueAfter` in applicationset/controllers/applicationset_controller.go.
 */
export function requeueAfterSeconds(
  { spec }: Pick<ApplicationSet, 'spec'>,
  fallback = defaultSeconds,
): number | undefined {
  return shortest((spec.generators ?? []).map((generator) => secondsOf(generator, fallback)));
}

function secondsOf(generator: Generator, fallback: number): number | undefined {
  const each = kindsOf(generator).map((kind) => {
    const settings = generator[kind] as {
      readonly requeueAfterSeconds?: number;
      readonly generators?: readonly Generator[];
    };
    if (kind === 'git') return settings.requeueAfterSeconds ?? fallback;
    const inner = settings.generators ?? [];
    return kind === 'matrix' || kind === 'merge'
      ? shortest(inner.map((one) => secondsOf(one, fallback)))
      : undefined;
  });
  return shortest(each);
}

function shortest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined && time !== 0);
  return given.length === 0 ? undefined : Math.min(...(given as number[]));
}

/**
 * Whether a change of an Application makes its set look again: of what the set writes, not of status.
 * Source: `shouldRequeueForApplication` in
 * applicationset/controllers/applicationset_controller.go.
 */
export function concernsSet(before: KubeObject, after: KubeObject): boolean {
  return !equalData(written(before), written(after));
}

function written({ spec, metadata }: KubeObject): unknown {
  const { annotations, labels, finalizers } = metadata ?? {};
  return withoutZeros({ spec, annotations, labels, finalizers });
}
