import {
  InputError,
  type ChartReference,
  type ChartRenderer,
  type RenderRequest,
} from '@tidegate/core';
import {
  chooseRenderer,
  openChosenRenderer,
  resolveHelm,
  sha256,
  type RendererKind,
} from '@tidegate/node';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { layerZipCandidates, rendererFiles } from '../../packages/cli/src/assets.ts';
import { testCacheDir } from '../../packages/cli/test/workbench.ts';

/** Ways to render that have to be built. */
export const engineKinds = ['native', 'wasm'] as const;

/** Those that this checkout has: a machine without Go has helm only. */
export const builtKinds = engineKinds.filter((kind) =>
  rendererFiles()[kind].some((path) => existsSync(path)),
);

/** Charts that tests make, found by their name. */
export class TestCharts {
  private readonly stored = new Map<string, { path: string; digest: string }>();
  private folder: Promise<string> | undefined;

  /** Packs files (by path, below the chart's own folder) and keeps the archive under a name. */
  async add(name: string, files: Readonly<Record<string, string>>): Promise<ChartReference> {
    const entries = Object.entries(files).map(([path, content]) =>
      tarEntry(`${name}/${path}`, content),
    );
    return this.addArchive(name, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
  }

  async addArchive(name: string, archive: Buffer): Promise<ChartReference> {
    this.folder ??= mkdtemp(join(tmpdir(), 'tidegate-charts-'));
    const path = join(await this.folder, `${sha256(archive)}.tgz`);
    await writeFile(path, archive);
    this.stored.set(name, { path, digest: `sha256:${sha256(archive)}` });
    return { repository: 'test', name, version: '1.0.0' };
  }

  fetch(chart: ChartReference): Promise<{ path: string; digest: string }> {
    const found = this.stored.get(chart.name);
    return found === undefined ? Promise.reject(new Error(chart.name)) : Promise.resolve(found);
  }
}

/** One file in the form of tar, as old as time. */
export function tarEntry(path: string, content: string, type = '0', target = ''): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number): string =>
    `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(path, 0, 100);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(data.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write('ustar\u000000', 257);
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  const padding = Buffer.alloc((512 - (data.length % 512)) % 512);
  return Buffer.concat([header, data, padding]);
}

/** The helm of the renderer's own version, which `npm run build:renderer` builds beside it. */
const sameHelm = fileURLToPath(new URL('../../renderer/dist/helm', import.meta.url));

/** Whether that helm is there: only it can be expected to give the same bytes for any chart. */
export const hasSameHelm = existsSync(sameHelm);

/** A renderer of one kind over test charts. */
export async function rendererOf(
  kind: RendererKind,
  charts: Pick<TestCharts, 'fetch'>,
  timeoutMs = 60_000,
): Promise<ChartRenderer> {
  const choosing = {
    files: rendererFiles(),
    only: kind,
    helm: () =>
      resolveHelm({
        cacheDir: testCacheDir,
        layerZips: layerZipCandidates(),
        env: process.env,
        ...(hasSameHelm ? { helm: sameHelm } : {}),
      }),
  };
  return openChosenRenderer(await chooseRenderer(choosing), {
    ...choosing,
    charts,
    timeoutMs,
    onFallback: () => undefined,
  });
}

export function requestOf(
  chart: ChartReference,
  change: Partial<RenderRequest> = {},
): RenderRequest {
  return {
    chart,
    releaseName: 'release',
    namespace: 'space',
    values: [],
    parameters: [],
    kubeVersion: '1.36.1',
    apiVersions: [],
    ...change,
  };
}

/** What came of a render: the manifest, or the error's class and messages. */
export async function outcomeOf(renderer: ChartRenderer, request: RenderRequest): Promise<string> {
  const [result] = await Promise.allSettled([renderer.render(request)]);
  if (result.status === 'fulfilled') return result.value.manifest;
  const error: unknown = result.reason;
  if (!(error instanceof Error)) return String(error);
  const several = error instanceof InputError ? error.diagnostics : [];
  // Helm lists the faults that a schema finds in any order.
  const messages =
    several.length > 0 ? several.map(({ message }) => message).sort() : [error.message];
  return `${error.constructor.name}: ${messages.join('; ')}`;
}
