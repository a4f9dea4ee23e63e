import { HelmFailure, RemoteError, type ChartRenderer } from '@tidegate/core';
import { sha256, type ChartStore } from '@tidegate/node';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChartFolder, ChartRepositories, Helm, TemplateAnswer } from '../repository/index.ts';
import { packChart } from './chart-archive.ts';
import { buildDependencies } from './chart-dependencies.ts';

export interface ChartHelmOptions {
  /** Opens what renders, over the charts that it is given here. Its own limit is to be longer than `timeoutMs`. */
  readonly openRenderer: (charts: ChartStore) => ChartRenderer;
  /** Where dependencies of charts come from. */
  readonly charts: ChartRepositories;
  /** `ARGOCD_EXEC_TIMEOUT`, in milliseconds of the machine's clock. Default: 90 s. */
  readonly timeoutMs?: number;
  /** Fetches a value file behind a URL. */
  readonly fetchText?: (url: string) => Promise<string>;
}

/** Helm over a renderer, and what it left on the disk. */
export interface ChartHelm extends Helm {
  /** Removes the archives that were written. */
  close(): Promise<void>;
}

/** Renders charts that come as files: packs each once, and gives it to a renderer. */
export function chartHelm(options: ChartHelmOptions): ChartHelm {
  const { timeoutMs = 90_000 } = options;
  const archives = new Archives();
  const renderer = options.openRenderer(archives);
  return {
    template: async (request) => {
      const cancellation = new AbortController();
      const timer = setTimeout(() => {
        cancellation.abort();
      }, timeoutMs);
      try {
        const chart = await archives.place(request.chart);
        const result = await renderer.render({ ...request, chart }, cancellation.signal);
        return { manifest: result.manifest };
      } catch (error) {
        return cancellation.signal.aborted
          ? { fault: `timeout after ${goDuration(timeoutMs)}` }
          : failureOf(error);
      } finally {
        clearTimeout(timer);
      }
    },
    buildDependencies: (chart) => buildDependencies(chart, options.charts),
    fetchValues: async (url) => {
      try {
        if (options.fetchText === undefined) throw new RemoteError(`${url} is not fetched here`);
        return { text: await options.fetchText(url) };
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => archives.remove(),
  };
}

function failureOf(error: unknown): TemplateAnswer {
  const cause = error instanceof Error ? error.cause : undefined;
  const said = cause instanceof HelmFailure ? cause : error;
  const message = said instanceof Error ? said.message : String(said);
  return { fault: `exit status 1: Error: ${message}` };
}

/** A time as Go prints it, such as `1m30s`. */
export function goDuration(ms: number): string {
  const seconds = ms / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = [
    ...(hours > 0 ? [`${hours}h`] : []),
    ...(hours > 0 || minutes > 0 ? [`${minutes}m`] : []),
  ];
  return `${parts.join('')}${seconds % 60}s`;
}

/** Charts as archives in a temporary folder. */
class Archives implements ChartStore {
  private folder: Promise<string> | undefined;
  private readonly placed = new WeakMap<object, Map<string, Promise<string>>>();
  private readonly written = new Map<string, Promise<string>>();

  /** Packs a chart once, and says under what reference it can be fetched. */
  async place({ files, folder }: ChartFolder): Promise<{
    repository: string;
    name: string;
    version: string;
  }> {
    const known = this.placed.get(files) ?? new Map<string, Promise<string>>();
    this.placed.set(files, known);
    const digest = known.get(folder) ?? this.pack({ files, folder });
    known.set(folder, digest);
    const name = folder.split('/').at(-1) ?? '';
    return { repository: 'memory', name: name === '' ? 'chart' : name, version: await digest };
  }

  private async pack(chart: ChartFolder): Promise<string> {
    const archive = await packChart(chart);
    const digest = sha256(archive);
    const writing = this.written.get(digest) ?? this.write(digest, archive);
    this.written.set(digest, writing);
    await writing;
    return digest;
  }

  private async write(digest: string, archive: Buffer): Promise<string> {
    this.folder ??= mkdtemp(join(tmpdir(), 'tidegate-argocd-'));
    const path = join(await this.folder, `${digest}.tgz`);
    await writeFile(path, archive);
    return path;
  }

  async fetch({
    version,
  }: {
    readonly version: string;
  }): Promise<{ path: string; digest: string }> {
    const path = await this.written.get(version);
    if (path === undefined) throw new RemoteError(`there is no chart ${version}`);
    return { path, digest: `sha256:${version}` };
  }

  async remove(): Promise<void> {
    const folder = await this.folder;
    this.folder = undefined;
    this.written.clear();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
