import {
  asArray,
  asObject,
  asString,
  equal,
  isObject,
  type Json,
  type JsonObject,
  own,
  without,
} from '../json/value.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { pruneCustom } from './custom-object.ts';
import { ruleFaults } from './rule-validation.ts';
import { validateCustom } from './validate-custom.ts';

/** What keeps a schema from being structural (Kubernetes apiextensions pkg/apiserver/schema). */
export function structureFaults(schema: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  if (schema['$schema'] !== undefined || containsKey(schema, '$schema'))
    faults.push(invalidValue(field, '', "OpenAPIV3Schema 'schema' is not supported"));
  walk(schema, { field, faults, isRoot: true });
  return [...faults, ...rootFaults(schema, field)];
}

function containsKey(value: Json, key: string): boolean {
  if (Array.isArray(value)) return value.some((entry) => containsKey(entry, key));
  if (!isObject(value)) return false;
  return Object.entries(value).some(
    ([name, entry]) =>
      (name === key && typeof entry === 'string') ||
      (name !== 'default' && containsKey(entry, key)),
  );
}

function rootFaults(schema: JsonObject, field: string): FieldError[] {
  const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const type = asString(schema['type']);
  const faults: FieldError[] = [];
  if (type === '') faults.push(required(`${field}.type`, 'must not be empty at the root'));
  else if (type !== 'object' && !free)
    faults.push(invalidValue(`${field}.type`, type, 'must be object at the root'));
  if (schema['nullable'] === true)
    faults.push(forbiddenField(`${field}.nullable`, 'nullable cannot be true at the root'));
  if (schema['additionalProperties'] !== undefined)
    faults.push(forbiddenField(`${field}.additionalProperties`, 'must not be used at the root'));
  if (schema['default'] !== undefined)
    for (const key of ['apiVersion', 'kind']) faults.push(required(`${field}.default.${key}`));
  return [...faults, ...standardFaults(schema, field)];
}

/** The fields that every object has are known already. */
function standardFaults(schema: JsonObject, field: string): FieldError[] {
  const properties = asObject(schema['properties']);
  const faults: FieldError[] = [];
  for (const key of ['apiVersion', 'kind']) {
    const type = asString(asObject(properties[key])['type']);
    if (properties[key] !== undefined && type !== 'string')
      faults.push(invalidValue(`${field}.properties[${key}].type`, type, 'must be string'));
  }
  const metadata = asObject(properties['metadata']);
  const names = Object.keys(asObject(metadata['properties']));
  if (names.some((name) => name !== 'name' && name !== 'generateName')) {
    const why =
      'must not specify anything other than name and generateName, but metadata is implicitly specified';
    faults.push(forbiddenField(`${field}.properties[metadata]`, why));
  }
  return faults;
}

interface Place {
  readonly field: string;
  readonly faults: FieldError[];
  readonly isRoot: boolean;
}

const unsupported = [
  ['$ref', '$ref is not supported'],
  ['id', 'id is not supported'],
  ['dependencies', 'dependencies is not supported'],
  ['patternProperties', 'patternProperties is not supported'],
  ['definitions', 'definitions is not supported'],
  ['additionalItems', 'additionalItems is not supported'],
] as const;
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

function walk(schema: JsonObject, place: Place): void {
  const { field, faults, isRoot } = place;
  for (const [key, why] of unsupported) {
    if (schema[key] !== undefined) faults.push(forbiddenField(`${field}.${key}`, why));
  }
  const type = asString(schema['type']);
  if (type !== '' && !types.includes(type)) faults.push(notSupported(`${field}.type`, type, types));
  faults.push(
    ...objectFaults(schema, field),
    ...arrayFaults(schema, field),
    ...listFaults(schema, field),
    ...patternFaults(schema, field),
    ...junctorFaults(schema, field),
    ...defaultFaults(schema, field, isRoot),
    ...ruleFaults(schema, field, isRoot),
  );
  walkInner(schema, place);
}

function walkInner(schema: JsonObject, { field, faults }: Place): void {
  for (const [key, inner] of Object.entries(asObject(schema['properties'])))
    inside(asObject(inner), `${field}.properties[${key}]`, { where: 'object fields', faults });
  const { items, additionalProperties: additional } = schema;
  if (isObject(items)) inside(items, `${field}.items`, { where: 'array items', faults });
  if (isObject(additional))
    inside(additional, `${field}.additionalProperties`, { where: 'object fields', faults });
}

interface Inner {
  readonly where: string;
  readonly faults: FieldError[];
}

function inside(schema: JsonObject, field: string, { where, faults }: Inner): void {
  const free =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-int-or-string'] === true;
  if (asString(schema['type']) === '' && !free)
    faults.push(required(`${field}.type`, `must not be empty for specified ${where}`));
  walk(schema, { field, faults, isRoot: false });
}

function objectFaults(schema: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  const preserve = schema['x-kubernetes-preserve-unknown-fields'];
  const properties = Object.keys(asObject(schema['properties'])).length;
  if (properties > 0 && schema['additionalProperties'] !== undefined) {
    const why = 'additionalProperties and properties are mutual exclusive';
    faults.push(forbiddenField(`${field}.additionalProperties`, why));
  }
  if (preserve === false) {
    const place = `${field}.x-kubernetes-preserve-unknown-fields`;
    faults.push(invalidValue(place, false, 'must be true or undefined'));
  }
  if (schema['x-kubernetes-embedded-resource'] === true && preserve !== true && properties === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    faults.push(required(`${field}.properties`, why));
  }
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return faults;
  if (mapType !== 'atomic' && mapType !== 'granular')
    faults.push(notSupported(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  if (schema['type'] !== 'object') {
    const why = 'must be object if x-kubernetes-map-type is specified';
    faults.push(invalidValue(`${field}.type`, schema['type'] ?? '', why));
  }
  return faults;
}

function arrayFaults(schema: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  const { items } = schema;
  if (Array.isArray(items))
    faults.push(forbiddenField(`${field}.items`, 'items must be a schema object and not an array'));
  else if (schema['type'] === 'array' && items === undefined)
    faults.push(required(`${field}.items`, 'must be specified'));
  if (schema['uniqueItems'] === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    faults.push(forbiddenField(`${field}.uniqueItems`, why));
  }
  return faults;
}

const listTypes = ['atomic', 'set', 'map'];

function listFaults(schema: JsonObject, field: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  const keys = asArray(schema['x-kubernetes-list-map-keys']).map(asString);
  const place = `${field}.x-kubernetes-list-type`;
  const faults: FieldError[] = [];
  if (keys.length > 0 && type !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    faults.push(type === undefined ? required(place, why) : invalidValue(place, type, why));
  }
  if (type === undefined) return faults;
  if (!listTypes.includes(asString(type))) faults.push(notSupported(place, type, listTypes));
  if (schema['type'] !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified';
    faults.push(invalidValue(`${field}.type`, schema['type'] ?? '', why));
  }
  const items = asObject(schema['items']);
  if (type === 'set') faults.push(...setFaults(items, field));
  if (type === 'map') faults.push(...mapFaults(items, keys, field));
  return faults;
}

function setFaults(items: JsonObject, field: string): FieldError[] {
  const place = `${field}.items`;
  const why = 'as item of a list with x-kubernetes-list-type=set';
  const mapType = items['x-kubernetes-map-type'];
  if (items['type'] === 'object' && mapType !== 'atomic')
    return [
      invalidValue(`${place}.x-kubernetes-map-type`, mapType ?? null, `must be atomic ${why}`),
    ];
  const listType = items['x-kubernetes-list-type'];
  if (items['type'] === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalidValue(`${place}.x-kubernetes-list-type`, listType, `must be atomic ${why}`)];
  return [];
}

function mapFaults(items: JsonObject, keys: readonly string[], field: string): FieldError[] {
  const place = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length === 0)
    return [required(place, 'must not be empty if x-kubernetes-list-type is map')];
  if (items['type'] !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [invalidValue(`${field}.items.type`, items['type'] ?? '', why)];
  }
  const properties = asObject(items['properties']);
  if (keys.some((key) => !Object.hasOwn(properties, key)))
    return [invalidValue(place, [...keys], 'entries must all be names of item properties')];
  const needed = asArray(items['required']);
  return keys
    .filter(
      (key) => !needed.includes(key) && own(asObject(properties[key]), 'default') === undefined,
    )
    .map((key) =>
      required(
        `${field}.items.properties[${key}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ),
    );
}

function patternFaults(schema: JsonObject, field: string): FieldError[] {
  const pattern = asString(schema['pattern']);
  const why = pattern === '' ? undefined : expressionFault(pattern);
  if (why === undefined) return [];
  const text = `must be a valid regular expression, but isn't: error parsing regexp: ${why}`;
  return [invalidValue(`${field}.pattern`, pattern, text)];
}

/** Why Go does not take a regular expression; undefined when it does. */
function expressionFault(pattern: string): string | undefined {
  const perl = /\(\?(?:=|!|<=|<!)/.exec(pattern);
  if (perl !== null) return `invalid or unsupported Perl syntax: \`${perl[0].slice(0, 3)}\``;
  try {
    new RegExp(pattern.replace(/^\(\?[ims]+\)/, '').replace(/\(\?P</g, '(?<'));
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message.includes('Unterminated character class'))
      return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``;
    if (message.includes('Unterminated group')) return `missing closing ): \`${pattern}\``;
    if (message.includes("Unmatched ')'")) return `unexpected ): \`${pattern}\``;
    const repeat = /[*+?]+/.exec(pattern)?.[0] ?? '';
    if (message.includes('Nothing to repeat'))
      return `missing argument to repetition operator: \`${repeat.slice(0, 1)}\``;
    return `${message}: \`${pattern}\``;
  }
}

const emptyInside = ['type', 'title', 'description'];
const undefinedInside = ['default', 'additionalProperties'];
const integerOrString = [{ type: 'integer' }, { type: 'string' }];

/** Conditions may narrow values; they may not say what values are. */
function junctorFaults(schema: JsonObject, field: string): FieldError[] {
  const faults: FieldError[] = [];
  const isChoice = schema['x-kubernetes-int-or-string'] === true;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = asArray(schema[key]);
    if (isChoice && key === 'anyOf' && equal(list, integerOrString)) continue;
    list.forEach((entry, index) => {
      const inner = asObject(entry);
      const isKnown =
        isChoice && key === 'allOf' && equal(asArray(inner['anyOf']), integerOrString);
      if (!isKnown) narrowing(inner, `${field}.${key}[${index}]`, faults);
    });
  }
  if (isObject(schema['not'])) narrowing(schema['not'], `${field}.not`, faults);
  return faults;
}

function narrowing(schema: JsonObject, field: string, faults: FieldError[]): void {
  for (const key of emptyInside) {
    if (asString(schema[key]) !== '')
      faults.push(forbiddenField(`${field}.${key}`, 'must be empty to be structural'));
  }
  for (const key of undefinedInside) {
    if (schema[key] !== undefined)
      faults.push(forbiddenField(`${field}.${key}`, 'must be undefined to be structural'));
  }
  if (schema['nullable'] === true)
    faults.push(forbiddenField(`${field}.nullable`, 'must be false to be structural'));
  for (const [key, inner] of Object.entries(asObject(schema['properties'])))
    narrowing(asObject(inner), `${field}.properties[${key}]`, faults);
  if (isObject(schema['items'])) narrowing(schema['items'], `${field}.items`, faults);
}

function defaultFaults(schema: JsonObject, field: string, isRoot: boolean): FieldError[] {
  const preset = schema['default'];
  if (preset === undefined || isRoot) return [];
  const plain = without(schema, 'default', 'x-kubernetes-validations');
  const wrapped = { type: 'object', properties: { value: plain } };
  const { unknown } = pruneCustom(wrapped, { value: preset });
  if (unknown.length > 0)
    return [invalidValue(`${field}.default`, preset, 'must not have unknown fields')];
  return validateCustom(wrapped, { value: preset }).map((fault) => ({
    ...fault,
    field: `${field}.default${fault.field.replace(/^value/, '')}`,
    message: fault.message.replace('value in body', ' in body').replaceAll('value.', ''),
  }));
}
