import { runTool } from '@tidegate/node';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../src/program.ts';
import { testIo } from './test-io.ts';

/** What a real bash offers after these words; the last one is being typed. */
async function offered(words: readonly string[]): Promise<string[]> {
  const io = testIo({ cwd: '/' });
  expect(await runProgram(['completion', 'bash'], io)).toBe(0);
  const script = `${io.printed.stdout}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidegate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const result = await runTool('bash', { args: ['-c', script, 'bash', ...words] });
  expect(result.stderr).toBe('');
  return result.stdout.toString().trim().split('\n');
}

describe('completion in bash', () => {
  it.each([
    { words: ['tidegate', 'inv'], expected: ['inventory'] },
    { words: ['tidegate', 'node', ''], expected: ['add', 'list', '-h', '--help'] },
    { words: ['tidegate', 'node', 'add', '--r'], expected: ['--role'] },
    { words: ['tidegate', 'node', 'add', '--role', ''], expected: ['validator', 'observer'] },
    {
      words: ['tidegate', 'inventory', 'qa', '-o', ''],
      expected: ['table', 'json', 'yaml', 'markdown'],
    },
    { words: ['tidegate', 'completion', 'p'], expected: ['powershell'] },
    { words: ['tidegate', 'no-such-word'], expected: [''] },
  ])('$words', async ({ words, expected }) => {
    expect(await offered(words)).toEqual(expected);
  });
});
