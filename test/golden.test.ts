import { defaultAnswers, type RenderTarget } from '@tidegate/core';
import { directoryTree, listFiles } from '@tidegate/node';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetFolder } from '../packages/cli/src/assets.ts';
import { repositoryFiles } from '../packages/cli/src/commands/init.ts';
import { exampleRepository } from '../packages/cli/src/example-repository.ts';
import { renderManifests } from './charts/rendered-network.ts';

/**
 * What the example network becomes, file by file, in `test/__golden__/`: a change of the generator or
 * of a chart shows in review as a change of these files. `npx vitest run test/golden --update` writes
 * them anew.
 */
const golden = fileURLToPath(new URL('./__golden__/', import.meta.url));
const source = directoryTree(assetFolder('examples/dlt-network'));
const owned = new Set(await listFiles(assetFolder('examples/dlt-network')));
const files = await exampleRepository(source);

describe('the example network', () => {
  const generated = files.filter(({ path }) => !owned.has(path));

  test.each(generated)('generates $path', async ({ path, content }) => {
    await expect(content).toMatchFileSnapshot(join(golden, 'repository', path));
  });

  test('generates nothing else', async () => {
    const kept = await listFiles(join(golden, 'repository'));
    expect(kept).toEqual(generated.map(({ path }) => path).sort());
  });

  test('renders what the golden manifests say', async () => {
    const manifests = await renderManifests(new Map(files.map((f) => [f.path, f.content])), isKept);
    for (const [path, manifest] of manifests) {
      await expect.soft(manifest).toMatchFileSnapshot(join(golden, 'manifests', path));
    }
    const kept = await listFiles(join(golden, 'manifests'));
    expect(kept).toEqual([...manifests.keys()].sort());
  });
});

/** All kinds of Applications of two environments that differ most; every node would be the same again. */
function isKept({ environment, node }: RenderTarget): boolean {
  return environment !== 'preprod' && (node === undefined || node === 'node-alpha');
}

test('the example is what init makes', async () => {
  const made = await repositoryFiles(defaultAnswers, true);
  const contents = new Map(made.map(({ path, content }) => [path, content]));
  for (const { path, content } of files.filter((file) => owned.has(file.path))) {
    expect(content, path).toBe(contents.get(path));
  }
});
