import { readFileSync } from 'node:fs';
import type { Difference } from '../form.ts';
import { liesIn } from './not-deterministic.ts';

/** Where the project does otherwise than what was recorded, and why that is left so. */
export interface Deviation {
  readonly recording: string;
  /** Counted from 1. */
  readonly step: number;
  /** The place that differs, or what it lies in, such as `after > argocd/a > status > history`. */
  readonly path: string;
  readonly reason: string;
}

/** The list in `deviations.json`. */
export function readDeviations(): readonly Deviation[] {
  const text = readFileSync(new URL('./deviations.json', import.meta.url), 'utf8');
  return JSON.parse(text) as readonly Deviation[];
}

/** Whether a difference is listed. */
export function isDeviation(deviation: Deviation, { where }: Difference): boolean {
  return liesIn(where, `step ${deviation.step} > ${deviation.path}`);
}

/** The differences that are not listed, and a difference for each entry of the list that agrees by now. */
export function withoutDeviations(
  differences: readonly Difference[],
  deviations: readonly Deviation[],
): Difference[] {
  const open = differences.filter(
    (difference) => !deviations.some((deviation) => isDeviation(deviation, difference)),
  );
  const settled = deviations.filter(
    (deviation) => !differences.some((difference) => isDeviation(deviation, difference)),
  );
  return [
    ...open,
    ...settled.map(({ step, path }) => ({
      where: `step ${step} > ${path}`,
      expected: 'a difference, which deviations.json lists',
      got: 'it agrees: strike it off the list',
    })),
  ];
}
