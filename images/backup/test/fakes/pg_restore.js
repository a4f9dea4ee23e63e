import { readFileSync } from 'node:fs';
import { record } from './record.js';

record('pg_restore');
if (!readFileSync(process.argv.at(-1), 'utf8').startsWith('PGDMP')) {
  process.stderr.write('pg_restore: error: input file does not appear to be a valid archive\n');
  process.exitCode = 1;
}
