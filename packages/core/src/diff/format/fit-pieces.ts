import { countCharacters } from './visible-text.ts';

/** A part of a text in several forms, the most detailed first; the last ones may be empty. */
export interface Piece {
  readonly forms: readonly (() => string)[];
}

/** Makes a text shorter: pieces take a form with less detail, all of them or none. */
export type Cut = readonly { readonly piece: number; readonly form: number }[];

/** Chooses the forms of pieces so that the whole text fits. */
export interface Fit {
  /** The form of each piece. */
  readonly forms: readonly number[];
  readonly characters: number;
}

interface AppliedCut {
  readonly cut: Cut;
  /** The forms before. */
  readonly undo: Cut;
  /** Characters that it saves. */
  readonly saved: number;
}

/**
 * Applies cuts in their order until the text has at most so many characters, or no cut is left; then
 * takes back those, from the last on, for which there is room after all. A cut that would not make the
 * text shorter is passed over.
 */
export function fitPieces(
  pieces: readonly Piece[],
  cuts: Iterable<Cut>,
  charactersMax: number,
): Fit {
  const forms = pieces.map(() => 0);
  const lengths = pieces.map((piece) => lengthOf(piece, 0));
  let characters = lengths.reduce((sum, length) => sum + length, 0);
  const applied: AppliedCut[] = [];
  for (const cut of cuts) {
    if (characters <= charactersMax) break;
    const next = cut.map(({ piece, form }) => lengthOf(pieces[piece], form));
    const saved = cut.reduce(
      (sum, { piece }, at) => sum + (lengths[piece] ?? 0) - (next[at] ?? 0),
      0,
    );
    if (saved <= 0) continue;
    applied.push({
      cut,
      undo: cut.map(({ piece }) => ({ piece, form: forms[piece] ?? 0 })),
      saved,
    });
    characters -= saved;
    cut.forEach(({ piece, form }, at) => {
      forms[piece] = form;
      lengths[piece] = next[at] ?? 0;
    });
  }
  return { forms, characters: characters + takeBack(applied, forms, charactersMax - characters) };
}

/** Takes back what fits into the room that is left; returns how many characters that needs. */
function takeBack(applied: readonly AppliedCut[], forms: number[], room: number): number {
  let used = 0;
  for (const { cut, undo, saved } of applied.toReversed()) {
    const isLast = cut.every(({ piece, form }) => forms[piece] === form);
    if (!isLast || used + saved > room) continue;
    used += saved;
    for (const { piece, form } of undo) forms[piece] = form;
  }
  return used;
}

/** The text of a fit. */
export function joinPieces(pieces: readonly Piece[], { forms }: Fit): string {
  return pieces.map((piece, index) => formOf(piece, forms[index] ?? 0)).join('');
}

function lengthOf(piece: Piece | undefined, form: number): number {
  return countCharacters(formOf(piece, form));
}

function formOf(piece: Piece | undefined, form: number): string {
  return piece?.forms[form]?.() ?? '';
}
