import {
  fields,
  flag,
  listOf,
  objectSchema,
  oneOf,
  type Schema,
  text,
  textMap,
  texts,
  time,
  whole,
} from './schema.ts';
import { nameValue, source, sourceHydrator } from './sources.ts';

export const destination: Schema = fields({ name: text, namespace: text, server: text });

const ignoredDifference = fields({
  group: text,
  jqPathExpressions: texts,
  jsonPointers: texts,
  'kind!': text,
  managedFieldsManagers: texts,
  name: text,
  namespace: text,
});

const retry = fields({
  backoff: fields({ duration: text, factor: whole, maxDuration: text }),
  limit: whole,
  refresh: flag,
});

const initiatedBy = fields({ automated: flag, username: text });
const strategy = fields({ force: flag });

/** `.operation`, which `status.operationState.operation` repeats. */
const operation = fields({
  info: listOf(nameValue),
  initiatedBy,
  retry,
  sync: fields({
    autoHealAttemptsCount: whole,
    dryRun: flag,
    manifests: texts,
    prune: flag,
    resources: listOf(fields({ group: text, 'kind!': text, 'name!': text, namespace: text })),
    revision: text,
    revisions: texts,
    source,
    sources: listOf(source),
    syncOptions: texts,
    syncStrategy: fields({ apply: strategy, hook: strategy }),
  }),
});

const namespaceMetadata = fields({ annotations: textMap, labels: textMap });

/** `spec` of an Application, and of the template of an ApplicationSet. */
export const applicationSpec: Schema = fields({
  'destination!': destination,
  ignoreDifferences: listOf(ignoredDifference),
  info: listOf(nameValue),
  'project!': text,
  revisionHistoryLimit: whole,
  source,
  sourceHydrator,
  sources: listOf(source),
  syncPolicy: fields({
    automated: fields({ allowEmpty: flag, enabled: flag, prune: flag, selfHeal: flag }),
    managedNamespaceMetadata: namespaceMetadata,
    retry,
    syncOptions: texts,
  }),
});

export const health: Schema = fields({ lastTransitionTime: time, message: text, status: text });

/** An entry of `status.resources`, of Applications and of ApplicationSets. */
export const resourceStatus: Schema = fields({
  group: text,
  health,
  hook: flag,
  kind: text,
  name: text,
  namespace: text,
  requiresDeletionConfirmation: flag,
  requiresPruning: flag,
  status: text,
  syncWave: whole,
  version: text,
});

const syncResult = fields({
  managedNamespaceMetadata: namespaceMetadata,
  resources: listOf(
    fields({
      'group!': text,
      hookPhase: text,
      hookType: text,
      images: texts,
      'kind!': text,
      message: text,
      'name!': text,
      'namespace!': text,
      status: text,
      syncPhase: text,
      'version!': text,
    }),
  ),
  'revision!': text,
  revisions: texts,
  source,
  sources: listOf(source),
});

const operationState = fields({
  finishedAt: time,
  message: text,
  'operation!': operation,
  'phase!': text,
  retryCount: whole,
  'startedAt!': time,
  syncResult,
});

const revisionHistory = fields({
  deployStartedAt: time,
  'deployedAt!': time,
  'id!': whole,
  initiatedBy,
  revision: text,
  revisions: texts,
  source,
  sources: listOf(source),
});

const hydratorStatus = fields({
  currentOperation: fields({
    drySHA: text,
    finishedAt: time,
    hydratedSHA: text,
    'message!': text,
    'phase!': oneOf('Hydrating', 'Failed', 'Hydrated'),
    sourceHydrator,
    startedAt: time,
  }),
  lastComparedDryRevision: text,
  lastSuccessfulOperation: fields({ drySHA: text, hydratedSHA: text, sourceHydrator }),
});

const applicationStatus = fields({
  conditions: listOf(fields({ lastTransitionTime: time, 'message!': text, 'type!': text })),
  controllerNamespace: text,
  health,
  history: listOf(revisionHistory),
  observedAt: time,
  operationState,
  reconciledAt: time,
  resourceHealthSource: text,
  resources: listOf(resourceStatus),
  sourceHydrator: hydratorStatus,
  sourceType: text,
  sourceTypes: texts,
  summary: fields({ externalURLs: texts, images: texts, isAppOfApps: flag }),
  sync: fields({
    comparedTo: fields({
      'destination!': destination,
      ignoreDifferences: listOf(ignoredDifference),
      source,
      sources: listOf(source),
    }),
    revision: text,
    revisions: texts,
    'status!': text,
  }),
});

export const applicationSchema: Schema = objectSchema({
  operation,
  'spec!': applicationSpec,
  status: applicationStatus,
});
