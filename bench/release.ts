import { git, runTool } from '@tidegate/node';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growth, median, report, shown, timed } from './measure.ts';
import { program } from './program.ts';
import { repositoryWith } from './repository.ts';
import { findYq } from './yq.ts';

/**
 * A promotion as a whole process, with fetch and push to a local remote, with 10, 100 and 1,000 nodes
 * in each of three environments; beside it the script of the specification on the same repository.
 * The gates that ask the chart repository and render are switched off here: `render.ts` measures them.
 */
const sizes = [10, 100, 1000];
const environments = ['qa', 'preprod', 'prod'];
const limitMs = 1000;
const runs = 5;

interface Repository {
  readonly clone: string;
  readonly origin: string;
}

async function prepare(nodes: number): Promise<Repository> {
  const clone = await repositoryWith(nodes, environments);
  const definition = join(clone, 'tidegate.yaml');
  const text = await readFile(definition, 'utf8');
  const gates = '    gates: { checkCharts: false, checkRender: false }\n';
  await writeFile(
    definition,
    text.replaceAll(/^ {4}sync: .*\n/gm, (line) => line + gates),
  );
  const origin = await mkdtemp(join(tmpdir(), 'tidegate-bench-origin-'));
  await git(origin, ['init', '--quiet', '--bare', '--initial-branch=main']);
  await git(clone, ['init', '--quiet', '--initial-branch=main']);
  await git(clone, ['config', 'user.name', 'Bench']);
  await git(clone, ['config', 'user.email', 'bench@example.com']);
  await git(clone, ['remote', 'add', 'origin', origin]);
  await git(clone, ['add', '--all']);
  await git(clone, ['commit', '--quiet', '--message=Begin']);
  await git(clone, ['push', '--quiet', 'origin', 'main']);
  return { clone, origin };
}

async function tidegate(clone: string, ...args: string[]): Promise<void> {
  const result = await runTool(process.execPath, { args: [program, ...args], cwd: clone });
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

/** Promotions of one new version each: median time of the whole process. */
async function promotions({ clone }: Repository): Promise<number> {
  await tidegate(clone, 'release', 'qa', '--push');
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await tidegate(
      clone,
      'versions',
      'set',
      '--env',
      'qa',
      `backend.imageTag=v9.0.${run}`,
      '--push',
    );
    await tidegate(clone, 'release', 'qa', '--push');
    times.push(await timed(() => tidegate(clone, 'promote', 'qa', 'preprod', '--push')));
  }
  return median(times);
}

/** The specification's promotion script, from its own text. */
async function specScript(): Promise<string> {
  const spec = await readFile(fileURLToPath(new URL('../docs/spec.md', import.meta.url)), 'utf8');
  const begin = spec.indexOf('    ENV=$TARGET_ENV\n');
  const end = spec.indexOf('    git push origin main\n', begin);
  return spec.slice(begin, end).replaceAll(/^ {4}/gm, '').concat('git push -q origin main\n');
}

async function specPromotions({ clone }: Repository, yq: string): Promise<number> {
  const script = await specScript();
  const path = `${join(yq, '..')}:${process.env['PATH'] ?? ''}`;
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await git(clone, ['pull', '--quiet', '--ff-only', 'origin', 'main']);
    await tidegate(
      clone,
      'versions',
      'set',
      '--env',
      'qa',
      `backend.imageTag=v8.0.${run}`,
      '--push',
    );
    await git(clone, ['pull', '--quiet', '--ff-only', 'origin', 'main']);
    const env = { ...process.env, PATH: path, TARGET_ENV: 'prod', SOURCE_ENV: 'qa' };
    const ms = await timed(async () => {
      const result = await runTool('bash', { args: ['-ec', script], cwd: clone, env });
      if (result.exitCode !== 0) throw new Error(result.stderr);
    });
    times.push(ms);
  }
  return median(times);
}

const yq = findYq();
const own: number[] = [];
for (const [index, nodes] of sizes.entries()) {
  const repository = await prepare(nodes);
  const ms = await promotions(repository);
  own.push(ms);
  const what = `promote, ${nodes} nodes x ${environments.length}`;
  const isLast = index === sizes.length - 1;
  if (isLast) report(what, shown(ms), `< ${shown(limitMs)}`, ms < limitMs);
  else console.log(`${what.padEnd(58)} ${shown(ms).padStart(10)}`);
  if (index > 0) console.log(`${''.padEnd(58)} ${growth(sizes, own, index)}`);
  if (yq !== undefined) {
    const spec = await specPromotions(repository, yq);
    const line = `the script of the specification, ${nodes} nodes`;
    console.log(`${line.padEnd(58)} ${shown(spec).padStart(10)}  ${(spec / ms).toFixed(2)} x`);
  }
  await rm(repository.clone, { recursive: true });
  await rm(repository.origin, { recursive: true });
}
const yqRuns = (await specScript()).match(/\byq e/g)?.length ?? 0;
console.log(
  `the script of the specification runs yq ${yqRuns} times${yq === undefined ? '; no yq of mikefarah here' : ''}`,
);
