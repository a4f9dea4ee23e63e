/** Longest Helm release name; Argo CD uses the Application's name as release name. */
/** Namespaces that belong to Kubernetes and to Tidegate's operator: no network may use them. */
export const reservedNamespaces: readonly string[] = [
  'default',
  'kube-node-lease',
  'kube-public',
  'kube-system',
  'tidegate-system',
];

export const helmReleaseNameLengthMax = 53;

/** Longest DNS label (RFC 1123): Namespace and Service names. */
export const dnsLabelLengthMax = 63;

/** Most nodes of one environment whose names are sure to fit one annotation of a gated object. */
export const nodesPerEnvironmentMax = 2000;

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Whether the text is an RFC 1123 DNS label: `a-z`, `0-9` and `-`, 63 characters at most. */
export function isDnsLabel(text: string): boolean {
  return text.length <= dnsLabelLengthMax && dnsLabel.test(text);
}

/** Like {@link isDnsLabel}, but starting with a letter, as names used as YAML keys must. */
export function isName(text: string): boolean {
  return isDnsLabel(text) && /^[a-z]/.test(text);
}
