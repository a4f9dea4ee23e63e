import type { JsonObject } from '@tidegate/kube';

/** Kinds that the default installation does not watch, by their groups. */
const exclusions: readonly (readonly [groups: readonly string[], kinds: readonly string[]])[] = [
  [
    ['', 'discovery.k8s.io'],
    ['Endpoints', 'EndpointSlice'],
  ],
  [['coordination.k8s.io'], ['Lease']],
  [
    ['authentication.k8s.io', 'authorization.k8s.io'],
    [
      'SelfSubjectReview',
      'TokenReview',
      'LocalSubjectAccessReview',
      'SelfSubjectAccessReview',
      'SelfSubjectRulesReview',
      'SubjectAccessReview',
    ],
  ],
  [['certificates.k8s.io'], ['CertificateSigningRequest']],
  [['cert-manager.io'], ['CertificateRequest']],
  [['cilium.io'], ['CiliumIdentity', 'CiliumEndpoint', 'CiliumEndpointSlice']],
  [
    ['kyverno.io', 'reports.kyverno.io', 'wgpolicyk8s.io'],
    [
      'PolicyReport',
      'ClusterPolicyReport',
      'EphemeralReport',
      'ClusterEphemeralReport',
      'AdmissionReport',
      'ClusterAdmissionReport',
      'BackgroundScanReport',
      'ClusterBackgroundScanReport',
      'UpdateRequest',
    ],
  ],
];

function annotation(name: string): string {
  return `.metadata.annotations."${name}"`;
}

/** Changes that are no reason to compare again: JSON pointers, or jq paths, by `group_Kind`. */
const ignoredUpdates: Readonly<Record<string, JsonObject>> = {
  all: { jsonPointers: ['/status'] },
  'argoproj.io_Application': {
    jqPathExpressions: [
      annotation('notified.notifications.argoproj.io'),
      annotation('argocd.argoproj.io/refresh'),
      annotation('argocd.argoproj.io/hydrate'),
      '.operation',
    ],
  },
  'argoproj.io_Rollout': { jqPathExpressions: [annotation('notified.notifications.argoproj.io')] },
  autoscaling_HorizontalPodAutoscaler: {
    jqPathExpressions: ['behavior', 'conditions', 'metrics', 'current-metrics'].map((name) =>
      annotation(`autoscaling.alpha.kubernetes.io/${name}`),
    ),
  },
  ConfigMap: {
    jqPathExpressions: [
      annotation('cluster-autoscaler.kubernetes.io/last-updated'),
      annotation('control-plane.alpha.kubernetes.io/leader'),
    ],
  },
  apps_ReplicaSet: {
    jqPathExpressions: [
      annotation('deployment.kubernetes.io/desired-replicas'),
      annotation('deployment.kubernetes.io/max-replicas'),
      annotation('rollout.argoproj.io/desired-replicas'),
    ],
  },
  'discovery.k8s.io_EndpointSlice': { jsonPointers: ['/metadata', '/endpoints', '/ports'] },
  Endpoints: { jsonPointers: ['/metadata', '/subsets'] },
};

/** `argocd-cm` of Argo CD 3.5.1's default installation (manifests/install.yaml); values are JSON, which is YAML. */
export function defaultSettings(): Record<string, string> {
  const excluded = exclusions.map(([apiGroups, kinds]) => ({ apiGroups, kinds }));
  const settings: Record<string, string> = { 'resource.exclusions': JSON.stringify(excluded) };
  for (const [kind, rule] of Object.entries(ignoredUpdates))
    settings[`resource.customizations.ignoreResourceUpdates.${kind}`] = JSON.stringify(rule);
  return settings;
}

function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): JsonObject {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    ...(Object.keys(data).length === 0 ? {} : { data: { ...data } }),
  };
}

/**
 * The objects that an installation of Argo CD brings for one instance, without its workloads: the
 * namespace, the settings and the project `default`, which permits everything.
 */
export function argoCdInstallation(
  namespace: string,
  settings: Readonly<Record<string, string>> = {},
): JsonObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    configMap(namespace, 'argocd-cm', { ...defaultSettings(), ...settings }),
    configMap(namespace, 'argocd-cmd-params-cm', {}),
    configMap(namespace, 'argocd-rbac-cm', {}),
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
  ];
}
