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

interface SummaryInputs {
  readonly managed: readonly ManagedKey[];
  readonly project: Project;
}

interface KnownSummary {
  readonly graph: ResourceGraph;
  readonly shape: number;
  readonly spec: Project['spec'];
  readonly annotations: unknown;
  readonly summary: ApplicationSummary;
}

/** Remembers the summaries of the same objects while nothing changes that they show. */
export class Summaries {
  private readonly known = new WeakMap<readonly ManagedKey[], KnownSummary>();

  of(application: Application, graph: ResourceGraph, inputs: SummaryInputs): ApplicationSummary {
    const { managed, project } = inputs;
    const { annotations } = application.metadata;
    const known = this.known.get(managed);
    if (
      known?.graph === graph &&
      known.shape === graph.shape &&
      known.spec === project.spec &&
      known.annotations === annotations
    ) {
      return known.summary;
    }
    const summary = summarize(application, graph, inputs);
    const { spec } = project;
    this.known.set(managed, { graph, shape: graph.shape, spec, annotations, summary });
    return summary;
  }
}

/**
 * What `status.summary` says of the objects of an Application and of all below them.
 * Source: `GetSummary` in pkg/apis/application/v1alpha1/types.go.
 */
function summarize(
  application: Application,
  graph: ResourceGraph,
  { managed, project }: SummaryInputs,
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
