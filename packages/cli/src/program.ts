import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addCommands } from './commands.ts';
import type { Io } from './io.ts';
import { applyTwins, option } from './options.ts';
import { colorsFor } from './output/colors.ts';
import { reportError } from './output/error-text.ts';
import { version } from './version.ts';

/** Runs the program in an environment of its own and returns the exit code. Never throws. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, io);
    if (io.signal.aborted) return 130;
    const report = reportError(error, colorsFor(io.stderr, io), asksForJson(args));
    io.stderr.write(report.text);
    return report.exitCode;
  }
}

/** Commander has printed its own errors; ours, about environment variables, it has not seen. */
function endOfParsing(error: CommanderError, io: Io): number {
  if (error instanceof InvalidArgumentError) io.stderr.write(`error: ${error.message}\n`);
  return error.exitCode === 0 ? 0 : 2;
}

function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === '--output=json' ||
      arg === '-ojson' ||
      (['-o', '--output'].includes(arg) && args[index + 1] === 'json'),
  );
}

/** The whole command tree. Command code is loaded only when its command runs. */
export function buildProgram(io: Io, setExitCode: (code: number) => void): Command {
  const program = new Command('tidegate')
    .description('GitOps delivery for networks of DLT nodes on Argo CD, GitLab CI and Helm')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addOption(option('-C, --dir <folder>', 'work as if started in this folder'))
    .addHelpText(
      'after',
      [
        '',
        'Exit codes: 0 done, 1 findings, 2 usage, 3 invalid input, 4 local tool, 5 remote,',
        '6 conflict, 7 deadline, 70 our bug.',
      ].join('\n'),
    );
  addCommands(program, { io, setExitCode });
  configure(program, io);
  return program;
}

/** Gives every command the same habits: twins, our streams, no ending of the process. */
function configure(command: Command, io: Io): void {
  command
    .exitOverride()
    .showHelpAfterError('hint: --help shows the options')
    .configureOutput({
      writeOut: (text) => {
        io.stdout.write(text);
      },
      writeErr: (text) => {
        io.stderr.write(text);
      },
      getOutHasColors: () => colorsFor(io.stdout, io).isColorSupported,
      getErrHasColors: () => colorsFor(io.stderr, io).isColorSupported,
    });
  if (command.parent === null) {
    command.hook('preAction', (_, action) => {
      for (let at: Command | null = action; at !== null; at = at.parent) applyTwins(at, io.env);
    });
  }
  for (const child of command.commands) configure(child, io);
}
