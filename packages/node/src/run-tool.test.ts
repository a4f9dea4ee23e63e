import { ToolError } from '@tidegate/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { failureOf, putScript, scratchFolders } from '../test/scratch.ts';
import { runTool, toolEnvironment } from './run-tool.ts';

const scratch = scratchFolders();

async function run(
  body: string,
  options: Partial<Parameters<typeof runTool>[1]> = {},
): ReturnType<typeof runTool> {
  return runTool(await putScript(await scratch(), 'tool', body), { args: [], ...options });
}

async function timeMs(work: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work.catch(() => undefined);
  return performance.now() - begin;
}

describe('runTool', () => {
  it('gives exit code and output, each byte as printed', async () => {
    const result = await run(String.raw`printf 'a\000\377\n'; printf 'ü\n' >&2; exit 7`);

    expect(result.exitCode).toBe(7);
    expect(result.stdout).toEqual(Buffer.from([0x61, 0, 0xff, 0x0a]));
    expect(result.stderr).toBe('ü\n');
  });

  it('passes arguments as they are, and through no shell', async () => {
    const args = ['$HOME', 'two words', '; exit 3', '`id`', "it's", '', '--dash'];
    const result = await run(`for arg in "$@"; do printf '%s\\n' "$arg"; done`, { args });

    expect(result.stdout.toString().split('\n').slice(0, -1)).toEqual(args);
  });

  it('gives the program what it asked for as input, and nothing else', async () => {
    expect((await run('cat', { input: 'text\n' })).stdout.toString()).toBe('text\n');
    expect((await run('cat')).stdout.toString()).toBe('');
  });

  it('survives a program that reads none of its input', async () => {
    expect((await run('exit 0', { input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('gives the program the environment that was named, whole', async () => {
    const result = await run('env', { env: { PATH: '/usr/bin:/bin', ONE: '1' } });
    const names = result.stdout.toString().match(/^\w+(?==)/gm);

    expect(names?.filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual(
      ['ONE', 'PATH'],
    );
  });

  it('takes megabytes of output on both streams', async () => {
    const result = await run(
      'head -c 20000000 /dev/zero & head -c 20000000 /dev/zero >&2; wait; exit 0',
    );

    expect(result.stdout.length).toBe(20_000_000);
    expect(result.stderr.length).toBe(20_000_000);
  });

  it('stops a program that prints without end', async () => {
    const error = await failureOf(run('yes'));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe('tool printed more than 64 MiB and was stopped');
  });

  it.each([
    ['hangs', 'exec sleep 30'],
    ['ignores SIGTERM', "trap '' TERM INT HUP; while :; do sleep 0.05; done"],
    ['hangs, with a child that holds its output', 'sleep 5 & wait'],
  ])('stops a program that %s', async (_, body) => {
    const work = failureOf(run(body, { timeoutMs: 300 }));

    expect(await timeMs(work)).toBeLessThan(3_000);
    expect(await work).toBeInstanceOf(ToolError);
    expect((await work).message).toBe('tool did not finish within 0.3 s and was stopped');
    expect(((await work) as ToolError).exitCode).toBe(4);
  });

  it('does not wait for a child that outlives the program and holds its output', async () => {
    const work = run('echo answer; sleep 5 & exit 3', { timeoutMs: 20_000 });

    expect(await timeMs(work)).toBeLessThan(3_000);
    expect((await work).exitCode).toBe(3);
    expect((await work).stdout.toString()).toBe('answer\n');
  });

  it('reads all that was printed before such an end', async () => {
    const work = run('head -c 3000000 /dev/zero; sleep 5 & exit 0');

    expect((await work).stdout.length).toBe(3_000_000);
  });

  it.each([
    ['a program at work', 50],
    ['a program that has not started', 0],
  ])('is interrupted: %s', async (_, afterMs) => {
    const controller = new AbortController();
    const work = failureOf(run('trap "" TERM; sleep 5 & wait', { signal: controller.signal }));
    if (afterMs > 0) await sleep(afterMs);
    controller.abort();

    expect(await timeMs(work)).toBeLessThan(3_000);
    expect(await work).toBeInstanceOf(ToolError);
    expect((await work).message).toBe('tool was interrupted');
  });

  it('says that a program was killed', async () => {
    const error = await failureOf(run('kill -9 $$'));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe('tool was killed by SIGKILL');
  });

  it('says that a program is missing, and how to get it', async () => {
    const error = await failureOf(runTool('/nowhere/tool', { args: ['--token', 'secret'] }));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe('tool is missing');
    expect((error as ToolError).hint).toBe('install tool and have it on PATH');
  });

  it('says that a file is no program, without its arguments', async () => {
    const folder = await scratch();
    const error = await failureOf(runTool(folder, { args: ['--token', 'secret'] }));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toMatch(/ cannot be run: spawn .* EACCES$/);
    expect(error.message).not.toContain('secret');
  });
});

describe('toolEnvironment', () => {
  it('keeps what any program needs, and a neutral locale', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/x',
      LANG: 'de_DE',
      AWS_SECRET: 's',
      TIDEGATE_CHARTS_TOKEN: 't',
    };

    expect(toolEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/home/x', LC_ALL: 'C' });
  });
});
