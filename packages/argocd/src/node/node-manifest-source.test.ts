import { commitAll, helmRenderer, initRepository } from '@tidegate/node';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realHelm } from '../../../node/test/real-helm.ts';
import { putFiles, scratchFolders } from '../../../node/test/scratch.ts';
import type { ApplicationSource } from '../ports/manifests.ts';
import { nodeManifestSource } from './node-manifest-source.ts';

const scratch = scratchFolders();

describe('nodeManifestSource', () => {
  it('renders a chart with values from Git, reads directories, and follows new commits', async () => {
    const folder = await scratch();
    const path = join(folder, 'repo');
    await putFiles(path, {
      'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'chart/templates/cm.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {a: "{{ .Values.a }}"}\n',
      'envs/qa/values.yaml': 'a: 1\n',
    });
    await initRepository(path, 'main');
    const ada = { name: 'Ada', email: 'ada@example.com' };
    await commitAll(path, 'one', ada);
    const helm = await realHelm();
    const repoURL = 'https://git.example/repo.git';
    const source = nodeManifestSource({
      cacheDir: join(folder, 'cache'),
      urls: new Map([[repoURL, path]]),
      openRenderer: (charts) => helmRenderer({ helm, charts, timeoutMs: 60_000 }),
      clock: { nowMs: () => 0 },
      revisionCacheMs: 180_000,
    });
    const sources: ApplicationSource[] = [
      {
        repoURL,
        path: 'chart',
        targetRevision: 'main',
        helm: { valueFiles: ['$v/envs/qa/values.yaml'] },
      },
      { repoURL, targetRevision: 'main', ref: 'v' },
    ];
    const ask = (noRevisionCache: boolean) =>
      source.generate({
        application: { name: 'web', namespace: 'argocd', project: 'p', destinationNamespace: 'n' },
        sources,
        revisions: ['main', 'main'],
        multiSource: true,
        noRevisionCache,
        noCache: false,
        kubeVersion: '1.36.1',
        apiVersions: [],
      });
    const rendered = (value: string) => ({
      sources: [
        { sourceType: 'Helm', manifests: [{ metadata: { name: 'web' }, data: { a: value } }] },
        {},
      ],
    });

    expect(await ask(false)).toMatchObject(rendered('1'));
    await putFiles(path, { 'envs/qa/values.yaml': 'a: 2\n' });
    await commitAll(path, 'two', ada);
    expect(await ask(false)).toMatchObject(rendered('1'));
    expect(await ask(true)).toMatchObject(rendered('2'));
    expect(
      await source.directories({ repoURL, revision: 'main', noRevisionCache: false, project: 'p' }),
    ).toEqual({ directories: ['chart', 'chart/templates', 'envs', 'envs/qa'] });
    await source.close();
  });
});
