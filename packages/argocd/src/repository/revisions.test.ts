import { describe, expect, it } from 'vitest';
import type { RefsAnswer, VersionsAnswer } from './ports.ts';
import { Revisions } from './revisions.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];

/** Revisions over a remote whose answers are given by hand. */
function revisionsOver() {
  const clock = { at: 0, nowMs: () => clock.at };
  const state: { refs: RefsAnswer; versions: VersionsAnswer; lists: number } = {
    refs: { refs: [{ name: 'refs/heads/main', commit: one }] },
    versions: { versions: ['1.0.0', '1.1.0'] },
    lists: 0,
  };
  const list = async <T>(answer: () => T): Promise<T> => {
    state.lists += 1;
    const given = answer();
    await Promise.resolve();
    return given;
  };
  const revisions = new Revisions({
    clock,
    revisionCacheMs: 10_000,
    git: {
      listRefs: () => list(() => state.refs),
      checkOut: () => Promise.resolve({ fault: 'unused' }),
    },
    charts: {
      versions: () => list(() => state.versions),
      pull: () => Promise.resolve({ fault: 'unused' }),
    },
  });
  return { clock, state, revisions };
}

describe('Revisions', () => {
  it('takes branches from memory for a while, unless it is to look anew', async () => {
    const { clock, state, revisions } = revisionsOver();
    const found = [await revisions.commitOf('u', 'main', false)];
    state.refs = { refs: [{ name: 'refs/heads/main', commit: two }] };
    clock.at = 9_999;
    found.push(await revisions.commitOf('u', 'main', false));
    found.push(await revisions.commitOf('u', 'main', true));
    found.push(await revisions.commitOf('u', 'main', false));

    expect(found).toEqual([one, one, two, two]);
    expect(state.lists).toBe(2);
    clock.at = 19_999;
    await revisions.commitOf('u', 'main', false);
    expect(state.lists).toBe(3);
  });

  it('asks once for all that ask at the same time, and never answers what is older than the question', async () => {
    const { state, revisions } = revisionsOver();
    const early = Array.from({ length: 50 }, () => revisions.commitOf('u', 'main', false));
    state.refs = { refs: [{ name: 'refs/heads/main', commit: two }] };
    const fresh = Array.from({ length: 50 }, () => revisions.commitOf('u', 'main', true));

    expect(new Set(await Promise.all(early))).toEqual(new Set([one]));
    expect(new Set(await Promise.all(fresh))).toEqual(new Set([two]));
    expect(state.lists).toBe(2);
  });

  it('keeps no fault', async () => {
    const { state, revisions } = revisionsOver();
    const { refs } = state;
    state.refs = { fault: 'repository not found: ' };
    await expect(revisions.commitOf('u', 'main', false)).rejects.toThrow(
      'failed to list refs: repository not found: ',
    );
    state.refs = refs;
    await expect(revisions.commitOf('u', 'main', false)).resolves.toBe(one);
    await expect(revisions.commitOf('u', 'x', false)).rejects.toThrow(
      "unable to resolve 'x' to a commit SHA",
    );
  });

  it('asks nobody for a whole hash or an exact version', async () => {
    const { state, revisions } = revisionsOver();
    const source = { repoURL: 'u', chart: 'c' };

    expect(await revisions.commitOf('u', two, true)).toBe(two);
    expect(await revisions.versionOf(source, '7', true)).toBe('7');
    expect(state.lists).toBe(0);
    expect(await revisions.versionOf(source, '1.x', false)).toBe('1.1.0');
    await expect(revisions.versionOf(source, '2.x', false)).rejects.toThrow(
      'invalid revision: version matching constraint not found in 2 tags',
    );
    expect(state.lists).toBe(1);
  });
});
