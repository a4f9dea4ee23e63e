import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyReport, chartBump, reportWith } from '../../../test/diff-reports.ts';
import type { DiffReport } from '../model.ts';
import { formatJson } from './json.ts';

/** The same data with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

it('is the report', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const plain = JSON.parse(JSON.stringify(report)) as unknown;
      expect(JSON.parse(formatJson(report))).toEqual(plain);
    }),
  );
});

it('does not depend on how the objects were put together', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      expect(formatJson(reversed(report) as DiffReport)).toBe(formatJson(report));
    }),
  );
});

it('begins with what is compared', () => {
  expect(formatJson(chartBump).split('\n').slice(0, 7)).toEqual([
    '{',
    '  "base": "origin/main",',
    '  "head": "3f9a12c",',
    '  "environments": [',
    '    {',
    '      "environment": "preprod",',
    '      "applications": 812,',
  ]);
});

it('has no invisible character', () => {
  expect(formatJson(reportWith('\u202e\u009b2J\u200b'))).not.toMatch(/[\u0080-\uffff]/);
});
