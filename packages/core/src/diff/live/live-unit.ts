import { argocdFolder, bootstrapFolder, rootFileName } from '../../layout/paths.ts';
import {
  nodeApplicationName,
  nodeId,
  nodeNamespace,
  rootApplicationName,
} from '../../model/network.ts';
import { bootstrapName } from '../../generate/projects.ts';
import type { RenderTarget } from '../../render/render-target.ts';
import type { ApplicationChange } from '../fold.ts';
import type { EnvironmentSide } from '../sides.ts';
import type { IgnoreRule } from './ignored-fields.ts';
import type { Settings } from './live-settings.ts';
import type { Tracker } from './tracking.ts';

/** Objects that belong together: those of one Application, or files that are applied by hand. */
export interface LiveUnit extends Omit<ApplicationChange, 'resources'> {
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Undefined: no Application applies them, and nothing is pruned. */
  readonly tracker: Tracker | undefined;
  readonly rules: readonly IgnoreRule[];
}

/** The unit of a rendered Application. `rules`: its own, besides those of its instance. */
export function targetUnit(
  target: RenderTarget,
  settings: Settings,
  rules: readonly IgnoreRule[],
): LiveUnit {
  const { application, component, instance, wave, node, namespace } = target;
  const { installationId, rules: shared } = settings[instance];
  return {
    application,
    component,
    source: instance,
    wave,
    node,
    aliases: node === undefined ? [] : [nodeId(node)],
    namespace,
    tracker: { application, namespace, installationId },
    rules: [...shared, ...rules],
  };
}

/** A folder of the repository as objects: its files, and who applies them. */
export interface FolderUnit {
  readonly unit: LiveUnit;
  readonly folder: string;
  readonly files: (name: string) => boolean;
  /** Whether the branch decides, not the release. */
  readonly isOfBranch: boolean;
}

/**
 * The objects that the root and the bootstrap Application apply, and the root itself, which somebody has
 * applied by hand.
 */
export function folderUnits(side: EnvironmentSide, settings: Settings): FolderUnit[] {
  const { network, environment } = side;
  const { argocd, name } = environment;
  const unit = (component: string, folder: string, tracker: Tracker | undefined): LiveUnit => ({
    application: folder,
    component,
    source: 'files',
    wave: undefined,
    node: undefined,
    aliases: [],
    namespace: argocd.namespace,
    tracker,
    rules: settings[component === 'bootstrap' ? 'admin' : 'non-admin'].rules,
  });
  const folders = { argocd: argocdFolder(name), bootstrap: bootstrapFolder(name) };
  const root = {
    application: rootApplicationName(network, environment),
    namespace: argocd.namespace,
    installationId: settings['non-admin'].installationId,
  };
  const bootstrap = {
    application: bootstrapName(network, environment),
    namespace: argocd.adminNamespace,
    installationId: settings.admin.installationId,
  };
  return [
    {
      unit: unit('argocd', folders.argocd, root),
      folder: folders.argocd,
      files: (file) => file !== rootFileName,
      isOfBranch: false,
    },
    {
      unit: unit('argocd', folders.argocd, undefined),
      folder: folders.argocd,
      files: (file) => file === rootFileName,
      isOfBranch: true,
    },
    {
      unit: unit('bootstrap', folders.bootstrap, bootstrap),
      folder: folders.bootstrap,
      files: (file) => file !== 'kustomization.yaml',
      isOfBranch: true,
    },
  ];
}

/**
 * Units of Applications of nodes that the side does not have: a set never deletes an Application, so that
 * what it deployed stays. `applications`: what has applied something in the cluster.
 */
export function leftoverUnits(
  side: EnvironmentSide,
  settings: Settings,
  applications: readonly string[],
): LiveUnit[] {
  return applications.flatMap((application) => {
    const found = readName(side, application);
    if (found === undefined || side.nodes.includes(found.node)) return [];
    const { instance, node } = found;
    const { installationId } = settings[instance];
    const namespace = nodeNamespace(side.environment, node);
    return [
      {
        application,
        component: found.component,
        source: instance,
        // Nothing of it runs in any wave.
        wave: undefined,
        node,
        aliases: [nodeId(node)],
        namespace,
        tracker: { application, namespace, installationId },
        rules: [],
      },
    ];
  });
}

/** What the name of an Application stands for. */
interface ReadName {
  readonly instance: RenderTarget['instance'];
  readonly node: string;
  readonly component: string;
}

/** Reads `<network>-<node>-<component>-<env>`, else the name that a PAT gives the admin instance's Application. */
function readName(
  { network, environment }: EnvironmentSide,
  application: string,
): ReadName | undefined {
  const node = '\0';
  for (const { name: component } of network.components) {
    const name = nodeApplicationName(network, environment, { node, component });
    const found = between(application, name.split(node));
    if (found !== undefined) return { instance: 'non-admin', node: found, component };
  }
  const provider = network.components.find(({ role }) => role === 'namespace');
  const found = between(application, nodeNamespace(environment, node).split(node));
  if (provider === undefined || found === undefined) return undefined;
  return { instance: 'admin', node: found, component: provider.name };
}

/** What stands between a beginning and an end; undefined where it does not have both, or nothing else. */
function between(text: string, [before = '', after = '']: readonly string[]): string | undefined {
  const isLonger = text.length > before.length + after.length;
  if (!isLonger || !text.startsWith(before) || !text.endsWith(after)) return undefined;
  return text.slice(before.length, text.length - after.length);
}
