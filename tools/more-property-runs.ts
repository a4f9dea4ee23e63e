import fc from 'fast-check';

// Loaded by vitest where PROPERTY_RUNS is set: the long search behind `npm run properties`.
fc.configureGlobal({ numRuns: Number(process.env['PROPERTY_RUNS']) });
