import { runTool } from '@tidegate/node';
import { medianOf, report, shown } from './measure.ts';
import { program } from './program.ts';

/** Start of the program, beside Node's own start. */
const runs = 21;
const limitMs = 150;

const start = async (args: readonly string[]): Promise<number> =>
  medianOf(runs, async () => {
    const result = await runTool(process.execPath, { args });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  });

const bare = await start(['--eval', '0']);
const version = await start([program, '--version']);
report('tidegate --version', shown(version), `< ${shown(limitMs)}`, version < limitMs);
console.log(
  `${'node --eval 0'.padEnd(58)} ${shown(bare).padStart(10)}   ratio ${(version / bare).toFixed(2)}`,
);
