import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { JsonSyntaxError, parseJson } from '../json/parse-json.ts';
import { base64Length, base64Of, fromBase64 } from '../text/hash.ts';
import { byteLength } from '../text/utf8.ts';
import {
  type FieldError,
  forbiddenField,
  immutable,
  invalidValue,
  required,
  tooLong,
} from '../validation/field-error.ts';
import { asErrors, configKeyFaults, labelFaults, subdomainFaults } from '../validation/names.ts';
import { limitRangeFaults, resourceQuotaFaults } from './limits-validation.ts';
import { each, inside, preset } from './pod-defaults.ts';
import { service } from './service.ts';
import type { Strategy } from './strategy.ts';

const maxData = 1024 * 1024;
const whenImmutable = 'field is immutable when `immutable` is set';

function keyFaults(object: JsonObject, field: string): FieldError[] {
  return Object.keys(asObject(object[field])).flatMap((key) =>
    asErrors(`${field}[${key}]`, key, configKeyFaults(key)),
  );
}

function sizeFaults(size: number, field: string): FieldError[] {
  return size > maxData ? [tooLong(field, maxData)] : [];
}

/** What cannot change once `immutable` is set. */
function immutableFaults(
  next: JsonObject,
  live: JsonObject,
  fields: readonly string[],
): FieldError[] {
  if (live['immutable'] !== true) return [];
  const faults: FieldError[] = [];
  if (next['immutable'] !== true) faults.push(forbiddenField('immutable', whenImmutable));
  for (const field of fields) {
    if (!equal(asObject(next[field]), asObject(live[field])))
      faults.push(forbiddenField(field, whenImmutable));
  }
  return faults;
}

function configMapFaults(object: JsonObject): FieldError[] {
  const data = Object.values(asObject(object['data'])).reduce<number>(
    (sum, value) => sum + byteLength(asString(value)),
    0,
  );
  const binary = Object.values(asObject(object['binaryData'])).reduce<number>(
    (sum, value) => sum + base64Length(asString(value)),
    0,
  );
  const twice = Object.keys(asObject(object['binaryData']))
    .filter((key) => Object.hasOwn(asObject(object['data']), key))
    .map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  return [
    ...keyFaults(object, 'data'),
    ...keyFaults(object, 'binaryData'),
    ...twice,
    ...sizeFaults(data + binary, '[]'),
  ];
}

const configMap: Strategy = {
  nameRule: subdomainFaults,
  validate: configMapFaults,
  validateUpdate: (next, live) => [
    ...immutableFaults(next, live, ['data', 'binaryData']),
    ...configMapFaults(next),
  ],
};

const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function secretFaults(object: JsonObject): FieldError[] {
  const data = asObject(object['data']);
  const size = Object.values(data).reduce<number>(
    (sum, value) => sum + base64Length(asString(value)),
    0,
  );
  const type = asString(object['type']);
  const faults = [...keyFaults(object, 'data'), ...sizeFaults(size, 'data')];
  for (const key of secretKeys[type] ?? [])
    if (!Object.hasOwn(data, key)) faults.push(required(`data[${key}]`));
  const empty = !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password');
  if (type === 'kubernetes.io/basic-auth' && empty)
    faults.push(required('data[username]'), required('data[password]'));
  const account = at(object, 'metadata', 'annotations', 'kubernetes.io/service-account.name');
  if (type === 'kubernetes.io/service-account-token' && asString(account) === '') {
    faults.push(required('metadata.annotations[kubernetes.io/service-account.name]'));
  }
  return [...faults, ...dockerFaults(type, data)];
}

function dockerFaults(type: string, data: JsonObject): FieldError[] {
  const key =
    type === 'kubernetes.io/dockerconfigjson'
      ? '.dockerconfigjson'
      : type === 'kubernetes.io/dockercfg'
        ? '.dockercfg'
        : '';
  const value = data[key];
  if (key === '' || typeof value !== 'string') return [];
  try {
    parseJson(fromBase64(value));
    return [];
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return [invalidValue(`data[${key}]`, '<secret contents redacted>', error.message)];
  }
}

const secret: Strategy = {
  nameRule: subdomainFaults,
  defaults: (object) => {
    const given = asObject(object['stringData']);
    const plain = without(preset(object, 'type', 'Opaque'), 'stringData');
    if (Object.keys(given).length === 0) return plain;
    const added = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, base64Of(asString(value))]),
    );
    return { ...plain, data: { ...asObject(plain['data']), ...added } };
  },
  validate: secretFaults,
  validateUpdate: (next, live) => [
    ...(equal(next['type'], live['type'])
      ? []
      : [invalidValue('type', next['type'] ?? '', immutable)]),
    ...immutableFaults(next, live, ['data']),
    ...secretFaults(next),
  ],
  fields: { type: (object) => asString(object['type']) },
  unknownField: (field) => `field label not supported: ${field}`,
};

const nameLabel = 'kubernetes.io/metadata.name';

function labelled(object: JsonObject): JsonObject {
  const name = asString(at(object, 'metadata', 'name'));
  if (name === '') return object;
  return withAt(object, ['metadata', 'labels'], {
    ...asObject(at(object, 'metadata', 'labels')),
    [nameLabel]: name,
  });
}

const namespace: Strategy = {
  nameRule: labelFaults,
  answersObject: true,
  defaults: labelled,
  prepareCreate: (object) => {
    const named = labelled(object);
    const finalizers = asArray(at(named, 'spec', 'finalizers'));
    return {
      ...named,
      spec: {
        finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
      },
      status: { phase: 'Active' },
    };
  },
  prepareUpdate: (next, live) => labelled({ ...next, spec: live['spec'] ?? {} }),
  fields: {
    'status.phase': (object) => asString(at(object, 'status', 'phase')),
    name: (object) => asString(at(object, 'metadata', 'name')),
  },
  unknownField: (field) => `field label not supported: ${field}`,
};

function involved(field: string): (object: JsonObject) => string {
  return (object) => asString(at(object, 'involvedObject', field));
}

/** Selectors on what an event is about, by what the group calls it. */
function eventFields(name: 'involvedObject' | 'regarding'): NonNullable<Strategy['fields']> {
  const keys = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return Object.fromEntries(keys.map((key) => [`${name}.${key}`, involved(key)]));
}

const event: Strategy = {
  nameRule: subdomainFaults,
  validate: (object) => {
    const own = asString(at(object, 'metadata', 'namespace'));
    const other = asString(at(object, 'involvedObject', 'namespace'));
    const expected = other === '' ? 'default' : other;
    return own === expected
      ? []
      : [invalidValue('involvedObject.namespace', other, 'does not match event.namespace')];
  },
  fields: {
    ...eventFields('involvedObject'),
    reason: (object) => asString(object['reason']),
    reportingComponent: (object) => asString(object['reportingComponent']),
    source: (object) =>
      asString(at(object, 'source', 'component')) || asString(object['reportingComponent']),
    type: (object) => asString(object['type']),
  },
  unknownField: (field) => `field label not supported: ${field}`,
};

const newEvent: Strategy = {
  ...event,
  fields: {
    ...Object.fromEntries(
      Object.entries(event.fields ?? {}).filter(([field]) => !field.startsWith('involvedObject.')),
    ),
    ...eventFields('regarding'),
  },
};

const endpoints: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: true,
  defaults: (object) =>
    each(object, 'subsets', (subset) =>
      each(subset, 'ports', (port) => preset(port, 'protocol', 'TCP')),
    ),
};

const quota: Strategy = {
  nameRule: subdomainFaults,
  answersObject: true,
  prepareCreate: (object) => without(object, 'status'),
  validate: resourceQuotaFaults,
  validateUpdate: resourceQuotaFaults,
};

/** What containers get where a limit range names only bounds (Kubernetes pkg/apis/core/v1 SetDefaults_LimitRangeItem). */
function limitItem(entry: JsonObject): JsonObject {
  if (entry['type'] !== 'Container') return entry;
  const limits = { ...asObject(entry['max']), ...asObject(entry['default']) };
  const requests = { ...asObject(entry['min']), ...limits, ...asObject(entry['defaultRequest']) };
  return { ...entry, default: limits, defaultRequest: requests };
}

export const coreStrategies: Readonly<Record<string, Strategy>> = {
  '/ConfigMap': configMap,
  '/Secret': secret,
  '/Namespace': namespace,
  '/Service': service,
  '/ServiceAccount': { nameRule: subdomainFaults, answersObject: true },
  '/Event': event,
  'events.k8s.io/Event': newEvent,
  '/Endpoints': endpoints,
  '/ResourceQuota': quota,
  '/LimitRange': {
    nameRule: subdomainFaults,
    createOnUpdate: true,
    defaults: (object) => inside(object, 'spec', (spec) => each(spec, 'limits', limitItem)),
    validate: limitRangeFaults,
    validateUpdate: limitRangeFaults,
  },
  '/Node': {
    nameRule: subdomainFaults,
    fields: {
      'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true),
    },
    unknownField: (field) => `field label not supported: ${field}`,
  },
};
