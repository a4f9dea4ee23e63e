import type { Fit } from './fit-pieces.ts';
import type { Draft, Part } from './markdown-draft.ts';
import { formatCount } from './words.ts';

/** Of how many parts something is left out. */
interface LeftOut {
  readonly context: number;
  /** Diffs by the rank of their risk. */
  readonly diffs: readonly number[];
  readonly groups: number;
  readonly frame: readonly string[];
}

/** One paragraph about what a note leaves out; empty when it leaves out nothing. */
export function leftOutNotice(draft: Draft, { forms }: Fit, place: string): string {
  const formOf = (index: number): number => forms[index] ?? 0;
  const count = (test: (part: Part, form: number) => boolean): number =>
    draft.parts.filter((part, index) => test(part, formOf(index))).length;
  const isDiff = (part: Part, form: number): boolean => part.kind === 'resource' && form >= 2;
  return notice(
    {
      context: count(({ kind }, form) => kind === 'resource' && form === 1),
      diffs: [0, 1, 2, 3].map((rank) =>
        count((part, form) => part.rank === rank && isDiff(part, form)),
      ),
      groups: count(({ kind }, form) => kind === 'group' && form === 3),
      frame: draft.parts.flatMap(({ kind }, index) => framePhrase(kind, formOf(index))),
    },
    place,
  );
}

/** A notice that is at least as long as any that a draft can get. */
export function longestNotice({ parts }: Draft, place: string): string {
  const count = (kind: Part['kind']): number => parts.filter((part) => part.kind === kind).length;
  const resources = count('resource');
  return notice(
    {
      context: resources,
      diffs: [0, 1, 2, 3].map(() => resources),
      groups: count('group'),
      frame: [
        ...(['table', 'versions', 'plan', 'notes', 'errors'] as const).flatMap(
          (kind) => framePhrases[kind] ?? [],
        ),
      ],
    },
    place,
  );
}

const framePhrases: Readonly<Partial<Record<Part['kind'], readonly string[]>>> = {
  table: ['rows of the table', 'components in the table', 'the table'],
  versions: ['versions and nodes'],
  plan: ['the rollout plan'],
  notes: ['what is not compared on purpose'],
  errors: ['the rest of long errors', 'what the errors are'],
};

function framePhrase(kind: Part['kind'], form: number): string[] {
  const phrase = form === 0 ? undefined : framePhrases[kind]?.[form - 1];
  return phrase === undefined ? [] : [phrase];
}

function notice({ context, diffs, groups, frame }: LeftOut, place: string): string {
  const all = diffs.reduce((sum, count) => sum + count, 0);
  const [none = 0, low = 0, medium = 0, high = 0] = diffs;
  const levels = [
    ...(high > 0 ? [`${formatCount(high)} of high risk`] : []),
    ...(medium > 0 ? [`${formatCount(medium)} of medium risk`] : []),
    ...(low + none > 0 ? [`${formatCount(low + none)} of low or no risk`] : []),
  ];
  const parts = [
    ...(context > 0 ? [`unchanged lines of ${resources(context)}`] : []),
    ...(all > 0 ? [`the diffs of ${resources(all)} (${levels.join(', ')})`] : []),
    ...(groups > 0 ? [`${formatCount(groups)} whole sections`] : []),
    ...frame,
  ];
  if (parts.length === 0) return '';
  return `**Too long for one note.** Left out: ${parts.join('; ')}. The whole diff is ${place}.\n\n`;
}

function resources(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'resource' : 'resources'}`;
}
