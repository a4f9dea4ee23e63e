import type { GeneratedApplication } from './application-template.ts';

/** A cluster that Argo CD knows. */
export interface KnownCluster {
  readonly name: string;
  readonly server: string;
}

/** What generated Applications are checked against. */
export interface ValidationContext {
  /** Name of the set. */
  readonly setName: string;
  readonly projects: readonly string[];
  readonly clusters: readonly KnownCluster[];
}

/**
 * What is wrong with generated Applications, by `namespace/name`: a name that was there before, a
 * project that does not exist, a destination that is no known cluster. One message each.
 * Source: `validateGeneratedApplications` in
 * applicationset/controllers/applicationset_controller.go.
 */
export function validateApplications(
  applications: readonly GeneratedApplication[],
  { setName, projects, clusters }: ValidationContext,
): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  const names = new Set<string>();
  for (const application of applications) {
    const { name = '' } = application.metadata;
    const id = qualifiedName(application);
    const project = textOf(application.spec['project']);
    if (names.has(name)) {
      errors.set(
        id,
        `ApplicationSet ${setName} contains applications with duplicate name: ${name}`,
      );
      continue;
    }
    names.add(name);
    if (!projects.includes(project)) {
      errors.set(id, `application references project ${project} which does not exist`);
      continue;
    }
    const fault = destinationFault(application.spec['destination'], clusters);
    if (fault !== undefined) errors.set(id, `application destination spec is invalid: ${fault}`);
  }
  return errors;
}

/** The name of an Application with its namespace, as the errors are kept by. */
export function qualifiedName({ metadata }: GeneratedApplication): string {
  const { namespace = '', name = '' } = metadata;
  return namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * Why a destination is none; undefined: it is. A cluster that is given by its address has to be
 * known, too. Source: `GetDestinationCluster` in util/argo/argo.go.
 */
export function destinationFault(
  destination: unknown,
  clusters: readonly KnownCluster[],
): string | undefined {
  const fields = (destination ?? {}) as { readonly name?: unknown; readonly server?: unknown };
  const [name, server] = [textOf(fields.name), textOf(fields.server)];
  if (name !== '' && server !== '') {
    return `application destination can't have both name and server defined: ${name} ${server}`;
  }
  if (server !== '') return serverFault(server, clusters);
  if (name === '') return 'Destination server missing from app spec';
  const matching = clusters.filter((cluster) => cluster.name === name);
  if (matching.length === 0) return `there are no clusters with this name: ${name}`;
  if (matching.length === 1) return undefined;
  const servers = matching.map((cluster) => cluster.server).join(' ');
  return `there are ${matching.length} clusters with the same name: [${servers}]`;
}

function serverFault(server: string, clusters: readonly KnownCluster[]): string | undefined {
  const wanted = server.replace(/\/+$/, '');
  if (clusters.some((cluster) => cluster.server.replace(/\/+$/, '') === wanted)) return undefined;
  const missing = `rpc error: code = NotFound desc = cluster ${JSON.stringify(wanted)} not found`;
  return `error getting cluster by server ${JSON.stringify(wanted)}: ${missing}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
