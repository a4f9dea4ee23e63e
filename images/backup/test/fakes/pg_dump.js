// Writes a dump when the password file holds $FAKE_PG_PASSWORD, as libpq escapes it.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { record } from './record.js';

record('pg_dump');
const option = (name) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
const file = process.env.PGPASSFILE;
const expected = `*:*:*:*:${process.env.FAKE_PG_PASSWORD}\n`;
if (readFileSync(file, 'utf8') !== expected || (statSync(file).mode & 0o077) !== 0) {
  process.stderr.write('pg_dump: error: password authentication failed\n');
  process.exitCode = 1;
} else {
  const content = `PGDMP ${option('host')} ${option('port')} ${option('dbname')} ${option('username')}`;
  writeFileSync(option('file'), process.env.FAKE_PG_BROKEN ? 'half' : content);
}
