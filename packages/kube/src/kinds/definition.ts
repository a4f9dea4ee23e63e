import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  isObject,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { compileFault } from '../schema/cel.ts';
import { validateCustom } from '../schema/validate-custom.ts';
import { type FieldError, immutable, invalidValue, required } from '../validation/field-error.ts';
import { asErrors, label1035Faults, subdomainFaults } from '../validation/names.ts';
import { refuseConversion } from '../server/unsupported.ts';
import type { Strategy } from './strategy.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const approval = 'api-approved.kubernetes.io';
const protectedGroup = /(^|\.)(k8s\.io|kubernetes\.io)$/;

function versionsOf(object: JsonObject): JsonObject[] {
  return asArray(at(object, 'spec', 'versions')).map(asObject);
}

function defaults(object: JsonObject): JsonObject {
  const names = asObject(at(object, 'spec', 'names'));
  const kind = asString(names['kind']);
  const filled = {
    ...names,
    singular: asString(names['singular']) || kind.toLowerCase(),
    listKind: asString(names['listKind']) || (kind === '' ? '' : `${kind}List`),
  };
  const named = withAt(object, ['spec', 'names'], filled);
  return at(named, 'spec', 'conversion') === undefined
    ? withAt(named, ['spec', 'conversion'], { strategy: 'None' })
    : named;
}

function prepareCreate(object: JsonObject): JsonObject {
  const stored = versionsOf(object)
    .filter((version) => version['storage'] === true)
    .map((version) => asString(version['name']));
  return {
    ...object,
    status: {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: stored.length === 0 ? null : stored,
    },
  };
}

function faultsOf(object: JsonObject): FieldError[] {
  const name = asString(at(object, 'metadata', 'name'));
  const spec = asObject(object['spec']);
  const group = asString(spec['group']);
  const plural = asString(at(spec, 'names', 'plural'));
  const faults: FieldError[] = [];
  if (name !== `${plural}.${group}`) {
    faults.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  faults.push(...specFaults(object, spec));
  if (protectedGroup.test(group) && at(object, 'metadata', 'annotations', approval) === undefined) {
    const why = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    faults.push(required(`metadata.annotations[${approval}]`, why));
  }
  return faults;
}

function specFaults(object: JsonObject, spec: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  if (asString(spec['group']) === '') faults.push(required('spec.group'));
  else
    faults.push(
      ...asErrors('spec.group', asString(spec['group']), subdomainFaults(asString(spec['group']))),
    );
  const scope = asString(spec['scope']);
  if (scope !== 'Cluster' && scope !== 'Namespaced') {
    faults.push({
      reason: 'FieldValueNotSupported',
      field: 'spec.scope',
      message: `Unsupported value: ${JSON.stringify(scope)}: supported values: "Cluster", "Namespaced"`,
    });
  }
  if (spec['preserveUnknownFields'] === true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    faults.push(invalidValue('spec.preserveUnknownFields', true, why));
  }
  return [...faults, ...nameFaults(spec), ...versionFaults(object)];
}

function nameFaults(spec: JsonObject): FieldError[] {
  const faults: FieldError[] = [];
  for (const key of ['plural', 'kind']) {
    const value = asString(at(spec, 'names', key));
    if (value === '') faults.push(required(`spec.names.${key}`));
    else faults.push(...asErrors(`spec.names.${key}`, value, label1035Faults(value.toLowerCase())));
  }
  return faults;
}

function storageFaults(object: JsonObject): FieldError[] {
  const versions = versionsOf(object);
  const count = versions.filter((version) => version['storage'] === true).length;
  const faults: FieldError[] = [];
  if (count !== 1) {
    const shown = versions.map((version) => ({
      Name: version['name'] ?? '',
      Served: version['served'] ?? false,
      Storage: version['storage'] ?? false,
      Deprecated: version['deprecated'] ?? false,
      DeprecationWarning: version['deprecationWarning'] ?? null,
      Schema: null,
      Subresources: null,
      AdditionalPrinterColumns: null,
      SelectableFields: null,
    }));
    faults.push(
      invalidValue(
        'spec.versions',
        shown,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  if (asArray(at(object, 'status', 'storedVersions')).length === 0) {
    faults.push(
      invalidValue('status.storedVersions', null, 'must have at least one stored version'),
    );
  }
  return faults;
}

function versionFaults(object: JsonObject): FieldError[] {
  const versions = versionsOf(object);
  const faults: FieldError[] = [...storageFaults(object)];
  versions.forEach((version, index) => {
    const schema = at(version, 'schema', 'openAPIV3Schema');
    const one = versions.length === 1;
    const place = one ? 'spec' : `spec.versions[${index}]`;
    if (!isObject(schema)) {
      faults.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
      return;
    }
    faults.push(...columnFaults(version, place));
    faults.push(
      ...structureFaults(
        schema,
        one ? 'spec.validation.openAPIV3Schema' : `${place}.schema.openAPIV3Schema`,
      ),
    );
  });
  return faults;
}

function columnFaults(version: JsonObject, place: string): FieldError[] {
  return asArray(version['additionalPrinterColumns']).flatMap((column, index) => {
    const field = `${place}.additionalPrinterColumns[${index}]`;
    const type = asString(at(column, 'type'));
    const faults: FieldError[] = [];
    if (asString(at(column, 'name')) === '') faults.push(required(`${field}.name`));
    if (type === '')
      faults.push(required(`${field}.type`, `must be one of ${columnTypes.join(',')}`));
    else if (!columnTypes.includes(type))
      faults.push(invalidValue(`${field}.type`, type, `must be one of ${columnTypes.join(',')}`));
    if (asString(at(column, 'jsonPath')) === '') faults.push(required(`${field}.JSONPath`));
    return faults;
  });
}

/** What keeps a schema from being structural. */
function structureFaults(schema: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  walkSchema(schema, field, faults);
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const type = asString(schema['type']);
  if (type === '') faults.push(required(`${field}.type`, 'must not be empty at the root'));
  else if (type !== 'object' && !free)
    faults.push(invalidValue(`${field}.type`, type, 'must be object at the root'));
  return faults;
}

function walkSchema(schema: JsonObject, field: string, faults: FieldError[]): void {
  faults.push(
    ...listFaults(schema, field),
    ...defaultFaults(schema, field),
    ...ruleFaults(schema, field),
  );
  for (const [key, inner] of Object.entries(asObject(schema['properties']))) {
    checkInner(asObject(inner), `${field}.properties[${key}]`, {
      where: 'for specified object fields',
      faults,
    });
  }
  const items = schema['items'];
  if (isObject(items))
    checkInner(items, `${field}.items`, { where: 'for specified array items', faults });
  const additional = schema['additionalProperties'];
  if (isObject(additional))
    checkInner(additional, `${field}.additionalProperties`, {
      where: 'for specified object fields',
      faults,
    });
}

function checkInner(
  schema: JsonObject,
  field: string,
  about: { readonly where: string; readonly faults: FieldError[] },
): void {
  const free =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-int-or-string'] === true;
  if (asString(schema['type']) === '' && !free) {
    about.faults.push(required(`${field}.type`, `must not be empty ${about.where}`));
  }
  walkSchema(schema, field, about.faults);
}

function listFaults(schema: JsonObject, field: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'map') return [];
  if (asArray(schema['x-kubernetes-list-map-keys']).length > 0) return [];
  return [
    required(
      `${field}.x-kubernetes-list-map-keys`,
      'must not be empty if x-kubernetes-list-type is map',
    ),
  ];
}

function defaultFaults(schema: JsonObject, field: string): FieldError[] {
  const preset = schema['default'];
  if (preset === undefined) return [];
  const wrapped = {
    type: 'object',
    properties: { value: without(schema, 'default', 'x-kubernetes-validations') },
  };
  return validateCustom(wrapped, { value: preset }).map((fault) => ({
    ...fault,
    field: `${field}.default${fault.field.replace(/^value/, '')}`,
    message: fault.message.replace('value in body', ' in body').replaceAll('value.', ''),
  }));
}

function ruleFaults(schema: JsonObject, field: string): FieldError[] {
  return asArray(schema['x-kubernetes-validations']).flatMap((entry, index) => {
    const rule = asObject(entry);
    const why = compileFault(schema, asString(rule['rule']));
    if (why === undefined) return [];
    const shown = {
      Rule: rule['rule'] ?? '',
      Message: rule['message'] ?? '',
      MessageExpression: rule['messageExpression'] ?? '',
      Reason: rule['reason'] ?? null,
      FieldPath: rule['fieldPath'] ?? '',
      OptionalOldSelf: rule['optionalOldSelf'] ?? null,
    };
    return [invalidValue(`${field}.x-kubernetes-validations[${index}].rule`, shown, why)];
  });
}

function updateFaults(next: JsonObject, live: JsonObject): FieldError[] {
  const established = asArray(at(live, 'status', 'conditions')).some(
    (condition) => at(condition, 'type') === 'Established' && at(condition, 'status') === 'True',
  );
  const faults: FieldError[] = [];
  const fixed: readonly (readonly string[])[] = established
    ? [
        ['spec', 'group'],
        ['spec', 'scope'],
        ['spec', 'names', 'plural'],
      ]
    : [
        ['spec', 'group'],
        ['spec', 'names', 'plural'],
      ];
  for (const path of fixed) {
    const now: Json = at(next, ...path) ?? '';
    if (!equal(now, at(live, ...path))) faults.push(invalidValue(path.join('.'), now, immutable));
  }
  if (faults.length > 0) return faults;
  return [...faultsOf(next), ...lostVersions(next)];
}

function lostVersions(next: JsonObject): FieldError[] {
  const names = versionsOf(next).map((version) => asString(version['name']));
  return asArray(at(next, 'status', 'storedVersions')).flatMap((entry, index) => {
    const version = asString(entry);
    if (names.includes(version)) return [];
    const why = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    return [invalidValue(`status.storedVersions[${index}]`, version, why)];
  });
}

/** How CustomResourceDefinitions are prepared and checked. */
export const definition: Strategy = {
  admit: (object) => {
    refuseConversion(object);
    return object;
  },
  nameRule: subdomainFaults,
  generation: true,
  defaults,
  prepareCreate,
  prepareUpdate: (next) => {
    const storage = versionsOf(next).find((version) => version['storage'] === true);
    const stored = asArray(at(next, 'status', 'storedVersions'));
    const name = storage?.['name'];
    if (name === undefined || stored.includes(name)) return next;
    return withAt(next, ['status', 'storedVersions'], [...stored, name]);
  },
  validate: faultsOf,
  validateUpdate: updateFaults,
};
