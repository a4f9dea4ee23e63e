import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from './workbench.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await removeFolder(folder);
});

/** Runs `init` on a terminal (`script` makes one), answering each question as it appears. */
function initOnTerminal(answers: readonly (readonly [question: string, keys: string])[]) {
  const program = `'${process.execPath}' --import tsx '${main}' init '${join(folder, 'network')}'`;
  const env = { ...process.env, CI: '' };
  const child = spawn('script', ['--quiet', '--return', '--command', program, '/dev/null'], {
    env,
  });
  const waiting = [...answers];
  let shown = '';
  let answeredUpTo = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [next] = waiting;
    const at = next === undefined ? -1 : shown.indexOf(next[0], answeredUpTo);
    if (next === undefined || at === -1) return;
    answeredUpTo = at + next[0].length;
    waiting.shift();
    child.stdin.write(next[1]);
  });
  return new Promise<{ exitCode: number | null; shown: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, shown });
    });
  });
}

it('asks on a terminal, refuses a bad answer and takes the next', async () => {
  const { exitCode, shown } = await initOnTerminal([
    ['Name of the network', 'Bad Name\r'],
    ['expected a DNS label', '\u0015acme\r'],
    ['URL of this GitOps repository', '\r'],
    ['Branch that Argo CD follows', '\r'],
    ['Chart repository', '\r'],
    ['API group', 'platform.acme.example\r'],
    ['Time zone', 'Europe/Zurich\r'],
  ]);
  expect(exitCode, shown).toBe(0);
  const definition = await readFile(join(folder, 'network', 'tidegate.yaml'), 'utf8');
  expect(definition).toMatch(/^name: acme$/m);
  expect(definition).toMatch(/^ {2}group: platform\.acme\.example$/m);
  expect(definition).toMatch(/timeZone: Europe\/Zurich$/m);
  expect(definition).toMatch(/^ {2}branch: main$/m);
});
