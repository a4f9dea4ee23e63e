import { InputError } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import { componentManifestPath, nodesFolder, serviceManifestPath } from '../layout/paths.ts';
import type { Environment, Network } from '../model/network.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import type { FileTree } from '../ports/file-tree.ts';
import { parseYaml, type ParsedYaml } from '../yaml/parse-yaml.ts';
import { directoryParameters, expandTemplate } from './expand-template.ts';
import { readChartSource } from './read-source.ts';
import type { RenderTarget } from './render-target.ts';

/** Which Applications of an environment; everything when nothing is named. */
export interface RenderSelection {
  /** A node's name. */
  readonly node?: string;
  /** A component's or service's name. */
  readonly component?: string;
}

/** Where manifests and node folders are read from; the same tree unless a release pins another. */
export interface RenderTrees {
  readonly manifests: FileTree;
  /** What `$values` and the generators' revision stand for. */
  readonly values: FileTree;
}

/**
 * Lists the Applications that Argo CD would have for an environment, from its manifests and node
 * folders, in the order of waves. Throws InputError when a manifest is missing or cannot be read.
 */
export async function planRenders(
  trees: RenderTrees,
  network: Network,
  environment: Environment,
  selection: RenderSelection = {},
): Promise<RenderTarget[]> {
  const services = network.services
    .filter((service) => selection.node === undefined && isSelected(service.name, selection))
    .map((service) => planService(trees, environment, service.name, service.wave));
  const nodes = (await listNodes(trees.values, network, environment)).filter(
    (node) => selection.node === undefined || node === selection.node,
  );
  const components = network.components
    .filter((component) => isSelected(component.name, selection))
    .map((component) => planComponent(trees, environment, component, nodes));
  const targets = (await Promise.all([...services, ...components])).flat();
  return targets.sort((a, b) => a.wave - b.wave);
}

function isSelected(name: string, selection: RenderSelection): boolean {
  return selection.component === undefined || selection.component === name;
}

async function planService(
  trees: RenderTrees,
  environment: Environment,
  service: string,
  wave: number,
): Promise<RenderTarget[]> {
  const file = serviceManifestPath(environment.name, service);
  const manifest = await readManifest(trees.manifests, file, 'Application');
  const { versionPath, ...source } = readChartSource(manifest.value, file);
  return [
    {
      ...source,
      environment: environment.name,
      node: undefined,
      component: service,
      wave,
      instance: 'non-admin',
      position: manifest.positionOf(versionPath),
    },
  ];
}

async function planComponent(
  trees: RenderTrees,
  environment: Environment,
  component: { readonly name: string; readonly wave: number },
  nodes: readonly string[],
): Promise<RenderTarget[]> {
  const file = componentManifestPath(environment.name, component.name);
  const manifest = await readManifest(trees.manifests, file, 'ApplicationSet');
  const template = valueAt(manifest.value, ['spec', 'template']);
  assertNodeGenerator(manifest.value, environment, file);
  return nodes.map((node) => {
    const parameters = directoryParameters(`${nodesFolder(environment.name)}/${node}`);
    const { versionPath, ...source } = readChartSource(expandTemplate(template, parameters), file);
    return {
      ...source,
      environment: environment.name,
      node,
      component: component.name,
      wave: component.wave,
      instance: 'non-admin',
      position: manifest.positionOf(['spec', 'template', ...versionPath]),
    };
  });
}

async function readManifest(tree: FileTree, file: string, kind: string): Promise<ParsedYaml> {
  const text = await tree.read(file);
  if (text === undefined) {
    throw new InputError(`no ${file} in ${tree.name}; expected the generated ${kind}`, {
      position: { file },
      hint: 'run "tidegate generate"',
    });
  }
  const parsed = parseYaml(text, file);
  if (valueAt(parsed.value, ['kind']) !== kind) {
    throw new InputError(`expected kind ${kind}`, { position: parsed.positionOf(['kind']) });
  }
  return parsed;
}

/** Tidegate expands the one generator that it writes; another one in its place is not guessed at. */
function assertNodeGenerator(manifest: unknown, environment: Environment, file: string): void {
  const generators = valueAt(manifest, ['spec', 'generators']);
  const directories = valueAt(generators, [0, 'git', 'directories']);
  const path = valueAt(directories, [0, 'path']);
  const isOurs =
    Array.isArray(generators) &&
    generators.length === 1 &&
    Array.isArray(directories) &&
    directories.length === 1 &&
    path === `${nodesFolder(environment.name)}/*` &&
    valueAt(manifest, ['spec', 'goTemplate']) !== true;
  if (!isOurs) {
    throw new InputError(
      `expected one git directory generator over ${nodesFolder(environment.name)}/* without goTemplate`,
      {
        position: { file },
        hint: 'this file is generated; undo the edit with "tidegate generate"',
      },
    );
  }
}
