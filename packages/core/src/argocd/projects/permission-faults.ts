import type { AppProject } from './app-project.ts';
import { permitsDestination, permitsSource, type Destination } from './permissions.ts';

/** What of an Application a project has to permit. */
export interface ApplicationQuestion {
  /** Repositories of its sources, in their order. */
  readonly repoUrls: readonly string[];
  /** Server and name as the cluster is known, the namespace as the Application gives it. */
  readonly destination: Destination;
  /** Whether the Application names its cluster, instead of giving the server. */
  readonly isClusterNamed?: boolean;
  /** Clusters that belong to the project. */
  readonly projectClusters?: readonly Destination[];
}

/**
 * What Argo CD says where a project does not permit an Application; each is the message of a condition
 * `InvalidSpecError`.
 *
 * See `ValidatePermissions` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/argo/argo.go
 */
export function permissionFaults(
  { name, spec }: AppProject,
  { repoUrls, destination, isClusterNamed = false, projectClusters = [] }: ApplicationQuestion,
): string[] {
  const sources = repoUrls
    .filter((url) => !permitsSource(spec, url).permitted)
    .map((url) => `application repo ${url} is not permitted in project '${name}'`);
  if (permitsDestination(spec, destination, projectClusters).permitted) return sources;
  const { server = '', name: cluster = '', namespace = '' } = destination;
  const where = `server '${isClusterNamed ? cluster : server}' and namespace '${namespace}'`;
  return [
    ...sources,
    `application destination ${where} do not match any of the allowed destinations in project '${name}'`,
  ];
}
