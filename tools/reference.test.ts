import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { referencePages } from './reference.ts';

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));

describe('docs/reference', () => {
  it.each([...referencePages()])('%s says what the code does', (name, content) => {
    expect(content, 'run "npm run reference"').toBe(readFileSync(join(folder, name), 'utf8'));
  });

  it('has a meaning for every field of tidegate.yaml', () => {
    const rows = (referencePages().get('tidegate-yaml.md') ?? '').split('\n');
    expect(rows.filter((row) => /^\| `(?!.*<name>` ).*\|\s*\|$/.test(row))).toEqual([]);
  });

  it('has no page that nothing makes, but the one written by hand', () => {
    const pages = [...referencePages().keys(), 'argocd-semantics.md'];
    expect(readdirSync(folder).sort()).toEqual(pages.sort());
  });
});
