import { describe, expect, it } from 'vitest';
import { defaultNetwork, parseNetwork } from '../model/parse-network.ts';
import {
  argocdFolder,
  bootstrapFolder,
  commonValuesPath,
  componentManifestPath,
  componentValueFiles,
  nodesFolder,
  nodeValuesPath,
  serviceManifestPath,
  serviceValueFiles,
  serviceValuesPath,
  versionsPath,
} from './paths.ts';

describe('paths', () => {
  // The repository of the specification, section 3.
  it.each([
    [versionsPath('qa'), 'versions/qa.yaml'],
    [commonValuesPath('qa'), 'envs/qa/common-node-values.yaml'],
    [serviceValuesPath('qa', 'backup'), 'envs/qa/backup/values.yaml'],
    [serviceValuesPath('qa', 'shared-services'), 'envs/qa/shared-services/values.yaml'],
    [nodesFolder('qa'), 'envs/qa/nodes'],
    [nodeValuesPath('qa', 'node-alpha', 'vault'), 'envs/qa/nodes/node-alpha/values-vault.yaml'],
    [argocdFolder('qa'), 'argocd/qa'],
    [serviceManifestPath('qa', 'backup'), 'argocd/qa/app-backup.yaml'],
    [componentManifestPath('qa', 'backend'), 'argocd/qa/appset-backend.yaml'],
    [bootstrapFolder('qa'), 'bootstrap/qa'],
  ])('%s', (path, expected) => {
    expect(path).toBe(expected);
  });

  const network = defaultNetwork();
  const layers = (name: string): string[] => {
    const component = network.components.find((each) => each.name === name);
    if (component === undefined) throw new Error(`no component ${name}`);
    return componentValueFiles('qa', component, 'n');
  };

  it('layer versions, common values and node values', () => {
    expect(layers('backend')).toStrictEqual([
      'versions/qa.yaml',
      'envs/qa/common-node-values.yaml',
      'envs/qa/nodes/n/values-backend.yaml',
    ]);
    expect(layers('namespace')).toStrictEqual([
      'envs/qa/common-node-values.yaml',
      'envs/qa/nodes/n/values-namespace.yaml',
    ]);
  });

  it('layer versions and values of a service, in the order of the definition', () => {
    const [backup] = network.services;
    if (backup === undefined) throw new Error('the default network has a backup');
    const files = ['versions/qa.yaml', 'envs/qa/backup/values.yaml'];
    expect(serviceValueFiles('qa', backup)).toStrictEqual(files);
    const turned = parseNetwork('services: {backup: {layers: [service, versions]}}\n');
    const [other] = turned.services;
    expect(other === undefined ? [] : serviceValueFiles('qa', other)).toStrictEqual(
      files.toReversed(),
    );
  });
});
