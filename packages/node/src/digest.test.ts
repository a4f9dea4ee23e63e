import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, scratchFolders } from '../test/scratch.ts';
import { fileSha256, sha256 } from './digest.ts';

const scratch = scratchFolders();
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('digests', () => {
  it('are SHA-256 as lower-case hex', () => {
    expect(sha256('abc')).toBe(ofAbc);
    expect(sha256(Buffer.from('abc'))).toBe(ofAbc);
  });

  it('are the same for a file as for its bytes', async () => {
    const file = join(await scratch(), 'file');
    for (const bytes of ['abc', '', 'x'.repeat(300_000)]) {
      await writeFile(file, bytes);
      expect(await fileSha256(file)).toBe(sha256(bytes));
    }
  });

  it('fail for a file that is not there', async () => {
    expect(await failureOf(fileSha256(join(await scratch(), 'none')))).toHaveProperty(
      'code',
      'ENOENT',
    );
  });
});
