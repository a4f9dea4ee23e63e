import { isRecord } from '../../generate/value-at.ts';
import {
  always,
  list,
  optional,
  pointer,
  struct,
  structPointer,
  type Encoder,
} from './encoders.ts';

/**
 * Applications as Argo CD's own types write them: every update of a whole object and every patch made
 * from one drops fields at their zero value and adds structures that are always there.
 * Source: pkg/apis/application/v1alpha1/types.go.
 */

const helm = struct({
  valueFiles: optional,
  parameters: list(struct({ name: optional, value: optional, forceString: optional })),
  releaseName: optional,
  values: optional,
  fileParameters: list(struct({ name: optional, path: optional })),
  version: optional,
  passCredentials: optional,
  ignoreMissingValueFiles: optional,
  skipCrds: optional,
  valuesObject: pointer,
  namespace: optional,
  kubeVersion: optional,
  apiVersions: optional,
  skipTests: optional,
  skipSchemaValidation: optional,
});

const directory = struct({
  recurse: optional,
  jsonnet: optional,
  exclude: optional,
  include: optional,
});

/** A source as Argo CD writes it. */
export const encodeSource = struct({
  repoURL: always(''),
  path: optional,
  targetRevision: optional,
  helm: structPointer(helm),
  kustomize: pointer,
  directory: structPointer(directory),
  plugin: pointer,
  chart: optional,
  ref: optional,
  name: optional,
  tagPrefix: optional,
});

const destination = struct({ server: optional, namespace: optional, name: optional });
const namespaceMetadata = structPointer(struct({ labels: optional, annotations: optional }));
const retryFields = {
  limit: optional,
  backoff: structPointer(struct({ duration: optional, factor: pointer, maxDuration: optional })),
  refresh: optional,
};
const ignoreDifferences = list(
  struct({
    group: optional,
    kind: always(''),
    name: optional,
    namespace: optional,
    jsonPointers: optional,
    jqPathExpressions: optional,
    managedFieldsManagers: optional,
  }),
);
const nameAndValue = list(struct({ name: always(''), value: always('') }));

/** The spec of an Application as Argo CD writes it. */
export const encodeSpec = struct({
  source: structPointer(encodeSource),
  destination,
  project: always(''),
  syncPolicy: structPointer(
    struct({
      automated: structPointer(
        struct({ prune: pointer, selfHeal: pointer, allowEmpty: pointer, enabled: pointer }),
      ),
      syncOptions: optional,
      retry: structPointer(struct(retryFields)),
      managedNamespaceMetadata: namespaceMetadata,
    }),
  ),
  ignoreDifferences,
  info: nameAndValue,
  revisionHistoryLimit: pointer,
  sources: list(encodeSource),
  sourceHydrator: pointer,
});

const initiatedBy = struct({ username: optional, automated: optional });
const syncStrategy = struct({
  apply: structPointer(struct({ force: optional })),
  hook: structPointer(struct({ force: optional })),
});
const syncOperation = struct({
  revision: optional,
  prune: optional,
  dryRun: optional,
  syncStrategy: structPointer(syncStrategy),
  resources: list(
    struct({ group: optional, kind: always(''), name: always(''), namespace: optional }),
  ),
  source: structPointer(encodeSource),
  manifests: optional,
  syncOptions: optional,
  sources: list(encodeSource),
  revisions: optional,
  autoHealAttemptsCount: optional,
});

/** A requested operation as Argo CD writes it. */
export const encodeOperation = struct({
  sync: structPointer(syncOperation),
  initiatedBy,
  info: nameAndValue,
  retry: struct(retryFields),
});

const resourceResult = struct({
  group: always(''),
  version: always(''),
  kind: always(''),
  namespace: always(''),
  name: always(''),
  status: optional,
  message: optional,
  hookType: optional,
  hookPhase: optional,
  syncPhase: optional,
  images: optional,
});

/** The state of an operation as Argo CD writes it. */
export const encodeOperationState = struct({
  operation: encodeOperation,
  phase: always(''),
  message: optional,
  syncResult: structPointer(
    struct({
      resources: list(resourceResult),
      revision: always(''),
      source: encodeSource,
      sources: list(encodeSource),
      revisions: optional,
      managedNamespaceMetadata: namespaceMetadata,
    }),
  ),
  startedAt: always(null),
  finishedAt: optional,
  retryCount: optional,
});

/** One deployment of `status.history` as Argo CD writes it. */
export const encodeHistory = struct({
  revision: optional,
  deployedAt: always(null),
  id: always(0),
  source: encodeSource,
  deployStartedAt: optional,
  sources: list(encodeSource),
  revisions: optional,
  initiatedBy,
});

const condition = struct({ type: always(''), message: always(''), lastTransitionTime: optional });
const resourceStatus = struct({
  group: optional,
  version: optional,
  kind: optional,
  namespace: optional,
  name: optional,
  status: optional,
  health: structPointer(
    struct({ status: optional, message: optional, lastTransitionTime: optional }),
  ),
  hook: optional,
  requiresPruning: optional,
  syncWave: optional,
  requiresDeletionConfirmation: optional,
});

/** `status.resources` as Argo CD writes it. */
export const encodeResources = list(resourceStatus);

/** How Argo CD writes each field of a status, by name. */
export const statusEncoders: Readonly<Record<string, Encoder>> = {
  resources: encodeResources,
  sync: struct({
    status: always(''),
    comparedTo: struct({
      source: encodeSource,
      destination,
      sources: list(encodeSource),
      ignoreDifferences,
    }),
    revision: optional,
    revisions: optional,
  }),
  health: struct({ status: optional, lastTransitionTime: optional }),
  history: list(encodeHistory),
  conditions: list(condition),
  reconciledAt: optional,
  operationState: structPointer(encodeOperationState),
  observedAt: optional,
  sourceType: optional,
  summary: struct({ externalURLs: optional, images: optional, isAppOfApps: optional }),
  resourceHealthSource: optional,
  sourceTypes: pointerToList(),
  controllerNamespace: optional,
  sourceHydrator: struct({
    lastSuccessfulOperation: pointer,
    currentOperation: pointer,
    lastComparedDryRevision: optional,
  }),
};

/** The status of an Application as Argo CD writes it. */
export const encodeStatus = struct(statusEncoders);

/** Types of sources may be empty texts, so only an empty list is left out. */
function pointerToList(): Encoder {
  return (value) => (Array.isArray(value) && value.length > 0 ? value : undefined);
}

/** A whole Application as an update by Argo CD writes it; metadata without empty lists and maps. */
export function encodeApplication(application: Readonly<Record<string, unknown>>): {
  readonly [field: string]: unknown;
} {
  const { metadata, spec, status, operation } = application;
  const kept = Object.entries(isRecord(metadata) ? metadata : {}).filter(
    ([, value]) => optional(value) !== undefined,
  );
  const written = structPointer(encodeOperation)(operation);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: Object.fromEntries(kept),
    spec: encodeSpec(spec),
    status: encodeStatus(status),
    ...(written === undefined ? {} : { operation: written }),
  };
}
