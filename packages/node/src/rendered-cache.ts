import { holdsSecrets, type ChartRenderer, type RenderRequest } from '@tidegate/core';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessCancelled } from './cancel.ts';
import type { ChartStore } from './chart-store.ts';
import { sha256 } from './digest.ts';
import { ignoreSystemErrors, isSystemError, writeAtomically } from './files.ts';
import { Limiter } from './limiter.ts';
import type { Clock } from './system-clock.ts';

export interface CachedRendererOptions {
  readonly cacheDir: string;
  /** Version of the Helm that output is wanted of. */
  readonly helmVersion: string;
  readonly charts: ChartStore;
  readonly clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Output that nobody asked for in this time is removed. */
const keepMs = 14 * dayMs;
/** Entries that are read at once: callers may ask for thousands together. */
const readsMax = 32;

/**
 * Keeps rendered output on disk, keyed by the content of everything that decides it: chart archive,
 * Helm's version, values, parameters, names, Kubernetes and API versions. Failures are not kept,
 * and what holds secrets is not either: caches end up as artifacts of pipelines. A cache that cannot be
 * written costs time, never the result.
 */
export function cachedRenderer(
  renderer: ChartRenderer,
  options: CachedRendererOptions,
): ChartRenderer {
  const folder = join(options.cacheDir, 'rendered');
  const reads = new Limiter(readsMax);
  let pruned: Promise<void> | undefined;
  return {
    render: async (request, cancellation) => {
      const chart = await unlessCancelled(options.charts.fetch(request.chart), cancellation);
      const { helmVersion } = options;
      const pathOf = (version: string): string => {
        const key = renderKey(request, chart.digest, version);
        return join(folder, key.slice(0, 2), key);
      };
      const path = pathOf(helmVersion);
      const known = await reads.run(() => readIntact(path, options.clock));
      if (known !== undefined) {
        return { manifest: known, fromCache: true, chartDigest: chart.digest, helmVersion };
      }
      const result = await renderer.render(request, cancellation);
      if (holdsSecrets(result.manifest)) return result;
      // Another renderer may have stepped in, with another Helm.
      const place = result.helmVersion === helmVersion ? path : pathOf(result.helmVersion);
      await ignoreSystemErrors(writeAtomically(place, seal(result.manifest)));
      await (pruned ??= ignoreSystemErrors(prune(folder, options.clock)));
      return result;
    },
  };
}

/** Digest of everything that decides the output. Paths of values files do not. */
export function renderKey(
  request: RenderRequest,
  chartDigest: string,
  helmVersion: string,
): string {
  return sha256(
    JSON.stringify([
      'rendered/3',
      helmVersion,
      chartDigest,
      request.releaseName,
      request.namespace,
      request.kubeVersion,
      request.apiVersions,
      request.parameters.map(({ name, value, forceString }) => [name, value, forceString]),
      request.values.map(({ content }) => content),
      [request.skipCrds, request.skipTests, request.skipSchemaValidation].map((is) => is === true),
    ]),
  );
}

/** The output behind its own digest: what a crash or a full disk left behind is no answer. */
function seal(manifest: string): string {
  return `${sha256(manifest)}\n${manifest}`;
}

async function readIntact(path: string, clock: Clock): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const manifest = text.slice(65);
    if (text.slice(0, 64) !== sha256(manifest)) return undefined;
    await touch(path, clock);
    return manifest;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Marks the entry as used, at most once a day. */
async function touch(path: string, clock: Clock): Promise<void> {
  const { mtimeMs } = await stat(path);
  const now = clock.nowMs();
  if (now - mtimeMs > dayMs) await ignoreSystemErrors(utimes(path, now / 1000, now / 1000));
}

/** Removes what was not used for long; looks once a day. */
async function prune(folder: string, clock: Clock): Promise<void> {
  const marker = join(folder, '.pruned');
  const now = clock.nowMs();
  const last = await stat(marker).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (now - last < dayMs) return;
  await writeFile(marker, '');
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await ignoreSystemErrors(removeUnused(path, now));
  }
}

async function removeUnused(path: string, now: number): Promise<void> {
  if (now - (await stat(path)).mtimeMs > keepMs) await rm(path, { force: true });
}
