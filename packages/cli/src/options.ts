import { InvalidArgumentError, Option, type Command } from 'commander';

/**
 * Every option has an environment variable as its twin: `--git-url` is `TIDEGATE_GIT_URL`. The
 * command line wins. For switches, empty, 0, false and no count as not given; for `--no-cache`, the
 * twin is `TIDEGATE_CACHE` and 0, false and no count as given.
 */
export function twinName(option: Pick<Option, 'long'>): string {
  return `TIDEGATE_${(option.long ?? '')
    .replace(/^--(no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase()}`;
}

/** Makes an option whose help names its twin. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  made.description = `${description} (env: ${twinName(made)})`;
  return made;
}

/** Options of commands that show a result in several formats. */
export function outputOption(formats: readonly string[], initial: string): Option {
  return option('-o, --output <format>', 'output format')
    .choices([...formats])
    .default(initial);
}

/** Gives options that were not on the command line the value of their twin. */
export function applyTwins(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): void {
  for (const declared of command.options) {
    const name = declared.attributeName();
    const source = command.getOptionValueSource(name);
    const twin = env[twinName(declared)];
    if (twin === undefined || (source !== undefined && source !== 'default')) continue;
    if (declared.negate) {
      applyNegatedTwin(command, declared, twin);
      continue;
    }
    const takesValue = declared.required || declared.optional;
    if (takesValue) {
      if (twin !== '') command.setOptionValueWithSource(name, parseTwin(declared, twin), 'env');
    } else if (!['', '0', 'false', 'no'].includes(twin.toLowerCase())) {
      command.setOptionValueWithSource(name, true, 'env');
    }
  }
}

/** `--no-cache` is given by a no to its twin TIDEGATE_CACHE. Beside a `--cache`, that has taken a yes already. */
function applyNegatedTwin(command: Command, negated: Option, twin: string): void {
  if (['0', 'false', 'no'].includes(twin.toLowerCase())) {
    command.setOptionValueWithSource(negated.attributeName(), false, 'env');
  }
}

function parseTwin(declared: Option, value: string): unknown {
  if (declared.parseArg === undefined) return value;
  try {
    return declared.parseArg(value, undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(
      `environment variable ${twinName(declared)} is ${JSON.stringify(value)}: ${reason}`,
    );
  }
}

/** Parses a comma-separated list; blanks around the commas do not count. */
export function parseList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Parses the address of a chart repository or registry. */
export function parseChartsUrl(value: string): string {
  if (/^[a-z][-+.a-z0-9]*:\/\//i.test(value) && !/^(https?|file|oci):\/\//i.test(value)) {
    throw new InvalidArgumentError('Expected https, http, file or oci.');
  }
  return value;
}

/** Parses a whole number of at least 1. */
export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(value);
}

/** Parses a whole number of at least 0. */
export function parseWhole(value: string): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(value))
    throw new InvalidArgumentError('Expected a whole number.');
  return Number(value);
}

/** Parses a port; 0 stands for a free one. */
export function parsePort(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new InvalidArgumentError('Expected a port between 0 and 65535.');
  return Number(value);
}
