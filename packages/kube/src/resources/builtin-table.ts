/**
 * The built-in resources, one line each:
 * `plural Kind type-in-client N|C short,names categories subresources hash-version`.
 * `-` stands for none. Subresources: `status`, `scale` and others by name.
 */
export interface TableGroup {
  readonly group: string;
  readonly version: string;
  readonly lines: readonly string[];
}

export const builtinTable: readonly TableGroup[] = [
  {
    group: '',
    version: 'v1',
    lines: [
      'bindings Binding V1Binding N - - - create',
      'componentstatuses ComponentStatus - C cs - - getlist',
      'configmaps ConfigMap V1ConfigMap N cm - -',
      'endpoints Endpoints V1Endpoints N ep - -',
      'events Event CoreV1Event N ev - -',
      'limitranges LimitRange V1LimitRange N limits - -',
      'namespaces Namespace V1Namespace C ns - finalize,status nocollection',
      'nodes Node V1Node C no - proxy,status',
      'persistentvolumeclaims PersistentVolumeClaim V1PersistentVolumeClaim N pvc - status',
      'persistentvolumes PersistentVolume V1PersistentVolume C pv - status',
      'pods Pod V1Pod N po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status',
      'podtemplates PodTemplate V1PodTemplate N - - -',
      'replicationcontrollers ReplicationController V1ReplicationController N rc all scale,status',
      'resourcequotas ResourceQuota V1ResourceQuota N quota - status',
      'secrets Secret V1Secret N - - -',
      'serviceaccounts ServiceAccount V1ServiceAccount N sa - token',
      'services Service V1Service N svc all proxy,status',
    ],
  },
  {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    lines: ['apiservices APIService V1APIService C - api-extensions status'],
  },
  {
    group: 'apps',
    version: 'v1',
    lines: [
      'controllerrevisions ControllerRevision V1ControllerRevision N - - -',
      'daemonsets DaemonSet V1DaemonSet N ds all status',
      'deployments Deployment V1Deployment N deploy all scale,status',
      'replicasets ReplicaSet V1ReplicaSet N rs all scale,status',
      'statefulsets StatefulSet V1StatefulSet N sts all scale,status',
    ],
  },
  {
    group: 'events.k8s.io',
    version: 'v1',
    lines: ['events Event EventsV1Event N ev - -'],
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    lines: [
      'selfsubjectreviews SelfSubjectReview V1SelfSubjectReview C - - - create',
      'tokenreviews TokenReview V1TokenReview C - - - create',
    ],
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    lines: [
      'localsubjectaccessreviews LocalSubjectAccessReview V1LocalSubjectAccessReview N - - - create',
      'selfsubjectaccessreviews SelfSubjectAccessReview V1SelfSubjectAccessReview C - - - create',
      'selfsubjectrulesreviews SelfSubjectRulesReview V1SelfSubjectRulesReview C - - - create',
      'subjectaccessreviews SubjectAccessReview V1SubjectAccessReview C - - - create',
    ],
  },
  {
    group: 'autoscaling',
    version: 'v2',
    lines: [
      'horizontalpodautoscalers HorizontalPodAutoscaler V2HorizontalPodAutoscaler N hpa all status',
    ],
  },
  {
    group: 'batch',
    version: 'v1',
    lines: ['cronjobs CronJob V1CronJob N cj all status', 'jobs Job V1Job N - all status'],
  },
  {
    group: 'certificates.k8s.io',
    version: 'v1',
    lines: [
      'certificatesigningrequests CertificateSigningRequest V1CertificateSigningRequest C csr - approval,status',
    ],
  },
  {
    group: 'networking.k8s.io',
    version: 'v1',
    lines: [
      'ingressclasses IngressClass V1IngressClass C - - -',
      'ingresses Ingress V1Ingress N ing - status',
      'ipaddresses IPAddress V1IPAddress C ip - -',
      'networkpolicies NetworkPolicy V1NetworkPolicy N netpol - -',
      'servicecidrs ServiceCIDR V1ServiceCIDR C - - status',
    ],
  },
  {
    group: 'policy',
    version: 'v1',
    lines: ['poddisruptionbudgets PodDisruptionBudget V1PodDisruptionBudget N pdb - status'],
  },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    lines: [
      'clusterrolebindings ClusterRoleBinding V1ClusterRoleBinding C - - -',
      'clusterroles ClusterRole V1ClusterRole C - - -',
      'rolebindings RoleBinding V1RoleBinding N - - -',
      'roles Role V1Role N - - -',
    ],
  },
  {
    group: 'storage.k8s.io',
    version: 'v1',
    lines: [
      'csidrivers CSIDriver V1CSIDriver C - - -',
      'csinodes CSINode V1CSINode C - - -',
      'csistoragecapacities CSIStorageCapacity V1CSIStorageCapacity N - - -',
      'storageclasses StorageClass V1StorageClass C sc - -',
      'volumeattachments VolumeAttachment V1VolumeAttachment C - - status',
      'volumeattributesclasses VolumeAttributesClass V1VolumeAttributesClass C vac - -',
    ],
  },
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    lines: [
      'mutatingadmissionpolicies MutatingAdmissionPolicy - C - api-extensions -',
      'mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding - C - api-extensions -',
      'mutatingwebhookconfigurations MutatingWebhookConfiguration V1MutatingWebhookConfiguration C - api-extensions -',
      'validatingadmissionpolicies ValidatingAdmissionPolicy V1ValidatingAdmissionPolicy C - api-extensions status',
      'validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding V1ValidatingAdmissionPolicyBinding C - api-extensions -',
      'validatingwebhookconfigurations ValidatingWebhookConfiguration V1ValidatingWebhookConfiguration C - api-extensions -',
    ],
  },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    lines: [
      'customresourcedefinitions CustomResourceDefinition V1CustomResourceDefinition C crd,crds api-extensions status',
    ],
  },
  {
    group: 'scheduling.k8s.io',
    version: 'v1',
    lines: ['priorityclasses PriorityClass V1PriorityClass C pc - -'],
  },
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    lines: ['leases Lease V1Lease N - - -'],
  },
  {
    group: 'node.k8s.io',
    version: 'v1',
    lines: ['runtimeclasses RuntimeClass V1RuntimeClass C - - -'],
  },
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    lines: ['endpointslices EndpointSlice V1EndpointSlice N - - -'],
  },
  {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1',
    lines: [
      'flowschemas FlowSchema V1FlowSchema C - - status',
      'prioritylevelconfigurations PriorityLevelConfiguration V1PriorityLevelConfiguration C - - status',
    ],
  },
];

/** The version that the hash of where a kind is stored was made from, where it is not the served one. */
export const hashOf: Readonly<Record<string, string>> = {
  'customresourcedefinitions.apiextensions.k8s.io':
    'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
  'events.events.k8s.io': '/v1/Event',
  'mutatingadmissionpolicies.admissionregistration.k8s.io':
    'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io':
    'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicyBinding',
};
