import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { findSchema } from '../schema/selectable.ts';
import { structureFaults } from '../schema/structural.ts';
import { oneOf } from '../validation/checks.ts';
import { duplicate, type FieldError, invalidValue, required } from '../validation/field-error.ts';
import { asErrors, label1035Faults, subdomainFaults } from '../validation/names.ts';

const approval = 'api-approved.kubernetes.io';
const protectedGroup = /(^|\.)(k8s\.io|kubernetes\.io)$/;

function versionsOf(object: JsonObject): JsonObject[] {
  return asArray(at(object, 'spec', 'versions')).map(asObject);
}

/** Faults of a definition (Kubernetes apiextensions pkg/apis/apiextensions/validation). */
export function definitionFaults(object: JsonObject): FieldError[] {
  const name = asString(at(object, 'metadata', 'name'));
  const spec = asObject(object['spec']);
  const group = asString(spec['group']);
  const plural = asString(at(spec, 'names', 'plural'));
  const faults: FieldError[] = [];
  if (name !== '' && name !== `${plural}.${group}`)
    faults.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  faults.push(...specFaults(object, spec), ...storedFaults(object));
  if (protectedGroup.test(group) && at(object, 'metadata', 'annotations', approval) === undefined) {
    const why = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    faults.push(required(`metadata.annotations[${approval}]`, why));
  }
  return faults;
}

function specFaults(object: JsonObject, spec: JsonObject): FieldError[] {
  const conversion = at(spec, 'conversion', 'strategy');
  return [
    ...groupFaults(spec),
    ...versionFaults(object),
    ...nameFaults(asObject(spec['names'])),
    ...contentFaults(object),
    ...oneOf('spec.conversion.strategy', conversion, ['None', 'Webhook']),
  ];
}

function groupFaults(spec: JsonObject): FieldError[] {
  const group = asString(spec['group']);
  const scope = asString(spec['scope']);
  const faults: FieldError[] = [];
  if (group === '') faults.push(required('spec.group'));
  else if (subdomainFaults(group).length > 0)
    faults.push(...asErrors('spec.group', group, subdomainFaults(group)));
  else if (!group.includes('.'))
    faults.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  if (scope === '') faults.push(required('spec.scope'));
  else faults.push(...oneOf('spec.scope', scope, ['Cluster', 'Namespaced']));
  if (spec['preserveUnknownFields'] === true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    faults.push(invalidValue('spec.preserveUnknownFields', true, why));
  }
  return faults;
}

/** Versions as Go prints them, without what all have in common. */
function shownVersions(object: JsonObject): Json {
  if (!Array.isArray(at(object, 'spec', 'versions'))) return null;
  return versionsOf(object).map((version) => ({
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
}

function versionFaults(object: JsonObject): FieldError[] {
  const versions = versionsOf(object);
  const names = versions.map((version) => asString(version['name']));
  const faults: FieldError[] = [];
  versions.forEach((version, index) => {
    const place = `spec.versions[${index}]`;
    if (!isObject(at(version, 'schema', 'openAPIV3Schema')))
      faults.push(required(`${place}.schema.openAPIV3Schema`));
  });
  versions.forEach((version, index) => {
    const place = `spec.versions[${index}]`;
    const name = names[index] ?? '';
    faults.push(...asErrors(`${place}.name`, name, label1035Faults(name)));
    const warning = version['deprecationWarning'];
    if (version['deprecated'] !== true && warning !== undefined) {
      const why = 'can only be set for deprecated versions';
      faults.push(invalidValue(`${place}.deprecationWarning`, warning, why));
    }
  });
  const shown = shownVersions(object);
  if (new Set(names).size < names.length)
    faults.push(invalidValue('spec.versions', shown, 'must contain unique version names'));
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    const why = 'must have exactly one version marked as storage version';
    faults.push(invalidValue('spec.versions', shown, why));
  }
  const [first = ''] = names;
  if (versions.length > 0) faults.push(...asErrors('spec.version', first, label1035Faults(first)));
  return faults;
}

const mixed = 'may have mixed case, but should otherwise match: ';

function nameFaults(names: JsonObject): FieldError[] {
  const keys = ['plural', 'singular', 'kind', 'listKind'];
  const faults = keys
    .filter((key) => asString(names[key]) === '')
    .map((key) => required(`spec.names.${key}`));
  for (const key of keys) {
    const value = asString(names[key]);
    if (value === '') continue;
    const isKind = key === 'kind' || key === 'listKind';
    const why = label1035Faults(isKind ? value.toLowerCase() : value).join(',');
    if (why !== '')
      faults.push(invalidValue(`spec.names.${key}`, value, `${isKind ? mixed : ''}${why}`));
  }
  faults.push(...listFaults(names, 'shortNames'));
  if (names['kind'] !== '' && names['kind'] === names['listKind']) {
    const why = 'kind and listKind may not be the same';
    faults.push(invalidValue('spec.names.listKind', names['listKind'] ?? '', why));
  }
  return [...faults, ...listFaults(names, 'categories')];
}

function listFaults(names: JsonObject, key: string): FieldError[] {
  return asArray(names[key]).flatMap((entry, index) => {
    const name = asString(entry);
    return asErrors(`spec.names.${key}[${index}]`, name, label1035Faults(name));
  });
}

/**
 * Faults of what versions hold. What all versions have in common Kubernetes looks at once, as if it were said of all
 * of them.
 */
function contentFaults(object: JsonObject): FieldError[] {
  const versions = versionsOf(object);
  const [first] = versions;
  if (first === undefined) return [];
  const parts: readonly (readonly [
    string,
    string,
    (version: JsonObject, place: string) => FieldError[],
  ])[] = [
    ['schema', 'spec.validation', schemaFaults],
    ['subresources', 'spec.subresources', subresourceFaults],
    ['additionalPrinterColumns', 'spec.additionalPrinterColumns', columnFaults],
    ['selectableFields', 'spec.selectableFields', selectableFaults],
  ];
  return parts.flatMap(([key, common, look]) => {
    if (versions.every((version) => equal(version[key], first[key]))) return look(first, common);
    return versions.flatMap((version, index) => look(version, `spec.versions[${index}].${key}`));
  });
}

function schemaFaults(version: JsonObject, place: string): FieldError[] {
  const schema = at(version, 'schema', 'openAPIV3Schema');
  return isObject(schema) ? structureFaults(schema, `${place}.openAPIV3Schema`) : [];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
];

function pathFaults(field: string, path: string): FieldError[] {
  if (path.startsWith('.')) return [];
  return [invalidValue(field, path, 'must be a simple json path starting with .')];
}

function columnFaults(version: JsonObject, place: string): FieldError[] {
  return asArray(version['additionalPrinterColumns']).flatMap((column, index) => {
    const field = `${place}[${index}]`;
    const text = (key: string): string => asString(at(column, key));
    const types = `must be one of ${columnTypes.join(',')}`;
    const faults: FieldError[] = [];
    if (text('name') === '') faults.push(required(`${field}.name`));
    if (text('type') === '') faults.push(required(`${field}.type`, types));
    else if (!columnTypes.includes(text('type')))
      faults.push(invalidValue(`${field}.type`, text('type'), types));
    if (text('format') !== '' && !columnFormats.includes(text('format'))) {
      const why = `must be one of ${columnFormats.join(',')}`;
      faults.push(invalidValue(`${field}.format`, text('format'), why));
    }
    const path = text('jsonPath');
    if (path === '') faults.push(required(`${field}.JSONPath`));
    else faults.push(...pathFaults(`${field}.JSONPath`, path));
    return faults;
  });
}

function subresourceFaults(version: JsonObject, place: string): FieldError[] {
  const scale = at(version, 'subresources', 'scale');
  if (scale === undefined) return [];
  const look = (key: string, roots: readonly string[], isNeeded: boolean): FieldError[] => {
    const path = asString(at(scale, key));
    const field = `${place}.scale.${key}`;
    if (path === '') return isNeeded ? [required(field)] : [];
    const faults = pathFaults(field, path);
    if (faults.length > 0 || roots.some((root) => path.startsWith(`${root}.`))) return faults;
    const where = roots.length > 1 ? `either ${roots.join(' or ')}` : roots.join('');
    return [invalidValue(field, path, `should be a json path under ${where}`)];
  };
  return [
    ...look('specReplicasPath', ['.spec'], true),
    ...look('statusReplicasPath', ['.status'], true),
    ...look('labelSelectorPath', ['.spec', '.status'], false),
  ];
}

function selectableFaults(version: JsonObject, place: string): FieldError[] {
  const schema = asObject(at(version, 'schema', 'openAPIV3Schema'));
  const seen = new Set<string>();
  return asArray(version['selectableFields']).flatMap((entry, index) => {
    const path = asString(at(entry, 'jsonPath'));
    const field = `${place}[${index}].jsonPath`;
    if (path === '') return [required(field)];
    const why = findSchema(schema, path);
    const faults =
      why === undefined ? [] : [invalidValue(field, path, `is an invalid path: ${why}`)];
    if (seen.has(path)) faults.push(duplicate(field, path));
    seen.add(path);
    return faults;
  });
}

function storedFaults(object: JsonObject): FieldError[] {
  const stored = asArray(at(object, 'status', 'storedVersions'));
  const field = 'status.storedVersions';
  if (stored.length === 0)
    return [invalidValue(field, null, 'must have at least one stored version')];
  return versionsOf(object)
    .filter((version) => version['storage'] === true && !stored.includes(version['name'] ?? ''))
    .map((version) =>
      invalidValue(field, stored, `must have the storage version ${asString(version['name'])}`),
    );
}
