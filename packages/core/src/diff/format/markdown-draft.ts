import type { Cut, Piece } from './fit-pieces.ts';

/**
 * In which order detail is dropped when a note is too long: context first, then level by level the
 * diffs and the sections around them, and at last what stands above.
 */
const stages = [
  ['context'],
  ['diffs', 'resources', 'groups'],
  ['rows'],
  ['messages'],
  ['table'],
  ['versions'],
  ['plan'],
  ['notes'],
  ['errors'],
  ['sides'],
] as const;

export type Stage = (typeof stages)[number][number];

/** A part of a note, and what it is about. */
export interface Part extends Piece {
  readonly kind:
    'frame' | 'table' | 'versions' | 'plan' | 'notes' | 'errors' | 'group' | 'resource';
  /** The rank of its risk, from 0. */
  readonly rank: number;
}

interface StagedCut {
  readonly stage: Stage;
  readonly rank: number;
  readonly cut: Cut;
}

/** A note with all its detail, and what may be dropped of it. */
export interface Draft {
  readonly parts: Part[];
  readonly cuts: StagedCut[];
}

/** Adds a part, with the stages in which it takes its second form, its third, and so on. */
export function addPart(draft: Draft, part: Part, ...shorter: readonly Stage[]): void {
  const piece = draft.parts.push(part) - 1;
  shorter.forEach((stage, index) => {
    draft.cuts.push({ stage, rank: part.rank, cut: [{ piece, form: index + 1 }] });
  });
}

/** All cuts in order: among those of a stage the least risky first, and of those the last in the report. */
export function sortedCuts({ cuts }: Draft): Cut[] {
  return cuts
    .map((staged) => ({ cut: staged.cut, key: keyOf(staged) }))
    .toSorted((a, b) => compareKeys(a.key, b.key))
    .map(({ cut }) => cut);
}

function keyOf({ stage, rank, cut }: StagedCut): number[] {
  const at = stages.findIndex((together) => together.some((one) => one === stage));
  const within = stages[at]?.findIndex((one) => one === stage) ?? 0;
  return [at, rank, within, -(cut[0]?.piece ?? 0)];
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
