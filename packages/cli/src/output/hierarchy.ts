import type { Inventory } from '@tidegate/core';

/** Draws the App of Apps as a tree (spec section 7). */
export function formatHierarchy(inventory: Inventory): string {
  const lines = [`${inventory.root}  (App of Apps)`, '│'];
  const last = inventory.hierarchy.length - 1;
  for (const [index, entry] of inventory.hierarchy.entries()) {
    const set = entry.kind === 'ApplicationSet' ? ' - ApplicationSet' : '';
    lines.push(`${index === last ? '└──' : '├──'} ${entry.name}  (wave ${entry.wave})${set}`);
    const bar = index === last ? ' ' : '│';
    lines.push(
      ...entry.children.map(
        (child, at) => `${bar}   ${at === entry.children.length - 1 ? '└──' : '├──'} ${child}`,
      ),
    );
    if (entry.children.length > 0 && index !== last) lines.push('│');
  }
  return lines.map((line) => `${line}\n`).join('');
}
