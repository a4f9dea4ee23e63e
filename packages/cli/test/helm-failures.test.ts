import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';
import { exampleFolder, packedCharts, removeFolder, testCacheDir } from './workbench.ts';

/** What users see of a helm that does not do its work. Scripts stand in for it. */
let folder: string;

beforeAll(async () => {
  folder = await exampleFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

async function renderWith(script: string): Promise<{ exitCode: number; stderr: string }> {
  const helm = join(folder, 'helm');
  const version = 'if [ "$1" = version ]; then echo v4.0.0; exit 0; fi';
  await writeFile(helm, `#!/bin/sh\n${version}\n${script}\n`);
  await chmod(helm, 0o755);
  const io = testIo({ cwd: folder });
  const charts = ['--charts-url', await packedCharts(), '--cache-dir', testCacheDir, '--no-cache'];
  const args = ['render', 'qa', 'backup', '--helm', './helm', '--timeout', '1', ...charts];
  const exitCode = await runProgram(args, io);
  expect(io.printed.stdout).toBe('');
  return { exitCode, stderr: io.printed.stderr };
}

describe('a helm that', () => {
  it('hangs is stopped after the timeout', async () => {
    const { exitCode, stderr } = await renderWith('sleep 60');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('helm did not finish within 1 s and was stopped');
    expect(stderr).toContain('rendering dlt-backup-qa with chart dlt-backup 0.3.1');
    expect(stderr).toContain('hint: a longer time can be given with --timeout');
  });

  it('fails is shown with its own message', async () => {
    const { exitCode, stderr } = await renderWith('echo "Error: no such thing" >&2; exit 1');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^error: argocd\/qa\/app-backup.yaml:\d+:\d+: /m);
    expect(stderr).toContain('note: rendering with Helm v4.0.0, ');
    expect(stderr).toContain('does not render: no such thing');
  });

  it('is killed is a failure of the tool', async () => {
    const { exitCode, stderr } = await renderWith('kill -9 $$');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('helm was killed by SIGKILL');
  });
});
