import {
  readRelease,
  releaseFaults,
  versionChanges,
  type CutRelease,
  type ReleaseRepository,
} from '@tidegate/core';
import { commitAll, git, gitReleaseRepository, gitText, localTags } from '@tidegate/node';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  contentAt,
  edit,
  releaseClones,
  succeed,
  tidegate,
  visible,
} from '../packages/cli/test/release-clones.ts';

/**
 * Eight people and pipelines work on one repository at random times, each in a clone of its own. More
 * seeds: TIDEGATE_SEEDS=100 npx vitest run test/release-concurrency
 */
const seeds = Array.from({ length: Number(process.env['TIDEGATE_SEEDS'] ?? 3) }, (_, n) => n + 1);
const actors = 8;
const actionsEach = 3;
const pauseMsMax = 300;
const environments = ['qa', 'preprod', 'prod'];
const { released, clone } = releaseClones();

type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** What an actor was told that it did. */
type Done =
  | { readonly kind: 'set'; readonly commit: string; readonly key: string; readonly value: string }
  | { readonly kind: 'cut'; readonly commit: string; readonly tag: string; readonly source: string }
  | { readonly kind: 'edit'; readonly commit: string; readonly path: string; readonly line: string }
  | { readonly kind: 'nothing' };

interface Actor {
  readonly name: string;
  readonly random: Random;
  /** Where it calls tidegate. */
  readonly root: string;
  /** Where it edits and pushes with git itself. */
  readonly desk: string;
}

async function makeActor(at: string, seed: number, number: number): Promise<Actor> {
  const random = randomOf(seed * 1000 + number);
  const url = pick(random, [at, `file://${at}`]);
  const options = pick(random, [[], ['--no-tags'], ['--depth=1'], ['--depth=2', '--no-tags']]);
  const root = await clone(url, ...options);
  if (random() < 0.5) await git(root, ['checkout', '--quiet', '--detach']);
  // Two equal releases by one person in one second are one commit, and both would say that it is theirs.
  const name = `${seed}-${number}`;
  await git(root, ['config', 'user.name', name]);
  return { name, random, root, desk: await clone(at) };
}

/** Does a few things at random times. */
async function work(actor: Actor): Promise<Done[]> {
  const done: Done[] = [];
  for (let n = 1; n <= actionsEach; n++) {
    await sleep(actor.random() * pauseMsMax);
    const action = pick(actor.random, [
      setVersion,
      setVersion,
      setVersion,
      release,
      release,
      promoteToPreprod,
      promoteToProd,
      editValues,
    ]);
    done.push(await action(actor, n));
  }
  return done;
}

async function setVersion(actor: Actor, n: number): Promise<Done> {
  const key = pick(actor.random, ['vault.imageTag', 'backend.imageTag', 'frontend.imageTag']);
  const value = `v9-${actor.name}-${n}`;
  const result = await call(actor, ['versions', 'set', '--env', 'qa', `${key}=${value}`]);
  if (result === undefined) return { kind: 'nothing' };
  return { kind: 'set', commit: String(result['commit']), key, value };
}

const release = (actor: Actor): Promise<Done> => cut(actor, ['release', 'qa']);
const promoteToPreprod = (actor: Actor): Promise<Done> => promote(actor, 'qa', 'preprod');
const promoteToProd = (actor: Actor): Promise<Done> => promote(actor, 'preprod', 'prod');

/** Which of two versions is the higher one does not matter here. */
function promote(actor: Actor, source: string, target: string): Promise<Done> {
  return cut(actor, ['promote', source, target, '--allow-downgrade']);
}

async function cut(actor: Actor, args: readonly string[]): Promise<Done> {
  const result = await call(actor, args);
  if (result?.['isDue'] !== true) return { kind: 'nothing' };
  expect(result['isPushed']).toBe(true);
  const { commit, tag, source } = result;
  return { kind: 'cut', commit: String(commit), tag: String(tag), source: String(source) };
}

/** Gives what a command says that it did; undefined when it refused because of others. */
async function call(
  actor: Actor,
  args: readonly string[],
): Promise<Record<string, unknown> | undefined> {
  const outcome = await tidegate(actor.root, [...args, '--push', '-o', 'json']);
  const said = `${args.join(' ')}: ${outcome.stderr}`;
  expect([0, 6], said).toContain(outcome.exitCode);
  if (outcome.exitCode === 6) {
    expect(said).toMatch(/changed while this was being pushed|moved 10 times/);
    return undefined;
  }
  return JSON.parse(outcome.stdout) as Record<string, unknown>;
}

/** As a person would: pull, edit, commit, push, and again when somebody was faster. */
async function editValues({ desk, name, random }: Actor, n: number): Promise<Done> {
  const path = `envs/${pick(random, ['qa', 'preprod', 'prod'])}/common-node-values.yaml`;
  const line = `# edit ${name}-${n}`;
  for (let attempt = 1; attempt <= 50; attempt++) {
    await git(desk, ['fetch', '--quiet', '--no-tags', 'origin', 'main']);
    await git(desk, ['reset', '--quiet', '--hard', 'FETCH_HEAD']);
    await edit(desk, path, (text) => `${text}\n${line}\n`);
    await commitAll(desk, `Edit ${name}-${n}`, { name, email: `${name}@example.com` });
    const args = ['push', '--quiet', 'origin', 'HEAD:main'];
    const { exitCode } = await git(desk, args, { accept: [0, 1] });
    if (exitCode === 0) {
      return { kind: 'edit', commit: await gitText(desk, ['rev-parse', 'HEAD']), path, line };
    }
    await sleep(random() * 50);
  }
  throw new Error(`${name} never came through`);
}

interface Ending {
  readonly at: string;
  readonly begin: string;
  readonly done: readonly Done[];
  readonly repository: ReleaseRepository;
}

async function openEnding(at: string, begin: string, done: readonly Done[]): Promise<Ending> {
  const head = await gitText(at, ['rev-parse', 'main']);
  const state = { head, tags: await localTags(at) };
  return { at, begin, done, repository: gitReleaseRepository(at, state, 'main') };
}

/** What was reported is in the history exactly once, in a straight line, and nothing else is. */
async function checkHistory({ at, begin, done }: Ending): Promise<void> {
  const range = `${begin}..main`;
  const commits = (await gitText(at, ['rev-list', '--first-parent', range])).split('\n');
  const reported = done.flatMap((one) => (one.kind === 'nothing' ? [] : [one.commit]));

  expect(commits.filter((commit) => commit !== '').sort()).toEqual([...reported].sort());
  expect(await gitText(at, ['rev-list', '--merges', range])).toBe('');
  expect(await gitText(at, ['for-each-ref', '--format=%(refname)', 'refs/heads'])).toBe(
    'refs/heads/main',
  );
  expect((await git(at, ['fsck', '--strict'])).stderr).toBe('');
}

/** Every commit changes the files of its kind and no others. */
async function checkFiles({ at, done }: Ending): Promise<void> {
  for (const one of done) {
    if (one.kind === 'nothing') continue;
    const args = ['diff-tree', '-r', '--no-commit-id', '--name-only', one.commit];
    const changed = (await gitText(at, args)).split('\n');
    if (one.kind === 'set') expect(changed).toEqual(['versions/qa.yaml']);
    if (one.kind === 'edit') expect(changed).toEqual([one.path]);
    if (one.kind !== 'cut') continue;
    const environment = one.tag.split('/')[1] ?? '';
    const own = new RegExp(`^(argocd/${environment}/app.*|versions/${environment})\\.yaml$`);
    expect(changed.filter((path) => !own.test(path))).toEqual([]);
    expect(changed).toHaveLength(7);
  }
}

/** A version that was set stays until somebody sets that one again. */
async function checkVersions({ at, done }: Ending): Promise<void> {
  const sets = done.filter((one) => one.kind === 'set');
  for (const { commit, key, value } of sets) {
    const args = [
      'log',
      '--reverse',
      '--format=%H',
      `-S${value}`,
      'main',
      '--',
      'versions/qa.yaml',
    ];
    const [added, removed] = (await gitText(at, args)).split('\n');

    expect(added, `${key}=${value} is in the history`).toBe(commit);
    if (removed === undefined) continue;
    const by = sets.find((other) => other.commit === removed);
    expect(by?.key, `${key}=${value} gives way to another one`).toBe(key);
  }
}

async function checkEdits({ at, done }: Ending): Promise<void> {
  for (const one of done) {
    if (one.kind !== 'edit') continue;
    expect((await contentAt(at, 'main', one.path)).split(one.line)).toHaveLength(2);
  }
}

/** Numbers have no gaps, and every release is what its tag says. */
async function checkReleases(ending: Ending): Promise<void> {
  const { at, repository } = ending;
  for (const environment of environments) {
    const numbers = [...(await repository.releases(environment))].sort((a, b) => a - b);

    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(await contentAt(at, 'main', `versions/${environment}.yaml`)).toContain(
      `\nrelease: ${numbers.length}\n`,
    );
    for (const number of numbers) {
      const found = await readRelease(repository, environment, number);
      expect(await releaseFaults(found, environment)).toEqual([]);
      await checkRelease(ending, environment, found);
    }
  }
}

async function checkRelease(
  { at, repository, done }: Ending,
  environment: string,
  { number, tag, tree, versions }: CutRelease,
): Promise<void> {
  const found = await repository.tag(environment, number);
  const [, source] = /^Tidegate-Source: (.*)$/m.exec(found?.message ?? '') ?? [];
  const reports = done.filter((one) => one.kind === 'cut' && one.tag === tag);

  if (number > 1) expect(reports, tag).toMatchObject([{ commit: tree.commit }]);
  if (number > 1) expect(reports).toMatchObject([{ source: String(source) }]);
  if (environment === 'qa') expect(source).toBeUndefined();
  else {
    const [, from = '', of = ''] = (source ?? '').split('/');
    const promoted = await readRelease(repository, from, Number(of));
    expect(versionChanges(promoted.versions, versions), `${tag} from ${source}`).toEqual([]);
    const args = ['merge-base', '--is-ancestor', promoted.tree.commit, tree.commit];
    expect((await git(at, args, { accept: [0, 1] })).exitCode).toBe(0);
  }
}

/** Nothing is stuck: the next round of releases goes through, and then nothing is due. */
async function checkNextRound(at: string): Promise<void> {
  const root = await clone(at);
  const round = [
    ['release', 'qa'],
    ['promote', 'qa', 'preprod', '--allow-downgrade'],
    ['promote', 'preprod', 'prod', '--allow-downgrade'],
  ];
  for (const args of round) await succeed(root, ...args, '--push');
  for (const args of round) {
    expect((await succeed(root, ...args, '--push')).stderr).toContain('nothing is due');
  }
}

describe('eight clones at once', () => {
  test.each(seeds)(
    'lose nothing with seed %i',
    async (seed) => {
      const at = await released();
      const begin = await gitText(at, ['rev-parse', 'main']);
      const all: Actor[] = [];
      for (let n = 1; n <= actors; n++) all.push(await makeActor(at, seed, n));
      const before = await Promise.all(all.map(({ root }) => visible(root)));
      const done = (await Promise.all(all.map(work))).flat();
      const ending = await openEnding(at, begin, done);

      expect(await Promise.all(all.map(({ root }) => visible(root)))).toEqual(before);
      await checkHistory(ending);
      await checkFiles(ending);
      await checkVersions(ending);
      await checkEdits(ending);
      await checkReleases(ending);
      await checkNextRound(at);
      expect(done.filter(({ kind }) => kind !== 'nothing').length).toBeGreaterThan(actors / 2);
    },
    180_000,
  );
});
