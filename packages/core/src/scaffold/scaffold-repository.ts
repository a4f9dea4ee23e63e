import { commonValuesPath, serviceValuesPath, versionsPath } from '../layout/paths.ts';
import {
  backupService,
  componentVersionsKey,
  type Environment,
  type Network,
} from '../model/network.ts';
import { definitionFile } from '../model/parse-network.ts';
import type { FileContent } from '../ports/file-tree.ts';
import { formatYaml } from '../yaml/format-yaml.ts';
import { backupValues, commonNodeValues, serviceValues } from './common-values.ts';
import { nodeValuesFiles } from './node-values.ts';
import { codeowners, repositoryReadme } from './repository-documents.ts';

/** The nodes that a new repository starts with, by environment. */
export type InitialNodes = Readonly<Record<string, readonly string[]>>;

/** The spec's nodes: three in QA, two in pre-prod, five in prod. */
export const exampleNodes: InitialNodes = {
  qa: ['node-alpha', 'node-beta', 'node-gamma'],
  preprod: ['node-alpha', 'node-delta'],
  prod: ['node-alpha', 'node-epsilon', 'node-zeta', 'node-eta', 'node-theta'],
};

/**
 * Everything that people own in a new repository: the definition, versions, values, README,
 * CODEOWNERS. What is generated from it comes from `planGenerate`.
 */
export function scaffoldRepository(
  network: Network,
  definition: string,
  nodes: InitialNodes,
): FileContent[] {
  return [
    { path: definitionFile, content: definition },
    { path: 'README.md', content: repositoryReadme(network) },
    { path: 'CODEOWNERS', content: codeowners(network) },
    ...network.environments.flatMap((environment) =>
      scaffoldEnvironment(network, environment, nodes[environment.name] ?? []),
    ),
  ];
}

function scaffoldEnvironment(
  network: Network,
  environment: Environment,
  nodes: readonly string[],
): FileContent[] {
  const { name } = environment;
  const services = network.services.map((service) => ({
    path: serviceValuesPath(name, service.name),
    content:
      service.name === backupService
        ? backupValues(network, environment)
        : serviceValues(service.name, environment),
  }));
  const nodeFiles = nodes.flatMap((node) =>
    nodeValuesFiles(network, environment, {
      node,
      role: 'validator',
      peers: nodes.filter((peer) => peer !== node),
    }),
  );
  return [
    { path: versionsPath(name), content: initialVersions(network, environment) },
    { path: commonValuesPath(name), content: commonNodeValues(network, environment) },
    ...services,
    ...nodeFiles,
  ];
}

/** The spec's versions (section 4), which are also those of the charts that come with Tidegate. */
const specVersions: Readonly<Record<string, { chartVersion: string; imageTag?: string }>> = {
  namespace: { chartVersion: '1.0.0' },
  vault: { chartVersion: '1.2.0', imageTag: 'v1.2.0' },
  backend: { chartVersion: '3.1.0', imageTag: 'v2.1.0' },
  frontend: { chartVersion: '2.3.1', imageTag: 'v1.5.0' },
  'shared-services': { chartVersion: '2.1.0', imageTag: 'v1.8.3' },
  backup: { chartVersion: '0.3.1', imageTag: 'v1.2.0' },
};

function initialVersions(network: Network, environment: Environment): string {
  const of = (name: string): { chartVersion: string; imageTag?: string } =>
    specVersions[name] ?? { chartVersion: '0.1.0', imageTag: 'v0.1.0' };
  return formatYaml(
    {
      release: 0,
      [componentVersionsKey]: Object.fromEntries(
        network.components.map((component) => [component.name, of(component.name)]),
      ),
      ...Object.fromEntries(network.services.map((service) => [service.name, of(service.name)])),
    },
    {
      comment:
        environment.sync === 'automatic'
          ? `Versions of ${environment.name}. The build pipeline and releases write this file, people do not.`
          : `Versions of ${environment.name}. Only releases write this file.`,
    },
  );
}
