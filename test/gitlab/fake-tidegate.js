// Stands in for tidegate: writes down how it was called, and names a release where it is asked to.
import { appendFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
const { FAKE_TIDEGATE_RECORD: record = '', FAKE_TIDEGATE_EXIT: exit = '0' } = process.env;
appendFileSync(record, `${JSON.stringify({ args, env: process.env })}\n`);

const dotenv = args.indexOf('--dotenv');
const environment = args[0] === 'promote' ? args[2] : args[1];
if (dotenv > 0 && environment !== undefined) {
  const variable = `TIDEGATE_TAG_${environment.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  const number = args[0] === 'promote' ? 20 : 10;
  writeFileSync(args[dotenv + 1] ?? '', `${variable}=release/${environment}/${number}\n`);
}
process.exitCode = Number(exit);
