import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/**/*.test.ts',
      'images/**/*.test.ts',
    ],
    setupFiles: process.env['PROPERTY_RUNS'] === undefined ? [] : ['./tools/more-property-runs.ts'],
    reporters: ['default', './tools/summary-reporter.ts'],
    testTimeout: process.env['PROPERTY_RUNS'] === undefined ? 60_000 : 3_600_000,
    hookTimeout: 120_000,
  },
});
