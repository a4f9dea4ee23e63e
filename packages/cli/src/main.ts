import { runProgram } from './program.ts';

/** The only place that touches the process itself. */
const interrupted = new AbortController();
let signalCode: number | undefined;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    signalCode ??= code;
    interrupted.abort();
  });
}
// A reader such as `head` that has seen enough ends the output, not the command: its exit code counts.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const exitCode = await runProgram(process.argv.slice(2), {
  stdout: {
    write: (text) => {
      process.stdout.write(text);
    },
    isTerminal: process.stdout.isTTY === true,
  },
  stderr: {
    write: (text) => {
      process.stderr.write(text);
    },
    isTerminal: process.stderr.isTTY === true,
  },
  stdin: { isTerminal: process.stdin.isTTY === true },
  env: process.env,
  cwd: process.cwd(),
  signal: interrupted.signal,
});
process.exitCode = signalCode ?? exitCode;
