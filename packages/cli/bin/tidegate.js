#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('error: tidegate is not built yet\nhint: run "npm run build"');
  process.exitCode = 4;
}
