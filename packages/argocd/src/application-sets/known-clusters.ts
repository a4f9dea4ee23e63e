import type { KnownCluster } from '@tidegate/core/argocd/applicationset';
import { fromBase64, type JsonObject } from '@tidegate/kube';

/** The label by which a Secret describes a cluster. */
export const clusterSecretSelector = 'argocd.argoproj.io/secret-type=cluster';

/** The cluster that Argo CD itself runs in. */
export const inCluster: KnownCluster = {
  name: 'in-cluster',
  server: 'https://kubernetes.default.svc',
};

/**
 * The clusters that Argo CD knows: one for each Secret, and the one that it runs in unless a Secret
 * describes that. Source: applicationset/utils/clusterUtils.go.
 */
export function knownClusters(secrets: readonly JsonObject[]): KnownCluster[] {
  const described = secrets.map((secret) => {
    const data = (secret['data'] ?? {}) as JsonObject;
    return { name: textIn(data, 'name'), server: textIn(data, 'server') };
  });
  const own = described.some(({ server }) => server === inCluster.server);
  return own ? described : [...described, inCluster];
}

function textIn(data: JsonObject, key: string): string {
  const value = data[key];
  return typeof value === 'string' ? fromBase64(value) : '';
}
