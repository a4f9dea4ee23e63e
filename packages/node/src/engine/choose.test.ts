import { ToolError, type RenderRequest } from '@tidegate/core';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, putScript, scratchFolders } from '../../test/scratch.ts';
import { answeringModule } from '../../test/wasm-module.ts';
import { chooseRenderer, engineHelmVersion, openChosenRenderer } from './choose.ts';

const scratch = scratchFolders();
const nothing = { native: [], wasm: [] };

const request: RenderRequest = {
  chart: { repository: 'r', name: 'dlt-vault', version: '1.2.0' },
  releaseName: 'vault-a',
  namespace: 'a',
  values: [],
  parameters: [],
  kubeVersion: '1.36.1',
  apiVersions: [],
};

/** A folder with renderers that do not run, a helm that does, and the options over them. */
async function machine() {
  const folder = await scratch();
  const native = await putScript(folder, 'renderer', 'echo "no such machine" >&2; exit 1');
  const wasm = join(folder, 'renderer.wasm');
  await writeFile(wasm, 'no module');
  const path = await putScript(folder, 'helm', 'echo "a: 1"');
  const told: string[] = [];
  const options = {
    files: { native: ['/nowhere', native], wasm: [wasm] },
    helm: () => Promise.resolve({ path, version: 'v4.9.9', origin: 'setting' as const }),
    charts: { fetch: () => Promise.resolve({ path: wasm, digest: 'sha256:aa' }) },
    timeoutMs: 20_000,
    onFallback: (message: string) => {
      told.push(message);
    },
  };
  return { native, wasm, told, options };
}

describe('chooseRenderer', () => {
  it('takes the best that is there and says why not a better one', async () => {
    const { native, wasm, options } = await machine();
    const { files } = options;

    expect(await chooseRenderer(options)).toMatchObject({ kind: 'native', path: native });
    expect(await chooseRenderer({ ...options, files: { ...files, native: [] } })).toEqual({
      kind: 'wasm',
      path: wasm,
      helmVersion: engineHelmVersion,
      passedOver: ['native: not built'],
    });
    expect(await chooseRenderer({ ...options, files: nothing })).toMatchObject({
      kind: 'helm',
      helmVersion: 'v4.9.9',
      passedOver: ['native: not built', 'wasm: not built'],
    });
  });

  it('takes what is prescribed, or nothing', async () => {
    const { options } = await machine();

    expect(await chooseRenderer({ ...options, only: 'helm' })).toMatchObject({ kind: 'helm' });
    const error = await failureOf(chooseRenderer({ ...options, files: nothing, only: 'wasm' }));
    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toBe('the wasm renderer is not built');
  });

  it('knows the version of Helm that the renderer is built with', async () => {
    const goMod = await readFile(new URL('../../../../renderer/go.mod', import.meta.url), 'utf8');
    expect(goMod).toContain(`helm.sh/helm/v4 ${engineHelmVersion}\n`);
  });
});

describe('openChosenRenderer', () => {
  it('steps down to what runs, for good, and tells so once for each step', async () => {
    const { told, options } = await machine();
    const renderer = openChosenRenderer(await chooseRenderer(options), options);
    const results = await Promise.all([renderer.render(request), renderer.render(request)]);

    expect(results.map(({ manifest, helmVersion }) => [manifest, helmVersion])).toEqual([
      ['a: 1\n', 'v4.9.9'],
      ['a: 1\n', 'v4.9.9'],
    ]);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(
      /^the native renderer .* does not run: .*; rendering with wasm instead$/s,
    );
    expect(told[1]).toMatch(
      /^the wasm renderer .* does not run: .*; rendering with helm instead$/s,
    );
    await renderer.render(request);
    expect(told).toHaveLength(2);
  });

  it.each([
    [{ protocol: 99, helm: 'v5.0.0' }, 'it is of another version: protocol 99, expected 1'],
    [{ fault: 'protocol' }, 'it is of another version: protocol unknown, expected 1'],
  ])('does not run a module that answers %j', async (answer, message) => {
    const { wasm, told, options } = await machine();
    await writeFile(wasm, answeringModule({ id: 1, ...answer }));
    const rest = { ...options, files: { native: [], wasm: [wasm] } };
    const renderer = openChosenRenderer(await chooseRenderer(rest), rest);

    expect(await renderer.render(request)).toMatchObject({ helmVersion: 'v4.9.9' });
    expect(told).toEqual([
      `the wasm renderer ${wasm} does not run: ${message}; rendering with helm instead`,
    ]);
  });

  it('does not step down from what was prescribed', async () => {
    const { told, options } = await machine();
    const only = { ...options, only: 'native' as const };
    const error = await failureOf(
      openChosenRenderer(await chooseRenderer(only), only).render(request),
    );

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('does not run: no such machine');
    expect(told).toEqual([]);
  });
});
