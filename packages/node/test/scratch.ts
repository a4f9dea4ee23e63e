import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Clock } from '../src/system-clock.ts';

/** Makes folders that are gone after each test. */
export function scratchFolders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  });
  return async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'tidegate-scratch-')));
    made.push(folder);
    return folder;
  };
}

/** Puts files below a folder. */
export async function putFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Writes a shell script that stands in for a program. Returns its path. */
export async function putScript(folder: string, name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

export interface TestClock extends Clock {
  readonly slept: number[];
  advance(ms: number): void;
}

/** A clock that stands still, and sleeps without waiting. */
export function testClock(startMs = Date.UTC(2030, 0, 1)): TestClock {
  const slept: number[] = [];
  let at = startMs;
  return {
    slept,
    advance: (ms) => {
      at += ms;
    },
    nowMs: () => at,
    monotonicMs: () => at,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

/** What a promise is rejected with; fails when it is not. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome.status === 'fulfilled') throw new Error('expected a rejection, but it succeeded');
  const reason: unknown = outcome.reason;
  return reason instanceof Error ? reason : new Error(`rejected with ${String(reason)}`);
}
