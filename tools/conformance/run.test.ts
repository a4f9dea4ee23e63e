import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences } from './compare.ts';
import { defineForm, uncoveredForm, type ConformanceForm } from './form.ts';
import { allForms } from './forms/index.ts';
import { reportLines } from './report.ts';
import { runFile } from './run.ts';
import { runFolder } from './run-folder.ts';
import { setPath } from './set-path.ts';

interface SumCase {
  readonly left: number;
  readonly right: number;
  readonly sum: number;
}

const forms: ConformanceForm[] = [
  defineForm<SumCase>({
    name: 'sums',
    key: 'cases',
    fields: ['left', 'right', 'sum'],
    run: ({ left, right, sum }) => {
      if (left < 0) throw new Error('no negative numbers');
      return differences(sum, left + right, 'sum');
    },
  }),
  defineForm<{ text: string; by: number; length: number }>({
    name: 'lengths',
    key: 'nested',
    fields: ['text'],
    run: ({ text, length }, { group }) =>
      Promise.resolve(differences(length, text.length * Number(group['by']), 'length')),
  }),
  uncoveredForm('recordings', undefined, ['steps'], 'later'),
];

describe('a file', () => {
  test('is told apart by what it holds', async () => {
    const content = {
      source: 'nowhere',
      cases: [
        { left: 1, right: 2, sum: 3 },
        { name: 'wrong', left: 1, right: 2, sum: 4 },
        { left: 1, sum: 1 },
      ],
      nested: { by: 2, cases: [{ text: 'ab', length: 4 }] },
      facts: ['a', 'b'],
    };
    const report = await runFile('a.json', content, { forms });
    expect(report).toEqual({
      passed: 2,
      failures: [
        { title: 'cases[1] (wrong)', differences: [{ where: 'sum', expected: 4, got: 3 }] },
      ],
      gaps: [
        { form: 'cases', why: 'no form takes these cases', count: 1 },
        { form: 'facts', why: 'no form takes these cases', count: 2 },
      ],
    });
  });

  test('may be a case as a whole', async () => {
    const report = await runFile('a.json', { steps: [1, 2, 3], cases: [] }, { forms });
    expect(report?.gaps).toEqual([{ form: 'recordings', why: 'later', count: 1 }]);
  });

  test('fails where a case breaks off', async () => {
    const content = { cases: [{ left: -1, right: 0, sum: 0 }] };
    const report = await runFile('a.json', content, { forms });
    expect(String(report?.failures[0]?.differences[0]?.got)).toContain('no negative numbers');
  });

  test('has nothing to run without cases, or with none that the filter leaves', async () => {
    expect(await runFile('a.json', { version: 1 }, { forms })).toBeUndefined();
    expect(await runFile('a.json', [1], { forms })).toBeUndefined();
    const content = { cases: [{ name: 'one', left: 1, right: 2, sum: 3 }] };
    expect(await runFile('a.json', content, { forms, filter: 'two' })).toBeUndefined();
    expect(await runFile('a.json', content, { forms, filter: 'one' })).toMatchObject({ passed: 1 });
    expect(await runFile('two.json', content, { forms, filter: 'two' })).toMatchObject({
      passed: 1,
    });
  });
});

test('the report: sums, gaps, differences', () => {
  const failures = [
    { title: 'cases[0]', differences: [{ where: '', expected: 'x'.repeat(700), got: undefined }] },
  ];
  const gaps = [{ form: 'facts', why: 'none', count: 2 }];
  expect(reportLines('a.json', { passed: 3, failures, gaps })).toEqual([
    'a.json: passed 3, failed 1, not covered 2',
    '  not covered: facts (2): none',
    '  failed: cases[0]',
    '    where:    the case',
    `    expected: "${'x'.repeat(599)}...`,
    '    got:      nothing',
  ]);
});

describe('a folder', () => {
  async function run(files: Record<string, string>, filter?: string): Promise<unknown> {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    const lines: string[] = [];
    const warnings: string[] = [];
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const output = {
        print: (line: string) => lines.push(line),
        warn: (line: string) => warnings.push(line.replace(folder, 'DIR')),
      };
      const options = { forms, ...(filter === undefined ? {} : { filter }) };
      const isFine = await runFolder(folder, options, output);
      return { isFine, lines, warnings: warnings.map((line) => line.slice(0, 40)) };
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const good = JSON.stringify({ cases: [{ left: 1, right: 1, sum: 2 }] });
  const bad = JSON.stringify({ cases: [{ left: 1, right: 1, sum: 3 }] });

  test('passes when all cases pass', async () => {
    const files = { 'b.json': good, 'a.json': good, 'README.md': '#' };
    expect(await run(files)).toEqual({
      isFine: true,
      lines: [
        'a.json: passed 1, failed 0, not covered 0',
        'b.json: passed 1, failed 0, not covered 0',
      ],
      warnings: [],
    });
  });

  test('fails when one fails, unless it is filtered out', async () => {
    expect(await run({ 'a.json': good, 'b.json': bad })).toMatchObject({ isFine: false });
    expect(await run({ 'a.json': good, 'b.json': bad }, 'a.json')).toMatchObject({ isFine: true });
  });

  test('warns of what it does not understand, and fails when that is all', async () => {
    expect(await run({ 'a.json': '{', 'b.json': '{}' })).toEqual({
      isFine: false,
      lines: [],
      warnings: [
        expect.stringContaining('DIR/a.json is no JSON'),
        'b.json: nothing in it is understood as a',
        'DIR has no case to run',
      ],
    });
  });
});

test('differences look at fields, not at their order', () => {
  expect(differences({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1, d: undefined })).toEqual(
    [],
  );
  expect(differences({ a: [1] }, { a: [1, 2] }, 'x')).toEqual([
    { where: 'x.a', expected: [1], got: [1, 2] },
  ]);
  expect(differences({ a: { b: null } }, { a: {} })).toEqual([
    { where: 'a.b', expected: null, got: undefined },
  ]);
});

test('setPath sets what a path names', () => {
  expect(setPath({ a: [{ b: 1 }], c: 2 }, 'a[0].b', 3)).toEqual({ a: [{ b: 3 }], c: 2 });
  expect(setPath(undefined, 'a[1]', 'x')).toEqual({ a: [undefined, 'x'] });
});

test('no two forms have the same name for the same key', () => {
  const ids = allForms.map(({ name, key }) => `${key ?? ''} ${name}`);
  expect(new Set(ids).size).toBe(ids.length);
});
