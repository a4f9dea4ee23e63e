import { performance } from 'node:perf_hooks';

/** Milliseconds that something took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Median of several runs, in milliseconds: one slow run does not decide. */
export async function medianOf(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timed(work));
  return median(times);
}

/** The middle one of several times. */
export function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

/** `0.84 s` or `132 ms`. */
export function shown(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(0)} ms`;
}

/** How the time of a size compares with the one before it: 1 means that it grew as much as the size. */
export function growth(sizes: readonly number[], times: readonly number[], index: number): string {
  const before = times[index - 1];
  const [smaller, larger] = [sizes[index - 1], sizes[index]];
  const time = times[index];
  if (before === undefined || smaller === undefined || larger === undefined) return '';
  return `x${((time ?? NaN) / before).toFixed(1)} for x${(larger / smaller).toFixed(0)} nodes`;
}

/** Prints one line of a result: what, measured, aim, and whether it is kept. */
export function report(what: string, measured: string, aim: string, isKept: boolean): void {
  console.log(
    `${what.padEnd(58)} ${measured.padStart(10)}   aim ${aim.padEnd(12)} ${isKept ? 'kept' : 'MISSED'}`,
  );
}
