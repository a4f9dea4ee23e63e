import { runTool } from '@tidegate/node';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exampleFolder, removeFolder } from './workbench.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await exampleFolder();
  // A difference that is longer than what a pipe holds.
  await writeFile(join(folder, 'bootstrap/qa/argocd.yaml'), '# gone\n'.repeat(50_000));
});

afterAll(async () => {
  await removeFolder(folder);
});

it.each([
  ['generate --check', '| head -1', 1],
  ['render nosuch', '2>&1 >/dev/null | true', 2],
])('%s %s keeps its exit code', async (command, reader, exitCode) => {
  const program = `"${process.execPath}" --import tsx "${main}" --dir "${folder}" ${command}`;
  const script = `${program} ${reader}; echo "\${PIPESTATUS[0]}"`;
  const result = await runTool('bash', { args: ['-c', script] });
  expect(result.stdout.toString().trim().split('\n').at(-1)).toBe(String(exitCode));
});
