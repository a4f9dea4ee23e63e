interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/**
 * Share, from 0 to 1, of a profile's whole time, waiting included, that some functions and all they call took.
 * Throws when the profile has none of a name: a renamed function must not count as nothing.
 */
export function shareOf(profileText: string, names: readonly string[]): number {
  const { nodes, samples, timeDeltas } = JSON.parse(profileText) as CpuProfile;
  const known = new Map(nodes.map((node) => [node.id, node]));
  const counted = new Set<number>();
  const count = (id: number): void => {
    counted.add(id);
    for (const child of known.get(id)?.children ?? []) count(child);
  };
  for (const name of names) {
    const found = nodes.filter(({ callFrame }) => callFrame.functionName === name);
    if (found.length === 0) throw new Error(`the profile has no function ${name}`);
    for (const { id } of found) count(id);
  }
  let total = 0;
  let share = 0;
  for (const [index, id] of samples.entries()) {
    total += timeDeltas[index] ?? 0;
    if (counted.has(id)) share += timeDeltas[index] ?? 0;
  }
  return share / total;
}
