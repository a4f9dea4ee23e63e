import { exitCodes, InputError, TidegateError, type SourcePosition } from '@tidegate/core';
import type { Colors } from './colors.ts';
import { formatJson } from './data.ts';

/** How an error ends the program: its text for stderr and its exit code. */
export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** Most faults of one input that are printed; the rest are counted. */
const faultsShownMax = 20;

/** Turns anything thrown into what the user sees. Only expected failures are shown without a stack. */
export function reportError(error: unknown, colors: Colors, asJson: boolean): ErrorReport {
  if (!(error instanceof TidegateError)) return reportBug(error);
  if (asJson) return { text: formatJson(errorData(error)), exitCode: error.exitCode };
  const label = colors.red('error:');
  const lines = faults(error).map(
    ({ message, position }) => `${label} ${formatPosition(position)}${message}`,
  );
  const hidden = lines.splice(faultsShownMax).length;
  if (hidden > 0) lines.push(`${label} and ${hidden} more`);
  const hints = [...new Set(faults(error).map((fault) => fault.hint))].filter(
    (hint) => hint !== undefined,
  );
  lines.push(...hints.slice(0, 3).map((hint) => `${colors.cyan('hint:')} ${hint}`));
  return { text: `${lines.join('\n')}\n`, exitCode: error.exitCode };
}

interface Fault {
  readonly message: string;
  readonly position?: SourcePosition | undefined;
  readonly hint?: string | undefined;
}

function faults(error: TidegateError): readonly Fault[] {
  return error instanceof InputError && error.diagnostics.length > 0 ? error.diagnostics : [error];
}

function errorData(error: TidegateError): Record<string, unknown> {
  return {
    code: error.code,
    exitCode: error.exitCode,
    message: error.message,
    hint: error.hint,
    data: error.data,
    faults: faults(error).map(({ message, position, hint }) => ({ message, ...position, hint })),
  };
}

/** `file:line:column: `, as editors and terminals make it a link. */
export function formatPosition(position: SourcePosition | undefined): string {
  if (position === undefined) return '';
  const parts = [position.file, position.line, position.column].filter(
    (part) => part !== undefined,
  );
  return `${parts.join(':')}: `;
}

function reportBug(error: unknown): ErrorReport {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `error: this is a bug in tidegate, not your fault; please report it with the lines below\n${stack}\n`,
    exitCode: exitCodes.bug,
  };
}
