import { describe, expect, it } from 'vitest';
import { kustomizationOf, kustomizeManifests } from './kustomize-manifests.ts';
import type { FileSet } from './ports.ts';

function filesOf(contents: Readonly<Record<string, string>>): FileSet {
  return {
    files: Object.keys(contents).sort(),
    links: {},
    text: (path) => Promise.resolve(contents[path] ?? ''),
    bytes: () => Promise.reject(new Error('not asked for')),
  };
}

const object = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

async function names(contents: Readonly<Record<string, string>>, folder = ''): Promise<unknown[]> {
  const found = await kustomizeManifests(filesOf(contents), folder);
  return found.map((one) => (one as { metadata: { name: string } }).metadata.name);
}

describe('kustomizations that only list', () => {
  it('give the objects of files and folders in the order of the list', async () => {
    const contents = {
      'app/kustomization.yaml': 'resources:\n- b.yaml\n- more\n- a.yaml\n- ../shared\n',
      'app/a.yaml': object('a'),
      'app/b.yaml': `${object('b1')}---\n${object('b2')}---\n`,
      'app/more/kustomization.yml': 'kind: Kustomization\nresources: [c.yaml]\n',
      'app/more/c.yaml': object('c'),
      'app/unlisted.yaml': object('unlisted'),
      'shared/Kustomization': 'resources:\n- d.yaml\n',
      'shared/d.yaml': object('d'),
    };
    expect(kustomizationOf(filesOf(contents), 'shared')).toBe('shared/Kustomization');
    expect(await names(contents, 'app')).toEqual(['b1', 'b2', 'c', 'a', 'd']);
  });

  it.each([
    [
      'another field',
      'resources: []\nnamePrefix: x',
      'the field "namePrefix" of kustomization.yaml',
    ],
    ['a remote resource', 'resources: [https://x.example/a.yaml]', 'the remote resource'],
    ['a file that is not there', 'resources: [gone.yaml]', "'gone.yaml' doesn't exist"],
    ['a folder without one', 'resources: [plain]', 'unable to find one of kustomization.yaml'],
    ['a list of something else', 'resources: [1]', 'resources has to be a list of paths'],
    ['broken YAML', 'resources: [', 'invalid Kustomization'],
    ['nothing', '', 'kustomization.yaml is empty'],
    ['a file that is no YAML', 'resources: [broken.yaml]', 'MalformedYAMLError'],
  ])('refuse %s', async (_, content, message) => {
    const contents = {
      'kustomization.yaml': content,
      'plain/a.yaml': object('a'),
      'broken.yaml': 'kind: [',
    };
    await expect(names(contents)).rejects.toThrow(message);
  });
});
