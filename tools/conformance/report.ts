import type { FileReport } from './run.ts';

const longestValue = 600;

/** The lines about a file: its sums, what is not covered, and what differed. */
export function reportLines(name: string, report: FileReport): string[] {
  const uncovered = report.gaps.reduce((sum, { count }) => sum + count, 0);
  return [
    `${name}: passed ${report.passed}, failed ${report.failures.length}, not covered ${uncovered}`,
    ...report.gaps.map(({ form, why, count }) => `  not covered: ${form} (${count}): ${why}`),
    ...report.failures.flatMap(({ title, differences }) => [
      `  failed: ${title}`,
      ...differences.flatMap(({ where, expected, got }) => [
        `    where:    ${where === '' ? 'the case' : where}`,
        `    expected: ${valueText(expected)}`,
        `    got:      ${valueText(got)}`,
      ]),
    ]),
  ];
}

function valueText(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}
