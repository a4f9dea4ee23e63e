import { describe, expect, it } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import { testCacheDir } from './workbench.ts';

async function doctor(...args: string[]) {
  const io = testIo({ cwd: '/' });
  const all = ['doctor', '--cache-dir', testCacheDir, '-o', 'json', ...args];
  const exitCode = await runProgram(all, io);
  const found = JSON.parse(io.printed.stdout) as {
    what: string;
    isFound: boolean;
    detail: string;
  }[];
  return { exitCode, found: new Map(found.map((finding) => [finding.what, finding])) };
}

describe('doctor', () => {
  it('shows Node, Git, Helm and the renderer', async () => {
    const { exitCode, found } = await doctor('--renderer', 'helm');

    expect(exitCode).toBe(0);
    expect(found.get('node')?.detail).toBe(process.version);
    expect(found.get('git')?.detail).toMatch(/^\d+\.\d+/);
    expect(found.get('helm')?.detail).toMatch(/^v\d+\.\d+\.\d+ \(/);
    expect(found.get('renderer')?.detail).toMatch(/^helm, Helm v/);
  });

  it('says which tokens pipelines need, and never what they are', async () => {
    const io = testIo({ cwd: '/', env: { TIDEGATE_GIT_TOKEN: 'secret' } });
    await runProgram(['doctor', '--renderer', 'helm', '--cache-dir', testCacheDir], io);

    expect(io.printed.stdout).toMatch(/^TIDEGATE_GIT_TOKEN +ok +set: .*release\/\*$/m);
    expect(io.printed.stdout).toMatch(/^TIDEGATE_NOTES_TOKEN +note +not set: /m);
    expect(io.printed.stdout).not.toContain('secret');
  });

  it('says what is missing, and ends with 1', async () => {
    const { exitCode, found } = await doctor('--helm', '/nowhere/helm');

    expect(exitCode).toBe(1);
    expect(found.get('helm')).toMatchObject({ isFound: false });
    expect(found.get('helm')?.detail).toContain(
      'helm is missing: /nowhere/helm cannot be run; install',
    );
  });
});
