import { KubeError, type ObjectRef } from '@tidegate/kube';
import { apiVersionOf, supports, type ApiResource } from '../discovery/index.ts';
import type { ApplyContext } from './context.ts';

/**
 * The resource of a kind, as the server has it now. Throws KubeError: 404 when there is none.
 * Source: `ServerResourceForGroupVersionKind` in gitops-engine/pkg/utils/kube/kube.go.
 */
export async function serverResource(
  { discovery }: Pick<ApplyContext, 'discovery'>,
  { group, version, kind }: { group: string; version: string; kind: string },
  verb: string,
): Promise<ApiResource> {
  const apiVersion = apiVersionOf(group, version);
  const failure = (text: string): string =>
    `failed to discover server resources for group version ${apiVersion}: ${text}`;
  let offered: readonly ApiResource[] | undefined;
  try {
    offered = await discovery.refreshVersion(group, version);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new KubeError(error.code, { message: failure(error.message) });
  }
  if (offered === undefined)
    throw new KubeError(404, {
      message: failure('the server could not find the requested resource'),
    });
  const found = offered.filter((resource) => resource.kind === kind);
  const fit = found.find((resource) => supports(resource, verb));
  if (fit !== undefined) return fit;
  const name = group === '' ? kind : `${kind}.${group}`;
  if (found.length === 0) throw new KubeError(404, { message: `${name} "" not found` });
  throw new KubeError(405, {
    message: `${verb} is not supported on resources of kind "${name}"`,
  });
}

/** The resource of an object that is there; failures say what was looked for. */
export async function resourceOf(
  { discovery }: ApplyContext,
  kind: { group: string; version: string; kind: string },
  verb: string,
): Promise<ApiResource> {
  const known = discovery.resourceFor(kind.group, kind.version, kind.kind);
  if (known !== undefined && supports(known, verb)) return known;
  try {
    return await serverResource({ discovery }, kind, verb);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new KubeError(error.code, { message: `failed to get api resource: ${error.message}` });
  }
}

/** Where an object of a resource is. */
export function refIn(resource: ApiResource, key: { namespace: string; name: string }): ObjectRef {
  return resource.namespaced ? { name: key.name, namespace: key.namespace } : { name: key.name };
}
