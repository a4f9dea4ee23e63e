import type { ChartRenderer } from '@tidegate/core';
import type { Clock } from '@tidegate/kube';
import { httpGet, systemClock, type ChartCredentials, type ChartStore } from '@tidegate/node';
import { join } from 'node:path';
import type { ManifestSource } from '../ports/manifests.ts';
import { createManifestSource, type PauseSettings } from '../repository/index.ts';
import { chartHelm } from './chart-helm.ts';
import { chartRepositories } from './chart-repositories.ts';
import { gitRepositories } from './git-repositories.ts';

export interface NodeManifestOptions {
  /** Folder for copies of repositories and for indexes. */
  readonly cacheDir: string;
  /** Where repositories really are, by the URL in the manifests: another URL, or for Git a path. */
  readonly urls?: ReadonlyMap<string, string>;
  /** By the place where a chart repository really is. */
  readonly chartCredentials?: ReadonlyMap<string, ChartCredentials>;
  /** Variables for git, such as what lets it sign in. */
  readonly gitEnvironment?: (repoURL: string) => Readonly<Record<string, string>>;
  /** Opens what renders charts, such as `openChosenRenderer` does. */
  readonly openRenderer: (charts: ChartStore) => ChartRenderer;
  /** What ages are told by. Repositories and Helm are waited for by the machine's clock. */
  readonly clock: Clock;
  readonly revisionCacheMs: number;
  readonly pause?: PauseSettings;
  /** `ARGOCD_EXEC_TIMEOUT`, for Helm and for fetching. Default: 90 s. */
  readonly execTimeoutMs?: number;
  /** `ARGOCD_GIT_REQUEST_TIMEOUT`. Default: 15 s. */
  readonly listTimeoutMs?: number;
  readonly onBug?: (error: unknown) => void;
}

/** A manifest source over real repositories. */
export interface NodeManifestSource extends ManifestSource {
  /** Removes what rendering left on the disk; copies of repositories stay. */
  close(): Promise<void>;
}

const valuesBytesMax = 16 * 1024 * 1024;

/** Reads Git repositories by URL or path, Helm repositories over HTTP or in folders, and OCI registries. */
export function nodeManifestSource(options: NodeManifestOptions): NodeManifestSource {
  const { cacheDir, urls = new Map<string, string>(), execTimeoutMs = 90_000 } = options;
  const clock = systemClock();
  const charts = chartRepositories({
    cacheDir: join(cacheDir, 'charts'),
    clock,
    urls,
    ...(options.chartCredentials === undefined ? {} : { credentials: options.chartCredentials }),
  });
  const git = gitRepositories({
    cacheDir: join(cacheDir, 'git'),
    urls,
    fetchTimeoutMs: execTimeoutMs,
    ...(options.listTimeoutMs === undefined ? {} : { listTimeoutMs: options.listTimeoutMs }),
    ...(options.gitEnvironment === undefined ? {} : { environmentOf: options.gitEnvironment }),
  });
  const helm = chartHelm({
    openRenderer: options.openRenderer,
    charts,
    timeoutMs: execTimeoutMs,
    fetchText: async (url) => {
      const { body } = await httpGet({ url, timeoutMs: 60_000, bytesMax: valuesBytesMax }, clock);
      return new TextDecoder().decode(body);
    },
  });
  const source = createManifestSource({ ...options, git, charts, helm });
  return { ...source, close: () => helm.close() };
}
