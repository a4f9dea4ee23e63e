import type { Difference } from '../form.ts';
import type { Sides } from './judge-operations.ts';
import type { StepOutcome } from './recording.ts';

/** Which batches to compare. */
export interface BatchQuestion {
  readonly word: 'created' | 'deleted';
  readonly sides: Sides<StepOutcome>;
  /** Objects that the recorder made or deleted itself, or that need not be there. */
  readonly ignored: ReadonlySet<string>;
}

/**
 * Compares batches of objects: the same objects as often, and every object of a batch before every object of the next. How
 * the replay's own batches lie does not matter.
 */
export function judgeBatches({ word, sides, ignored }: BatchQuestion): Difference[] {
  const expected = sides.expected[word].map((batch) => batch.filter((name) => !ignored.has(name)));
  const left = placesOf(sides.got, word, ignored);
  const batches = expected.map((batch) => batch.map((name) => left.get(name)?.shift()));
  const isComplete = [...left.values()].every((places) => places.length === 0);
  const isSame = isComplete && batches.every((batch) => !batch.includes(undefined));
  const inOrder = batches.slice(1).every((batch, index) => {
    const before = (batches[index] ?? []).map((place) => place ?? 0);
    return Math.max(...before) < Math.min(...batch.map((place) => place ?? 0));
  });
  return isSame && inOrder ? [] : [{ where: word, expected, got: sides.got[word] }];
}

/** Where in a timeline each object was created or deleted; repetitions within a second count once. */
function placesOf(
  outcome: StepOutcome,
  word: BatchQuestion['word'],
  ignored: ReadonlySet<string>,
): Map<string, number[]> {
  const generated = new Set(word === 'created' ? outcome.generated : []);
  const places = new Map<string, number[]>();
  const times = new Map<string, number>();
  for (const [index, { t, object, change }] of outcome.timeline.entries()) {
    if (change !== word || ignored.has(object) || generated.has(object)) continue;
    const since = t - (times.get(object) ?? Number.NEGATIVE_INFINITY);
    times.set(object, t);
    if (since > 1) places.set(object, [...(places.get(object) ?? []), index]);
  }
  return places;
}

/** Where objects were made by the operation of another Application. */
export function judgeMakers(
  { expected, got }: Sides<StepOutcome['createdBy']>,
  ignored: ReadonlySet<string>,
): Difference[] {
  if (expected === undefined) return [];
  const made = (side: StepOutcome['createdBy'], name: string): string[] =>
    [...new Set((side?.[name] ?? []).flat())].filter((object) => !ignored.has(object)).sort();
  return Object.keys(expected).flatMap((name) => {
    const [one, two] = [made(expected, name), made(got, name)];
    const isSame = one.join('\n') === two.join('\n');
    return isSame ? [] : [{ where: `createdBy > ${name}`, expected: one, got: two }];
  });
}
