/**
 * Looks into recordings of a real Argo CD: `npx tsx tools/replay-recordings.ts DIR [NAME...] [--timeline] [--once] [--full]` replays
 * those of a folder and prints where they differ, the known deviations too.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isDeviation, readDeviations } from './conformance/observed/deviations.ts';
import type { Recording, StepOutcome } from './conformance/observed/recording.ts';
import { sharedRendering } from './conformance/observed/rendering.ts';
import { recordedRepositories } from './conformance/observed/repositories.ts';
import { findAgreement, type Finding } from './conformance/observed/search.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Prints what happened in each replay. */
    timeline: { type: 'boolean', default: false },
    /** Replays once, without placing polls otherwise. */
    once: { type: 'boolean', default: false },
    /** Prints whole values. */
    full: { type: 'boolean', default: false },
  },
});
const [folder = '.', ...names] = positionals;
const openRepositories = recordedRepositories(sharedRendering());
const deviations = readDeviations();
const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
const wanted = names.length === 0 ? files : names.map((name) => `${name}.json`);
let agreed = 0;
for (const file of wanted) if (await look(file)) agreed += 1;
console.log(`${agreed} of ${wanted.length} agree`);

async function look(file: string): Promise<boolean> {
  const recording = JSON.parse(await readFile(join(folder, file), 'utf8')) as Recording;
  const known = deviations.filter(({ recording: name }) => name === recording.name);
  const begun = performance.now();
  const finding = await findAgreement(recording, {
    openRepositories,
    isKnown: (difference) => known.some((deviation) => isDeviation(deviation, difference)),
    ...(values.once ? { maxReplays: 1 } : {}),
    ...(values.timeline ? { onOutcome: printTimeline } : {}),
  });
  print(file, finding, performance.now() - begun);
  return finding.differences.length === 0;
}

function print(file: string, { differences, placement, replays }: Finding, ms: number): void {
  const verdict = differences.length === 0 ? 'ok  ' : 'DIFF';
  console.log(
    `${verdict} ${file}: ${differences.length} differences, ${replays} replays, ${ms.toFixed(0)} ms`,
  );
  console.log(`     placed: ${JSON.stringify(placement)}`);
  for (const { where, expected, got } of differences) {
    console.log(`  ${where}`);
    console.log(`    expected ${valueText(expected)}`);
    console.log(`    got      ${valueText(got)}`);
  }
}

function valueText(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return values.full ? text : text.slice(0, 400);
}

function printTimeline({ timeline }: StepOutcome, step: number): void {
  console.log(`--- step ${step + 1}`);
  for (const { t, object, change } of timeline)
    console.log(`  ${t.toFixed(2)} ${object} ${valueText(change)}`);
}
