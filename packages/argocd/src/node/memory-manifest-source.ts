import type { ChartRenderer } from '@tidegate/core';
import type { Clock } from '@tidegate/kube';
import type { ChartStore } from '@tidegate/node';
import type { ManifestSource } from '../ports/manifests.ts';
import { createManifestSource, type PauseSettings } from '../repository/index.ts';
import { chartHelm } from './chart-helm.ts';
import { memoryCharts, type MemoryCharts } from './memory-charts.ts';
import { memoryRepositories, type MemoryRepositories } from './memory-repositories.ts';

export interface MemoryManifestOptions {
  readonly repositories?: MemoryRepositories;
  readonly charts?: MemoryCharts;
  /** Opens what renders charts, such as `openChosenRenderer` does. */
  readonly openRenderer: (charts: ChartStore) => ChartRenderer;
  readonly clock: Clock;
  readonly revisionCacheMs: number;
  readonly pause?: PauseSettings;
  /** `ARGOCD_EXEC_TIMEOUT`, by the machine's clock. Default: 90 s. */
  readonly execTimeoutMs?: number;
  readonly onBug?: (error: unknown) => void;
}

/** A manifest source whose repositories and charts are in memory, and can be changed. */
export interface MemoryManifestSource extends ManifestSource {
  readonly repositories: MemoryRepositories;
  readonly charts: MemoryCharts;
  /** How many requests are not answered yet: while there are some, virtual time has to stand still. */
  pending(): number;
  /** Removes what rendering left on the disk. */
  close(): Promise<void>;
}

/** For tests and for replaying what was recorded: everything in memory but the renderer, which is a real one. */
export function memoryManifestSource(options: MemoryManifestOptions): MemoryManifestSource {
  const { repositories = memoryRepositories(), charts = memoryCharts() } = options;
  const { openRenderer, execTimeoutMs: timeoutMs } = options;
  const helm = chartHelm({
    openRenderer,
    charts,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const source = createManifestSource({ ...options, git: repositories, charts, helm });
  let pending = 0;
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    pending += 1;
    try {
      return await work();
    } finally {
      pending -= 1;
    }
  };
  return {
    repositories,
    charts,
    generate: (request) => counted(() => source.generate(request)),
    directories: (request) => counted(() => source.directories(request)),
    pending: () => pending,
    close: () => helm.close(),
  };
}
