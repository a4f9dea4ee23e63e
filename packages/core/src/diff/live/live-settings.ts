import { valueAt } from '../../generate/value-at.ts';
import type { Environment } from '../../model/network.ts';
import type { RenderTarget } from '../../render/render-target.ts';
import { readResource, splitDocuments } from '../read-resources.ts';
import { instanceRules, type IgnoreRule } from './ignored-fields.ts';
import type { PlainObject } from './live-cluster.ts';
import type { LiveIndex } from './live-index.ts';

/** What an instance of Argo CD is told in its `argocd-cm`, as far as a comparison needs it. */
export interface InstanceSettings {
  readonly installationId: string | undefined;
  readonly rules: readonly IgnoreRule[];
}

export type Settings = Readonly<Record<RenderTarget['instance'], InstanceSettings>>;

/**
 * The settings of both instances: those of the cluster, for Argo CD goes by them; those of the repository
 * where it has none yet.
 */
export function readSettings(
  index: LiveIndex,
  { argocd }: Environment,
  bootstrap: string,
): Settings {
  const files = splitDocuments(bootstrap).map((text) => readResource(text, '').object);
  const read = (namespace: string): InstanceSettings => {
    const resource = {
      group: '',
      version: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'argocd-cm',
    };
    const isIt = (object: PlainObject): boolean =>
      object['kind'] === resource.kind &&
      valueAt(object, ['metadata', 'name']) === resource.name &&
      valueAt(object, ['metadata', 'namespace']) === namespace;
    const data = valueAt(index.find(resource) ?? files.find(isIt), ['data']);
    const id = valueAt(data, ['installationID']);
    return {
      installationId: typeof id === 'string' && id !== '' ? id : undefined,
      rules: instanceRules(data),
    };
  };
  return { 'non-admin': read(argocd.namespace), admin: read(argocd.adminNamespace) };
}
