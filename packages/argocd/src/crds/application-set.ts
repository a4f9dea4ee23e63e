import { applicationSpec, health, resourceStatus } from './application.ts';
import { pullRequestHosts, repositoryHosts } from './code-hosts.ts';
import {
  anything,
  atomicListOf,
  fields,
  flag,
  intOrText,
  listOf,
  mapOf,
  objectSchema,
  oneOf,
  type Schema,
  text,
  textMap,
  texts,
  time,
  whole,
} from './schema.ts';

const template = fields({
  'metadata!': fields({
    annotations: textMap,
    finalizers: texts,
    labels: textMap,
    name: text,
    namespace: text,
  }),
  'spec!': applicationSpec,
});

const labelSelector: Schema = {
  ...fields({
    matchExpressions: atomicListOf(
      fields({ 'key!': text, 'operator!': text, values: atomicListOf(text) }),
    ),
    matchLabels: textMap,
  }),
  'x-kubernetes-map-type': 'atomic',
};

const gitPattern = fields({ exclude: flag, 'path!': text });

/** Generators that hold no others. */
const plainGenerators: Readonly<Record<string, Schema>> = {
  clusterDecisionResource: fields({
    'configMapRef!': text,
    labelSelector,
    name: text,
    requeueAfterSeconds: whole,
    template,
    values: textMap,
  }),
  clusters: fields({ flatList: flag, selector: labelSelector, template, values: textMap }),
  git: fields({
    directories: listOf(gitPattern),
    files: listOf(gitPattern),
    pathParamPrefix: text,
    'repoURL!': text,
    requeueAfterSeconds: whole,
    'revision!': text,
    template,
    values: textMap,
  }),
  list: fields({ elements: listOf(anything), elementsYaml: text, template }),
  plugin: fields({
    'configMapRef!': fields({ 'name!': text }),
    input: fields({ parameters: mapOf(anything) }),
    requeueAfterSeconds: whole,
    template,
    values: textMap,
  }),
  pullRequest: fields({
    ...pullRequestHosts,
    continueOnRepoNotFoundError: flag,
    filters: listOf(fields({ branchMatch: text, targetBranchMatch: text, titleMatch: text })),
    requeueAfterSeconds: whole,
    template,
    values: textMap,
  }),
  scmProvider: fields({
    ...repositoryHosts,
    cloneProtocol: text,
    filters: listOf(
      fields({
        branchMatch: text,
        labelMatch: text,
        pathsDoNotExist: texts,
        pathsExist: texts,
        repositoryMatch: text,
      }),
    ),
    requeueAfterSeconds: whole,
    template,
    values: textMap,
  }),
};

/** A generator within a matrix or merge generator. What those hold in turn is not described. */
const nestedGenerator = fields({
  ...plainGenerators,
  matrix: anything,
  merge: anything,
  selector: labelSelector,
});

const generator = fields({
  ...plainGenerators,
  matrix: fields({ 'generators!': listOf(nestedGenerator), template }),
  merge: fields({ 'generators!': listOf(nestedGenerator), 'mergeKeys!': texts, template }),
  selector: labelSelector,
});

const rolloutStep = fields({
  matchExpressions: listOf(fields({ key: text, operator: text, values: texts })),
  maxUpdate: intOrText,
});

const setSpec = fields({
  applyNestedSelectors: flag,
  'generators!': listOf(generator),
  goTemplate: flag,
  goTemplateOptions: texts,
  ignoreApplicationDifferences: listOf(
    fields({ jqPathExpressions: texts, jsonPointers: texts, name: text }),
  ),
  preservedFields: fields({ annotations: texts, labels: texts }),
  strategy: fields({
    deletionOrder: text,
    rollingSync: fields({ steps: listOf(rolloutStep) }),
    type: text,
  }),
  syncPolicy: fields({
    applicationsSync: oneOf('create-only', 'create-update', 'create-delete', 'sync'),
    preserveResourcesOnDeletion: flag,
  }),
  'template!': template,
  templatePatch: text,
});

const setStatus = fields({
  applicationStatus: listOf(
    fields({
      'application!': text,
      lastTransitionTime: time,
      'message!': text,
      'status!': text,
      'step!': text,
      'targetRevisions!': texts,
    }),
  ),
  conditions: listOf(
    fields({
      lastTransitionTime: time,
      'message!': text,
      'reason!': text,
      'status!': text,
      'type!': text,
    }),
  ),
  health,
  resources: listOf(resourceStatus),
  resourcesCount: whole,
});

export const applicationSetSchema: Schema = objectSchema({ 'spec!': setSpec, status: setStatus });
