import { appendFileSync } from 'node:fs';

/** Writes down how a fake was called, for tests that look for secrets there. */
export function record(tool) {
  const { FAKE_LOG: file } = process.env;
  const entry = { tool, argv: process.argv.slice(2), env: process.env };
  if (file) appendFileSync(file, `${JSON.stringify(entry)}\n`);
}
