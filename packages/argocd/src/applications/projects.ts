import { createInformer, type Informer, type KubeClient, type ResourceType } from '@tidegate/kube';
import {
  permissionFaults,
  permitsApplicationNamespace,
  type AppProject,
} from '@tidegate/core/argocd/projects';
import type { ApplicationCondition, KubeMetadata } from '@tidegate/core/argocd/sync';
import { createCanceller } from '../cancel.ts';
import type { ApplicationSource } from '../ports/manifests.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { isMultiSource, sourcesOf, type Application } from './application.ts';
import { destinationCluster } from './clusters.ts';

/** An AppProject with what windows and orphaned resources need. */
export interface Project extends AppProject {
  readonly metadata: KubeMetadata;
  readonly orphanedResources: OrphanedResources | undefined;
}

/** What a project says of objects that no Application manages. */
export interface OrphanedResources {
  readonly warn?: boolean;
  readonly ignore?: readonly {
    readonly group?: string;
    readonly kind?: string;
    readonly name?: string;
  }[];
}

const projectType: ResourceType = { apiVersion: 'argoproj.io/v1alpha1', plural: 'appprojects' };

export interface ProjectStoreOptions extends Surroundings {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly onError: (error: unknown) => void;
  /** Hears of projects that changed. */
  readonly onChange: (name: string) => void;
}

/** The AppProjects of an instance. */
export class ProjectStore {
  private readonly informer: Informer;
  private readonly namespace: string;
  private readonly canceller = createCanceller();

  constructor({ namespace, onChange, ...options }: ProjectStoreOptions) {
    this.namespace = namespace;
    this.informer = createInformer({ ...options, type: projectType, select: { namespace } });
    const changed = (object: unknown): void => {
      onChange((object as { metadata?: KubeMetadata }).metadata?.name ?? '');
    };
    this.informer.handle({
      added: changed,
      updated: (_, after) => {
        changed(after);
      },
      deleted: changed,
    });
  }

  start(): void {
    void this.informer.run(this.canceller.cancellation);
  }

  stop(): void {
    this.canceller.cancel();
  }

  hasSynced(): boolean {
    return this.informer.hasSynced();
  }

  get(name: string): Project | undefined {
    const object = this.informer.get(`${this.namespace}/${name}`);
    if (object === undefined) return undefined;
    const { metadata, spec } = object as unknown as {
      readonly metadata: KubeMetadata;
      readonly spec?: AppProject['spec'] & { readonly orphanedResources?: OrphanedResources };
    };
    return { name, metadata, spec: spec ?? {}, orphanedResources: spec?.orphanedResources };
  }

  /** The project of an Application, or the condition that says why it has none. */
  projectOf(application: Application): Project | { readonly condition: ApplicationCondition } {
    const name = projectNameOf(application);
    const project = this.get(name);
    if (project === undefined) {
      const message = `Application referencing project ${application.spec.project ?? ''} which does not exist`;
      return { condition: { type: 'InvalidSpecError', message } };
    }
    const { name: own = '', namespace = '' } = application.metadata;
    if (permitsApplicationNamespace(project.spec, namespace, this.namespace)) return project;
    const message = `application '${own}' in namespace '${namespace}' is not permitted to use project '${name}'`;
    return { condition: { type: 'UnknownError', message } };
  }
}

export function projectNameOf({ spec }: Application): string {
  return spec.project === undefined || spec.project === '' ? 'default' : spec.project;
}

/**
 * What forbids an Application: a spec that lacks something, or a project that does not permit it.
 * Source: `ValidatePermissions` in util/argo/argo.go.
 */
export function specFaults(
  application: Application,
  project: AppProject,
): readonly ApplicationCondition[] {
  return faultMessages(application, project).map((message) => ({
    type: 'InvalidSpecError',
    message,
  }));
}

function faultMessages(application: Application, project: AppProject): readonly string[] {
  if (application.spec.sourceHydrator !== undefined) {
    return ['spec.sourceHydrator is not supported: name spec.source or spec.sources'];
  }
  const sources = sourcesOf(application);
  const incomplete = sources
    .map((source) => sourceFault(source, isMultiSource(application)))
    .find((fault) => fault !== undefined);
  if (incomplete !== undefined) return [incomplete];
  const { destination = {} } = application.spec;
  const repoUrls = sources.map(({ repoURL }) => repoURL);
  const cluster = destinationCluster(destination);
  if ('fault' in cluster) {
    const permitted = permissionFaults(project, { repoUrls, destination: {} });
    return [...permitted.filter((text) => text.startsWith('application repo ')), cluster.fault];
  }
  return permissionFaults(project, {
    repoUrls,
    destination: {
      ...cluster,
      ...(destination.namespace === undefined ? {} : { namespace: destination.namespace }),
    },
    isClusterNamed: (destination.name ?? '') !== '',
  });
}

function sourceFault(source: ApplicationSource, several: boolean): string | undefined {
  const isSet = (field: 'repoURL' | 'path' | 'chart' | 'ref' | 'targetRevision'): boolean =>
    (source[field] ?? '') !== '';
  const hasPlace = isSet('path') || isSet('chart') || (several && isSet('ref'));
  if (!isSet('repoURL') || !hasPlace) {
    return several
      ? `spec.source.repoURL and either source.path, source.chart, or source.ref are required for source ${JSON.stringify(source)}`
      : 'spec.source.repoURL and either spec.source.path or spec.source.chart are required';
  }
  return isSet('chart') && !isSet('targetRevision')
    ? 'spec.source.targetRevision is required if the manifest source is a helm chart'
    : undefined;
}
