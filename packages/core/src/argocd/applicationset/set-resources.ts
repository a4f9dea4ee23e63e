import type { GeneratedApplication } from './application-template.ts';

/** An Application in the status of its set. */
export interface SetResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly status: string;
  readonly health: { readonly status: string };
}

/**
 * `status.resources` and `status.resourcesCount` of a set: its Applications by name, as their status
 * is now. The list is cut, the count is not.
 * Source: applicationset/status/resource_status.go.
 */
export function setResources(
  applications: readonly GeneratedApplication[],
  maximum = 5000,
): { readonly resources: readonly SetResource[]; readonly resourcesCount: number } {
  const resources = applications
    .map((application) => resourceOf(application))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    resources: maximum > 0 ? resources.slice(0, maximum) : resources,
    resourcesCount: resources.length,
  };
}

function resourceOf(application: GeneratedApplication): SetResource {
  const status = (application['status'] ?? {}) as {
    readonly sync?: { readonly status?: string };
    readonly health?: { readonly status?: string };
  };
  const [group = '', version = ''] = application.apiVersion.split('/');
  const { name = '', namespace = '' } = application.metadata;
  return {
    group,
    version,
    kind: application.kind,
    name,
    namespace,
    status: status.sync?.status ?? '',
    health: { status: status.health?.status ?? '' },
  };
}
