import { InputError, RemoteError } from '@tidegate/core';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { failureOf, putFiles, scratchFolders } from '../test/scratch.ts';
import { folderRepository } from './folder-repository.ts';

const scratch = scratchFolders();

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await scratch(), 'my charts');
  await putFiles(folder, files);
  return pathToFileURL(folder).href;
}

describe('folderRepository', () => {
  it('finds archives by name where there is no index', async () => {
    const url = await folderWith({ 'a-1.0.0.tgz': 'one', 'a-b-1.0.0.tgz': 'two' });
    const offer = await folderRepository(url).find('a', '1.0.0');

    expect(offer.digest).toBeUndefined();
    expect(Buffer.from(await offer.download()).toString()).toBe('one');
  });

  it('says which versions lie there without an index', async () => {
    const url = await folderWith({
      'a-1.0.0.tgz': '',
      'a-2.0.0.tgz': '',
      'a-2.0.0.tgz.prov': '',
      'a-b-3.0.0.tgz': '',
    });
    const error = await failureOf(folderRepository(url).find('a', '1.5.0'));

    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).hint).toBe('versions there: 2.0.0, 1.0.0');
  });

  it('takes the archives beside an index that was made for a web server', async () => {
    const index = 'entries: {a: [{version: 1.0.0, urls: ["https://h.example/r/a-1.0.0%2Bx.tgz"]}]}';
    const url = await folderWith({ 'index.yaml': index, 'a-1.0.0+x.tgz': 'here' });
    const offer = await folderRepository(url).find('a', '1.0.0');

    expect(Buffer.from(await offer.download()).toString()).toBe('here');
  });

  it.each(['../outside.tgz', 'x/../../outside.tgz', '/etc/hostname', 'file:///etc/hostname', '.'])(
    'does not follow an index to %s',
    async (file) => {
      const index = `entries: {a: [{version: 1.0.0, urls: [${JSON.stringify(file)}]}]}`;
      const url = await folderWith({ 'index.yaml': index, '../outside.tgz': 'secret' });
      const offer = await folderRepository(url).find('a', '1.0.0');
      const error = await failureOf(offer.download());

      expect(error).toBeInstanceOf(RemoteError);
      expect(error.message).toContain('leads out of the folder');
    },
  );

  it('names the archive that an index promises in vain', async () => {
    const url = await folderWith({ 'index.yaml': 'entries: {a: [{version: 1.0.0}]}' });
    const offer = await folderRepository(url).find('a', '1.0.0');
    const error = await failureOf(offer.download());

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/^chart a 1\.0\.0 is not in the folder .*: no a-1\.0\.0\.tgz$/);
  });

  it('says that a folder is missing', async () => {
    const url = pathToFileURL(join(await scratch(), 'nowhere')).href;
    const error = await failureOf(folderRepository(url).find('a', '1.0.0'));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toBe(`${fileURLToPath(url)} cannot be reached: there is no such folder`);
  });

  it('says that a place cannot be read', async () => {
    const folder = await scratch();
    await putFiles(folder, { 'index.yaml/x': '' });
    const error = await failureOf(folderRepository(pathToFileURL(folder).href).find('a', '1.0.0'));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('index.yaml cannot be read: EISDIR');
  });

  it('refuses a URL that names no folder of this machine', () => {
    expect(() => folderRepository('file://elsewhere/charts')).toThrow(InputError);
  });

  it('refuses an index that is none', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'index.yaml'), 'hello');
    const find = folderRepository(pathToFileURL(folder).href).find('a', '1.0.0');

    expect(await failureOf(find)).toBeInstanceOf(RemoteError);
  });
});
