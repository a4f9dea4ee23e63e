import type { RendererKind } from '@tidegate/node';
import type { Command } from 'commander';
import type { Io } from './io.ts';
import { option, parseChartsUrl, parseCount } from './options.ts';

/** What the definition of a command needs from the program around it. */
export interface CommandContext {
  readonly io: Io;
  readonly setExitCode: (code: number) => void;
}

/** The same as `rendererKinds`, which would load all adapters with the program's start. */
const rendererNames = ['native', 'wasm', 'helm'] as const satisfies readonly RendererKind[];

/** Formats of commands that list something. */
export const listFormats = ['table', 'json', 'yaml', 'markdown'] as const;

/** Adds the options that decide what renders. */
export function withRendererChoice(command: Command): Command {
  return command
    .addOption(
      option('--renderer <kind>', 'what renders; auto takes the fastest there is')
        .choices(['auto', ...rendererNames])
        .default('auto'),
    )
    .addOption(
      option('--helm <path>', 'render with this helm binary, or "path" for the one on PATH'),
    );
}

/** Adds the options of every command that renders. */
export function withRendererOptions(command: Command): Command {
  return withRendererChoice(command)
    .addOption(
      option(
        '--charts-url <url>',
        "fetch the charts from here instead of the definition's repository",
      ).argParser(parseChartsUrl),
    )
    .addOption(option('--cache-dir <folder>', 'folder for charts, rendered output and helm'))
    .addOption(option('--no-cache', 'do not use the rendered-output cache'))
    .addOption(
      option('--timeout <seconds>', 'longest time for one render')
        .argParser(parseCount)
        .default(60),
    )
    .addOption(
      option('--jobs <count>', 'renders at once; one per core without it').argParser(parseCount),
    );
}

/** Examples below the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
