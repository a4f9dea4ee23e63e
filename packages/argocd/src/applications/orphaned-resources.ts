import { matchPattern } from '@tidegate/core/argocd/globs';
import { permitsObject } from '@tidegate/core/argocd/projects';
import type { ApplicationCondition, ResourceKey } from '@tidegate/core/argocd/sync';
import type { ResourceGraph } from '../cluster/index.ts';
import { inCluster } from './clusters.ts';
import type { OrphanedResources, Project } from './projects.ts';

/** What tells orphaned objects from others. */
export interface OrphanQuestion {
  readonly graph: ResourceGraph;
  readonly project: Project;
  /** Namespace of the destination. */
  readonly namespace: string;
  /** Ids of the Application's own objects. */
  readonly managed: ReadonlySet<string>;
  /** Whether an Application of an instance name exists. */
  readonly exists: (instance: string) => boolean;
}

/**
 * The warning about objects in the namespace that no Application manages, where the project asks for it.
 * Source: `getResourceTree` in controller/appcontroller.go.
 */
export function orphanWarning(question: OrphanQuestion): readonly ApplicationCondition[] {
  const { graph, project, namespace, managed, exists } = question;
  const settings = project.orphanedResources;
  if (settings === undefined || settings.warn === false) return [];
  const tops = graph
    .inNamespace(namespace)
    .filter(
      (node) =>
        node.owners.length === 0 &&
        !managed.has(node.id) &&
        node.key.namespace !== '' &&
        !isKnown(node.key, settings) &&
        isPermitted(project, node.key),
    );
  const orphans = graph.withDescendants(tops.map(({ key }) => key)).filter((node) => {
    const owner = graph.applicationOf(node);
    return (owner === '' || !exists(owner)) && isPermitted(project, node.key);
  });
  if (orphans.length === 0) return [];
  const message = `Application has ${orphans.length} orphaned resources`;
  return [{ type: 'OrphanedResourceWarning', message }];
}

function isPermitted({ spec }: Project, { group, kind, name, namespace }: ResourceKey): boolean {
  return permitsObject(spec, { group, kind, name }, { ...inCluster, namespace }).permitted;
}

/** Objects that every namespace has, and those that the project leaves out. */
function isKnown(
  { group, kind, name, namespace }: ResourceKey,
  { ignore = [] }: OrphanedResources,
): boolean {
  if (group === '' && isBuiltIn(kind, name, namespace)) return true;
  return ignore.some(
    (item) =>
      matches(item.kind, kind) && matchPattern(item.group ?? '', group) && matches(item.name, name),
  );
}

function isBuiltIn(kind: string, name: string, namespace: string): boolean {
  if (kind === 'Service') return name === 'kubernetes' && namespace === 'default';
  if (kind === 'ServiceAccount') return name === 'default';
  return kind === 'ConfigMap' && name === 'kube-root-ca.crt';
}

function matches(pattern: string | undefined, value: string): boolean {
  return pattern === undefined || pattern === '' || matchPattern(pattern, value);
}
