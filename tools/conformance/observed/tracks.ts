import type { TimelineEntry } from './recording.ts';

/** One event of an object. */
export interface Mark {
  readonly t: number;
  readonly word: string;
}

/** A state of an object and how long it lasted, in seconds. */
export interface Stay extends Mark {
  readonly lasted: number;
}

/** What a timeline tells of one object. */
export interface Tracks {
  /** `created`, `deleting`, `deleted`. */
  readonly life: readonly Mark[];
  /** `operation`, `Running`, `retry 1`, `Terminating`, and the result; `removed` for an operation that was taken away. */
  readonly phases: readonly Mark[];
  readonly sync: readonly Stay[];
  readonly health: readonly Stay[];
}

/** The sync and health states of Applications, by name and field. */
export type States = ReadonlyMap<string, string>;

/** The states at the end of a step, from those at its beginning. */
export function statesAfter(timeline: readonly TimelineEntry[], before: States): States {
  const states = new Map(before);
  for (const { object, change } of timeline) {
    for (const key of stateFields) {
      const state = stateIn(change, key);
      if (state !== undefined) states.set(`${object} ${key}`, state);
    }
  }
  return states;
}

/**
 * Reads the tracks of each object from a step's timeline.
 *
 * @param before - the states at the step's beginning
 */
export function tracksOf(
  timeline: readonly TimelineEntry[],
  endsAt: number,
  before: States,
): ReadonlyMap<string, Tracks> {
  const byObject = new Map<string, TimelineEntry[]>();
  for (const entry of timeline)
    byObject.set(entry.object, [...(byObject.get(entry.object) ?? []), entry]);
  return new Map(
    [...byObject].map(([object, entries]) => [
      object,
      {
        life: entries.flatMap(({ t, change }) =>
          typeof change === 'string' ? [{ t, word: change }] : [],
        ),
        phases: phaseMarks(entries),
        sync: stays(entries, 'sync', { endsAt, before: before.get(`${object} sync`) }),
        health: stays(entries, 'health', { endsAt, before: before.get(`${object} health`) }),
      },
    ]),
  );
}

function phaseMarks(entries: readonly TimelineEntry[]): Mark[] {
  const marks: Mark[] = [];
  let phase: unknown;
  for (const { t, change } of entries) {
    if (typeof change === 'string') continue;
    const words = phaseWords(change, phase);
    if ('phase' in change) phase = change['phase'];
    marks.push(...words.map((word) => ({ t, word })));
  }
  return marks;
}

function phaseWords(change: Readonly<Record<string, unknown>>, before: unknown): string[] {
  const { operation, phase, retryCount } = change;
  const words: string[] = [];
  if (operation === true) words.push('operation');
  if (operation === false && (phase === undefined || phase === null)) words.push('removed');
  if (typeof phase === 'string') words.push(phase);
  const isRetry = typeof retryCount === 'number' && retryCount > 0;
  if (isRetry && (phase ?? before) === 'Running') words.push(`retry ${retryCount}`);
  return words;
}

const stateFields = ['sync', 'health'] as const;

/** The state that a change brings; empty when there is none any more, undefined when it brings none. */
function stateIn(
  change: TimelineEntry['change'],
  key: (typeof stateFields)[number],
): string | undefined {
  if (change === 'deleted') return '';
  const state = typeof change === 'string' ? undefined : change[key];
  if (state === null) return '';
  return typeof state === 'string' ? state : undefined;
}

interface Span {
  readonly endsAt: number;
  readonly before: string | undefined;
}

/** The states of a field, each until the next one, the object's deletion or the end of the step. */
function stays(
  entries: readonly TimelineEntry[],
  key: (typeof stateFields)[number],
  { endsAt, before = '' }: Span,
): Stay[] {
  const marks: Mark[] = [{ t: 0, word: before }];
  for (const { t, change } of entries) {
    const word = stateIn(change, key);
    if (word !== undefined) marks.push({ t, word });
  }
  const distinct = marks.filter(({ word }, index) => word !== marks[index - 1]?.word);
  return distinct
    .map((mark, index) => ({ ...mark, lasted: (distinct[index + 1]?.t ?? endsAt) - mark.t }))
    .filter(({ word }) => word !== '');
}
