import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runLuaCases } from './lua-health.ts';
import { reportLines } from './report.ts';
import { runFile, type RunOptions } from './run.ts';

/** Where lines go. */
export interface ConformanceOutput {
  /** Results. */
  readonly print: (line: string) => void;
  /** Files that are no cases. */
  readonly warn: (line: string) => void;
}

/**
 * Runs every JSON file directly in a folder, and cases in Lua below it, and says whether anything ran and
 * all of it passed.
 */
export async function runFolder(
  folder: string,
  options: RunOptions,
  { print, warn }: ConformanceOutput,
): Promise<boolean> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  let files = 0;
  let failed = 0;
  for (const name of names) {
    const content = await readJson(join(folder, name), warn);
    if (content === undefined) continue;
    const report = await runFile(name, content, options);
    if (report === undefined) {
      if (options.filter === undefined) warn(`${name}: nothing in it is understood as a case`);
      continue;
    }
    files += 1;
    failed += report.failures.length;
    reportLines(name, report).forEach((line) => print(line));
  }
  for await (const { name, report } of runLuaCases(folder, options.filter)) {
    files += 1;
    failed += report.failures.length;
    reportLines(name, report).forEach((line) => print(line));
  }
  if (files === 0) warn(`${folder} has no case to run`);
  return files > 0 && failed === 0;
}

async function readJson(path: string, warn: (line: string) => void): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    warn(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
