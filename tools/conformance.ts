/**
 * Holds the project to recorded and computed facts: `npm run conformance -- DIR [--filter TEXT]` runs
 * every JSON file directly in DIR that it understands.
 */
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { allForms } from './conformance/forms/index.ts';
import { runFolder } from './conformance/run-folder.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has seen enough, as with `| head`.
  if (error.code !== 'EPIPE') throw error;
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { filter: { type: 'string' } },
});
const [folder, ...more] = positionals;
process.exitCode =
  folder === undefined || more.length > 0
    ? refuse('usage: npm run conformance -- DIR [--filter TEXT]')
    : await run(folder, values.filter);

async function run(path: string, filter: string | undefined): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return refuse(`${path} is no folder`);
  const output = { print: console.log, warn: console.error };
  const options = { forms: allForms, ...(filter === undefined ? {} : { filter }) };
  return (await runFolder(path, options, output)) ? 0 : 1;
}

function refuse(message: string): number {
  console.error(message);
  return 2;
}
