import type { HierarchyEntry, Inventory } from '@tidegate/core';

/** Draws the App of Apps as spec section 7 does: services first, then the sets with their nodes. */
export function formatHierarchy(inventory: Inventory): string {
  const services = inventory.hierarchy.filter(({ kind }) => kind === 'Application');
  const sets = inventory.hierarchy.filter(({ kind }) => kind === 'ApplicationSet');
  const width = Math.max(...inventory.hierarchy.map(({ name }) => name.length));
  const branches = [services.flatMap((entry) => draw(entry, width, '├──', '│'))];
  for (const [index, set] of sets.entries()) {
    const isLast = index === sets.length - 1;
    branches.push(isLast ? draw(set, width, '└──', ' ') : draw(set, width, '├──', '│'));
  }
  const root = `${inventory.root}  (App of Apps — bootstrapped manually once)`;
  return `${root}\n│\n${branches.map((lines) => lines.join('')).join('│\n')}`;
}

function draw(entry: HierarchyEntry, width: number, branch: string, bar: string): string[] {
  const set = entry.kind === 'ApplicationSet' ? ' — ApplicationSet' : '';
  const last = entry.children.length - 1;
  return [
    `${branch} ${entry.name.padEnd(width)}  (wave ${entry.wave})${set}\n`,
    ...entry.children.map(
      (child, index) => `${bar}   ${index === last ? '└──' : '├──'} ${child}\n`,
    ),
  ];
}
