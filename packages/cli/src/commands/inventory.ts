import { takeInventory, type Inventory } from '@tidegate/core';
import type { Io } from '../io.ts';
import { formatListing } from '../output/data.ts';
import { formatHierarchy } from '../output/hierarchy.ts';
import { openWorkspace, pickEnvironment, type DirectoryOptions } from '../workspace.ts';

export interface InventoryOptions extends DirectoryOptions {
  readonly output: string;
  readonly tree?: boolean;
}

/** `tidegate inventory [ENV]`: object counts beside the formula of spec section 16. */
export async function runInventory(
  io: Io,
  environmentName: string | undefined,
  options: InventoryOptions,
): Promise<void> {
  const workspace = await openWorkspace(io, options);
  const environments =
    environmentName === undefined
      ? workspace.network.environments
      : [pickEnvironment(workspace, environmentName)];
  const inventories = await Promise.all(
    environments.map((environment) =>
      takeInventory(workspace.tree, workspace.network, environment),
    ),
  );
  if (options.tree === true && options.output === 'table') {
    io.stdout.write(`${inventories.map(formatHierarchy).join('\n')}\n`);
  }
  io.stdout.write(formatInventories(inventories, options.output));
}

/** The counts of several environments, one row each. */
export function formatInventories(inventories: readonly Inventory[], format: string): string {
  const header = [
    'ENVIRONMENT',
    'NODES',
    'ROOT',
    'SERVICES',
    'APPSETS',
    'GENERATED',
    'TOTAL',
    'FORMULA',
  ];
  const rows = inventories.map(({ environment, nodes, counts, formula }) => [
    environment,
    String(nodes.length),
    String(counts.roots),
    String(counts.services),
    String(counts.applicationSets),
    String(counts.generated),
    String(counts.total),
    formula,
  ]);
  return formatListing({ header, rows, data: inventories }, format);
}
