import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { referencePages } from './reference.ts';

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const [name, content] of referencePages()) {
  await writeFile(join(folder, name), content);
  console.log(`wrote docs/reference/${name}`);
}
