import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { byteLength } from '../text/utf8.ts';
import {
  type FieldError,
  forbiddenField,
  immutable,
  invalidValue,
  required,
  tooLong,
} from './field-error.ts';
import { asErrors, labelValueFaults, type NameRule, qualifiedNameFaults } from './names.ts';

const maxAnnotations = 256 * 1024;

/** Faults of the metadata of a new object. */
export function metadataFaults(
  object: JsonObject,
  nameRule: NameRule,
  namespaced: boolean,
): FieldError[] {
  const metadata = asObject(object['metadata']);
  const faults: FieldError[] = [];
  const name = asString(metadata['name']);
  const generate = asString(metadata['generateName']);
  if (generate !== '') {
    faults.push(
      ...asErrors(
        'metadata.generateName',
        generate,
        nameRule(generate.replace(/-+$/, '') || generate),
      ),
    );
  }
  if (name === '') faults.push(required('metadata.name', 'name or generateName is required'));
  else faults.push(...asErrors('metadata.name', name, nameRule(name)));
  if (!namespaced && asString(metadata['namespace']) !== '') {
    faults.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  return [...faults, ...commonFaults(metadata, isBuiltin(object))];
}

/** What is checked on new and on changed objects alike. */
function commonFaults(metadata: JsonObject, isBuiltin: boolean): FieldError[] {
  return [
    ...labelFaultsOf(asObject(metadata['labels']), 'metadata.labels'),
    ...annotationFaults(asObject(metadata['annotations']), 'metadata.annotations'),
    ...ownerFaults(asArray(metadata['ownerReferences'])),
    ...finalizerFaults(asArray(metadata['finalizers']), isBuiltin),
  ];
}

export function labelFaultsOf(labels: JsonObject, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...asErrors(field, key, qualifiedNameFaults(key)),
    ...asErrors(field, asString(value), labelValueFaults(asString(value))),
  ]);
}

/** Faults of annotations. */
export function annotationFaults(annotations: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    faults.push(...asErrors(field, key, qualifiedNameFaults(key.toLowerCase())));
    size += byteLength(key) + byteLength(asString(value));
  }
  if (size > maxAnnotations) faults.push(tooLong(field, maxAnnotations));
  return faults;
}

function ownerFaults(owners: readonly Json[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const faults: FieldError[] = [];
  const controllers: string[] = [];
  for (const entry of owners) {
    const owner = asObject(entry);
    if (asString(owner['apiVersion']) === '') {
      faults.push(
        invalidValue(
          `${field}.apiVersion`,
          asString(owner['apiVersion']),
          'version must not be empty',
        ),
      );
    }
    for (const key of ['kind', 'name', 'uid']) {
      if (asString(owner[key]) === '')
        faults.push(invalidValue(`${field}.${key}`, asString(owner[key]), 'must not be empty'));
    }
    if (owner['controller'] === true)
      controllers.push(`${asString(owner['kind'])}/${asString(owner['name'])}`);
  }
  for (const owner of owners) {
    if (at(owner, 'kind') !== 'Event' || at(owner, 'apiVersion') !== 'v1') continue;
    faults.push(invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  if (controllers.length > 1) {
    const found = `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0] ?? ''} and ${controllers[1] ?? ''}`;
    faults.push(invalidValue(field, [...owners], found));
  }
  return faults;
}

function finalizerFaults(finalizers: readonly Json[], isBuiltin: boolean): FieldError[] {
  const field = 'metadata.finalizers';
  const faults = finalizers.flatMap((entry) =>
    asErrors(field, asString(entry), qualifiedNameFaults(asString(entry))),
  );
  if (isBuiltin) faults.push(...standardFaults(finalizers, field));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    faults.push(
      invalidValue(
        field,
        [...finalizers],
        'finalizer orphan and foregroundDeletion cannot be both set',
      ),
    );
  }
  return faults;
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Built-in kinds take finalizers of Kubernetes' own, and others with a domain. */
function standardFaults(finalizers: readonly Json[], field: string): FieldError[] {
  return finalizers.map(asString).flatMap((entry, index) => {
    if (entry.split('/').length === 2 || standardFinalizers.has(entry)) return [];
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    return [invalidValue(`${field}[${index}]`, entry, why)];
  });
}

const builtinGroups = new Set([
  'apps',
  'autoscaling',
  'batch',
  'policy',
  ...[
    'admissionregistration',
    'certificates',
    'coordination',
    'discovery',
    'flowcontrol.apiserver',
    'networking',
    'node',
    'rbac.authorization',
    'scheduling',
    'storage',
  ].map((group) => `${group}.k8s.io`),
]);

/** Whether an object's metadata is checked as that of Kubernetes' own groups (pkg/apis/core/validation). */
function isBuiltin(object: JsonObject): boolean {
  const [group = '', version] = asString(object['apiVersion']).split('/');
  return version === undefined || builtinGroups.has(group);
}

/** Faults of a change of metadata. */
export function metadataUpdateFaults(next: JsonObject, previous: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  for (const key of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ]) {
    const now = at(next, 'metadata', key);
    if (now === undefined || equal(now, at(previous, 'metadata', key))) continue;
    faults.push(invalidValue(`metadata.${key}`, now, immutable));
  }
  faults.push(...newFinalizerFaults(next, previous));
  faults.push(...commonFaults(asObject(next['metadata']), isBuiltin(next)));
  return faults;
}

function newFinalizerFaults(next: JsonObject, previous: JsonObject): FieldError[] {
  if (at(previous, 'metadata', 'deletionTimestamp') === undefined) return [];
  const known = asArray(at(previous, 'metadata', 'finalizers'));
  const added = asArray(at(next, 'metadata', 'finalizers')).filter(
    (entry) => !known.includes(entry),
  );
  if (added.length === 0) return [];
  const list = added.map((entry) => JSON.stringify(entry)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [forbiddenField('metadata.finalizers', why)];
}
