import { at } from '../json/value.ts';
import { forbidden, notFound, StatusError } from '../status/status-error.ts';
import type { Context } from './context.ts';
import type { Target } from './write.ts';

/** A new object needs a namespace that is there and stays. */
export function admitNamespace(context: Context, target: Target, name: string): void {
  const { resource, namespace } = target;
  if (resource.custom?.terminating === true) {
    const why = 'create not allowed while custom resource definition is terminating';
    throw forbidden({ group: resource.group, resource: resource.plural }, name, why);
  }
  if (!resource.namespaced) return;
  const found = context.store.get('namespaces', namespace);
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  if (at(found, 'metadata', 'deletionTimestamp') === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden({ group: resource.group, resource: resource.plural }, name, why);
  throw new StatusError(403, 'Forbidden', error.message, {
    ...error.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}
