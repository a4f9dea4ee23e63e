import type { GlobNode } from './gobwas-syntax.ts';

type Sequences = readonly (readonly GlobNode[])[];

/**
 * Takes what all alternatives begin and end with out of them, as gobwas/glob 0.2.3 does before it compiles:
 * `{ab*,ac*}` becomes `a{b,c}*` where the grammar's nodes are equal. Undefined where they share nothing.
 */
export function factorAlternatives(alternatives: readonly GlobNode[]): GlobNode | undefined {
  const sequences = alternatives.flatMap((one) => (one.kind === 'sequence' ? [one.children] : []));
  if (sequences.length !== alternatives.length) return undefined;
  const { left, right } = sharedNodes(sequences);
  if (left.length === 0 && right.length === 0) return undefined;
  const rests: GlobNode[] = [];
  for (const children of sequences) {
    const rest = restOf(children.slice(left.length, children.length - right.length));
    if (!rests.some((known) => isSame(known, rest))) rests.push(rest);
  }
  return sequence([
    ...(left.length > 0 ? [sequence(left)] : []),
    ...middleOf(rests),
    ...(right.length > 0 ? [sequence(right)] : []),
  ]);
}

function sequence(children: readonly GlobNode[]): GlobNode {
  return { kind: 'sequence', children };
}

function restOf(children: readonly GlobNode[]): GlobNode {
  return children.length === 0 ? { kind: 'nothing' } : sequence(children);
}

function middleOf(rests: readonly GlobNode[]): readonly GlobNode[] {
  if (rests.length > 1) return [{ kind: 'oneOf', children: rests }];
  return rests.filter(({ kind }) => kind !== 'nothing');
}

/** Nodes that all sequences begin with, and those that they end with; none counts for both. */
function sharedNodes(sequences: Sequences): { left: GlobNode[]; right: GlobNode[] } {
  const left: GlobNode[] = [];
  const right: GlobNode[] = [];
  if (sequences.length <= 1) return { left, right };
  const shortest = sequences.reduce((best, one) => (one.length < best.length ? one : best));
  const others = sequences.filter((one) => one !== shortest);
  const state = { isLeftOver: false, isRightOver: false };
  for (let step = 0; step < shortest.length; step += 1) {
    if (left.length + right.length >= shortest.length) break;
    const fromEnd = shortest.length - 1 - step;
    compareStep(shortest, others, step, state);
    if (state.isLeftOver && state.isRightOver) break;
    const [first, last] = [shortest[step], shortest[fromEnd]];
    if (!state.isLeftOver && first !== undefined) left.push(first);
    if (!state.isRightOver && last !== undefined) right.unshift(last);
  }
  return { left, right };
}

/** Compares the nodes that stand so far from both ends. The left side has the first claim on a node. */
function compareStep(
  shortest: readonly GlobNode[],
  others: Sequences,
  step: number,
  state: { isLeftOver: boolean; isRightOver: boolean },
): void {
  const fromEnd = shortest.length - 1 - step;
  for (const one of others) {
    if (state.isLeftOver && state.isRightOver) return;
    state.isLeftOver ||= !isSame(shortest[step], one[step]);
    state.isRightOver ||= !state.isLeftOver && fromEnd <= step;
    state.isRightOver ||= !isSame(shortest[fromEnd], one[one.length - 1 - step]);
  }
}

function isSame(left: GlobNode | undefined, right: GlobNode | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
