import { runTool } from '@tidegate/node';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { growth, medianOf, report, shown } from './measure.ts';
import { program } from './program.ts';
import { repositoryWith } from './repository.ts';

/**
 * `generate`, `generate --check` and `inventory` as whole processes, with 10, 100 and 1,000 nodes in
 * each of three environments. `generate` finds no manifests and writes them all.
 */
const sizes = [10, 100, 1000];
const environments = ['qa', 'preprod', 'prod'];
const limitMs = 2000;

async function measure(command: readonly string[], folder: string): Promise<number> {
  return medianOf(5, async () => {
    if (command.length === 1) await rm(join(folder, 'argocd'), { recursive: true, force: true });
    const result = await runTool(process.execPath, { args: [program, ...command], cwd: folder });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  });
}

const commands: Record<string, readonly string[]> = {
  generate: ['generate'],
  'generate --check': ['generate', '--check'],
  inventory: ['inventory', '--output', 'json'],
};
const times: Record<string, number[]> = {};
for (const nodes of sizes) {
  const folder = await repositoryWith(nodes, environments);
  for (const [name, command] of Object.entries(commands)) {
    const ms = await measure(command, folder);
    (times[name] ??= []).push(ms);
  }
  await rm(folder, { recursive: true });
}
for (const [name, measured] of Object.entries(times)) {
  for (const [index, nodes] of sizes.entries()) {
    const ms = measured[index] ?? NaN;
    const isLast = index === sizes.length - 1;
    const what = `${name}, ${nodes} nodes x ${environments.length}`;
    if (isLast) report(what, shown(ms), `< ${shown(limitMs)}`, ms < limitMs);
    else console.log(`${what.padEnd(58)} ${shown(ms).padStart(10)}`);
    if (index > 0) console.log(`${''.padEnd(58)} ${growth(sizes, measured, index)}`);
  }
}
