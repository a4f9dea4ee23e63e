import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from './git.ts';
import { GitObjectReader } from './git-object-reader.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidegate-reader-'));
  await git(root, ['init', '--quiet', '--initial-branch=main']);
  const by = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  await git(root, [...by, 'commit', '--quiet', '--allow-empty', '--message=Begin']);
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('GitObjectReader', () => {
  it('answers also when it is asked while its idle process ends', async () => {
    // Around the half second after which it ends its process.
    const reads = [490, 498, 500, 501, 502, 503, 505, 510].map(async (pauseMs) => {
      const reader = new GitObjectReader(root);
      await reader.read('HEAD');
      await wait(pauseMs);
      return (await reader.read('HEAD'))?.kind;
    });

    expect(await Promise.all(reads)).toEqual(reads.map(() => 'commit'));
  });

  it('says that there is no such object', async () => {
    expect(await new GitObjectReader(root).read('nowhere')).toBeUndefined();
  });
});
