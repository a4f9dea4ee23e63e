import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from './run-folder.ts';

const gate = 'example.dev/Gate';
const files = {
  [`${gate}/health.lua`]:
    'if obj.phase == nil then error("no phase") end return {status = obj.phase, message = "m"}',
  [`${gate}/health_test.yaml`]: [
    'tests:',
    '- {inputPath: testdata/ready.yaml, healthStatus: {status: Healthy, message: m}}',
    '- {inputpath: testdata/ready.yaml, healthStatus: {status: Degraded, message: m}}',
    '- {inputPath: testdata/none.yaml, healthStatus: {status: Unknown}}',
    '- {inputPath: testdata/absent.yaml, healthStatus: {status: Unknown}}',
  ].join('\n'),
  [`${gate}/testdata/ready.yaml`]: 'apiVersion: example.dev/v1\nkind: Gate\nphase: Healthy\n',
  [`${gate}/testdata/none.yaml`]: 'apiVersion: example.dev/v1\nkind: Gate\n',
  [`${gate}/actions/discovery.lua`]:
    'return {open = {disabled = false}, close = {disabled = true}}',
  [`${gate}/actions/open/action.lua`]: 'obj.phase = actionParams["to"] return obj',
  [`${gate}/actions/action_test.yaml`]: [
    'discoveryTests:',
    '- inputPath: ../testdata/ready.yaml',
    '  result: [{name: open}, {name: close, disabled: true}]',
    '- {inputPath: ../testdata/ready.yaml, result: [{name: open}]}',
    'actionTests:',
    '- action: open',
    '  inputPath: ../testdata/ready.yaml',
    '  expectedOutputPath: ../testdata/ready.yaml',
    '  parameters: {to: Healthy}',
    '- action: open',
    '  inputPath: ../testdata/ready.yaml',
    '  expectedOutputPath: ../testdata/ready.yaml',
    '  parameters: {to: Degraded}',
  ].join('\n'),
  // The script of an object's own kind goes before that of a wildcard.
  '_.dev/_/health.lua': 'return {status = "Missing"}',
  '_.dev/_/health_test.yaml': [
    'tests:',
    '- {inputPath: ../../example.dev/Gate/testdata/ready.yaml, healthStatus: {status: Healthy, message: m}}',
    '- {inputPath: other.yaml, healthStatus: {status: Missing}}',
  ].join('\n'),
  '_.dev/_/other.yaml': 'apiVersion: other.dev/v1\nkind: Other\n',
  'elsewhere/deeper/below/health_test.yaml': 'tests: [{inputPath: none}]',
};

async function run(filter?: string): Promise<{ isFine: boolean; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'lua-health-'));
  const lines: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const output = { print: (line: string) => lines.push(line), warn: () => undefined };
    const options = { forms: [], ...(filter === undefined ? {} : { filter }) };
    return { isFine: await runFolder(folder, options, output), lines };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('cases of health checks and actions lie in folders by group and kind', async () => {
  const { isFine, lines } = await run();
  expect(isFine).toBe(false);
  expect(lines.filter((line) => /passed|failed:/.test(line))).toEqual([
    '_.dev/_/health_test.yaml: passed 2, failed 0, not covered 0',
    'example.dev/Gate/actions/action_test.yaml: passed 2, failed 2, not covered 0',
    '  failed: discovery/../testdata/ready.yaml',
    '  failed: open/../testdata/ready.yaml',
    'example.dev/Gate/health_test.yaml: passed 1, failed 3, not covered 0',
    '  failed: testdata/ready.yaml',
    '  failed: testdata/none.yaml',
    '  failed: testdata/absent.yaml',
  ]);
  expect(lines.join('\n')).toContain('"<string>:1: no phase"');
});

test('a filter looks at files and titles', async () => {
  expect(await run('_.dev')).toEqual({
    isFine: true,
    lines: ['_.dev/_/health_test.yaml: passed 2, failed 0, not covered 0'],
  });
});
