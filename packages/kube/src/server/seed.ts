import type { JsonObject } from '../json/value.ts';
import { type Context, newUid, timestamp } from './context.ts';

/** Puts in what every cluster has: its namespaces and the service of the API. */
export function seed(context: Context): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    const namespace: JsonObject = {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: {
        name,
        uid: newUid(context.options.random),
        creationTimestamp: timestamp(context),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    context.store.put('namespaces', name, namespace);
  }
}
