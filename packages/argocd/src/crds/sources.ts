import {
  fields,
  flag,
  freeObject,
  intOrText,
  listOf,
  mapOf,
  type Schema,
  text,
  textMap,
  texts,
} from './schema.ts';

/** A name and a value, both of them needed. */
export const nameValue: Schema = fields({ 'name!': text, 'value!': text });

const jsonnetVariable = fields({ code: flag, 'name!': text, 'value!': text });

export const directory: Schema = fields({
  exclude: text,
  include: text,
  jsonnet: fields({
    extVars: listOf(jsonnetVariable),
    libs: texts,
    tlas: listOf(jsonnetVariable),
  }),
  recurse: flag,
});

export const helm: Schema = fields({
  apiVersions: texts,
  fileParameters: listOf(fields({ name: text, path: text })),
  ignoreMissingValueFiles: flag,
  kubeVersion: text,
  namespace: text,
  parameters: listOf(fields({ forceString: flag, name: text, value: text })),
  passCredentials: flag,
  releaseName: text,
  skipCrds: flag,
  skipSchemaValidation: flag,
  skipTests: flag,
  valueFiles: texts,
  values: text,
  valuesObject: freeObject,
  version: text,
});

export const kustomize: Schema = fields({
  apiVersions: texts,
  commonAnnotations: textMap,
  commonAnnotationsEnvsubst: flag,
  commonLabels: textMap,
  components: texts,
  forceCommonAnnotations: flag,
  forceCommonLabels: flag,
  ignoreMissingComponents: flag,
  images: texts,
  kubeVersion: text,
  labelIncludeTemplates: flag,
  labelWithoutSelector: flag,
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  patches: listOf(
    fields({
      options: mapOf(flag),
      patch: text,
      path: text,
      target: fields({
        annotationSelector: text,
        group: text,
        kind: text,
        labelSelector: text,
        name: text,
        namespace: text,
        version: text,
      }),
    }),
  ),
  replicas: listOf(fields({ 'count!': intOrText, 'name!': text })),
  version: text,
});

export const plugin: Schema = fields({
  env: listOf(nameValue),
  name: text,
  parameters: listOf(fields({ array: texts, map: textMap, name: text, string: text })),
});

/** `spec.source`, and each of `spec.sources`. */
export const source: Schema = fields({
  chart: text,
  directory,
  helm,
  kustomize,
  name: text,
  path: text,
  plugin,
  ref: text,
  'repoURL!': text,
  tagPrefix: text,
  targetRevision: text,
});

export const sourceHydrator: Schema = fields({
  'drySource!': fields({
    directory,
    helm,
    kustomize,
    'path!': text,
    plugin,
    'repoURL!': text,
    'targetRevision!': text,
  }),
  hydrateTo: fields({ 'targetBranch!': text }),
  'syncSource!': fields({
    'path!': { type: 'string', minLength: 1, pattern: '^.{2,}|[^./]$' },
    repoURL: text,
    'targetBranch!': text,
  }),
});
