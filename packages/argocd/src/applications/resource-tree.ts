import { permitsObject } from '@tidegate/core/argocd/projects';
import type { ResourceKey } from '@tidegate/core/argocd/sync';
import { linksOf, type ResourceGraph } from '../cluster/index.ts';
import type { Application, ApplicationSummary } from './application.ts';
import { inCluster } from './clusters.ts';
import type { Project } from './projects.ts';

/** An object of an Application, by its key, and whether it is there. */
export interface ManagedKey {
  readonly key: ResourceKey;
  readonly live: boolean;
}

/**
 * What `status.summary` says of the objects of an Application and of all below them.
 * Source: `GetSummary` in pkg/apis/application/v1alpha1/types.go.
 */
export function summarize(
  application: Application,
  graph: ResourceGraph,
  { managed, project }: { readonly managed: readonly ManagedKey[]; readonly project: Project },
): ApplicationSummary {
  const keys = managed.filter(({ live }) => live).map(({ key }) => key);
  const nodes = graph.withDescendants(keys).filter(({ key: { group, kind, name, namespace } }) => {
    const destination = { ...inCluster, namespace };
    return permitsObject(project.spec, { group, kind, name }, destination).permitted;
  });
  const all = [
    ...nodes.map(({ key }) => key),
    ...managed.filter(({ live }) => !live).map(({ key }) => key),
  ];
  const urls = [...nodes.flatMap((node) => node.externalUrls), ...linksOf(application)];
  const images = nodes.flatMap((node) => node.images);
  const isAppOfApps = all.some(
    ({ group, kind }) => group === 'argoproj.io' && kind === 'Application',
  );
  return { externalURLs: unique(urls), images: unique(images), isAppOfApps };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
