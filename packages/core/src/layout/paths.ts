import type { Component, ComponentLayer, Service, ServiceLayer } from '../model/network.ts';

/**
 * Where things lie in a GitOps repository. All paths are relative to its root. The one place that
 * knows them.
 */

/** Versions of an environment: chart versions and image tags. Only releases and builds write it. */
export function versionsPath(environment: string): string {
  return `versions/${environment}.yaml`;
}

/** Values that all nodes of an environment share. */
export function commonValuesPath(environment: string): string {
  return `envs/${environment}/common-node-values.yaml`;
}

/** Values of a service in an environment. */
export function serviceValuesPath(environment: string, service: string): string {
  return `envs/${environment}/${service}/values.yaml`;
}

/** The folder whose sub-folders are the environment's nodes: the only list of nodes there is. */
export function nodesFolder(environment: string): string {
  return `envs/${environment}/nodes`;
}

/** Values of one component of one node. `node` may be a template such as `{{path.basename}}`. */
export function nodeValuesPath(environment: string, node: string, component: string): string {
  return `${nodesFolder(environment)}/${node}/values-${component}.yaml`;
}

/** The folder that the root Application reads. */
export function argocdFolder(environment: string): string {
  return `argocd/${environment}`;
}

/** The App of Apps; applied by hand once, excluded from what it manages. */
export const rootFileName = 'app-root.yaml';

/** File of a service's Application. */
export function serviceManifestPath(environment: string, service: string): string {
  return `${argocdFolder(environment)}/app-${service}.yaml`;
}

/** File of a component's ApplicationSet. */
export function componentManifestPath(environment: string, component: string): string {
  return `${argocdFolder(environment)}/appset-${component}.yaml`;
}

/** What a cluster administrator applies once per environment. */
export function bootstrapFolder(environment: string): string {
  return `bootstrap/${environment}`;
}

/** The value files of a service's Application in order, without the `$values/` prefix. */
export function serviceValueFiles(environment: string, service: Service): string[] {
  const paths: Record<ServiceLayer, string> = {
    versions: versionsPath(environment),
    service: serviceValuesPath(environment, service.name),
  };
  return service.layers.map((layer) => paths[layer]);
}

/** The value files of a node's component in order, without the `$values/` prefix. */
export function componentValueFiles(
  environment: string,
  component: Component,
  node: string,
): string[] {
  const paths: Record<ComponentLayer, string> = {
    versions: versionsPath(environment),
    common: commonValuesPath(environment),
    node: nodeValuesPath(environment, node, component.name),
  };
  return component.layers.map((layer) => paths[layer]);
}
