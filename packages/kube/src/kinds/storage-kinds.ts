import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  withAt,
  without,
} from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import { oneOf, selectorFaultsOf } from '../validation/checks.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import { asErrors, qualifiedNameFaults, subdomainFaults } from '../validation/names.ts';
import { inside, preset, presets } from './pod-defaults.ts';
import type { KindContext, Strategy } from './strategy.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

/** What claims and volumes have in common. */
function commonFaults(spec: JsonObject): FieldError[] {
  const modes = asArray(spec['accessModes']).map(asString);
  const faults = modes.flatMap((mode) => oneOf('spec.accessModes', mode, accessModes));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    const why = 'may not use ReadWriteOncePod with other access modes';
    faults.push(forbiddenField('spec.accessModes', why));
  }
  return faults;
}

function classFaults(spec: JsonObject): FieldError[] {
  const name = asString(spec['storageClassName']);
  return name === '' ? [] : asErrors('spec.storageClassName', name, subdomainFaults(name));
}

/** Faults of a claim's spec (Kubernetes pkg/apis/core/validation). */
export function claimSpecFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const faults: FieldError[] = [];
  if (asArray(spec['accessModes']).length === 0)
    faults.push(required('spec.accessModes', 'at least 1 access mode is required'));
  faults.push(...selectorFaultsOf(spec['selector'], 'spec.selector'), ...commonFaults(spec));
  const amount = at(spec, 'resources', 'requests', 'storage');
  const place = 'spec.resources[storage]';
  if (amount === undefined) faults.push(required(place));
  else if (quantityValue(asString(amount)) <= 0)
    faults.push(invalidValue(place, amount, 'must be greater than zero'));
  return [
    ...faults,
    ...classFaults(spec),
    ...oneOf('spec.volumeMode', spec['volumeMode'], volumeModes),
  ];
}

const claimProtection = 'kubernetes.io/pvc-protection';

function defaultClass(context: KindContext): string | undefined {
  const found = context
    .list('storageclasses.storage.k8s.io')
    .find(
      (entry) =>
        at(entry, 'metadata', 'annotations', 'storageclass.kubernetes.io/is-default-class') ===
        'true',
    );
  return found === undefined ? undefined : asString(at(found, 'metadata', 'name'));
}

const copied = new Set(['PersistentVolumeClaim', 'VolumeSnapshot']);

/** A data source that no one can copy from is left out, as if it had not been given. */
function withoutStrangeSource(object: JsonObject): JsonObject {
  const source = at(object, 'spec', 'dataSource');
  if (source === undefined || copied.has(asString(at(source, 'kind')))) return object;
  return { ...object, spec: without(asObject(object['spec']), 'dataSource') };
}

const claim: Strategy = {
  nameRule: subdomainFaults,
  answersObject: true,
  defaults: (object) => inside(object, 'spec', (spec) => preset(spec, 'volumeMode', 'Filesystem')),
  admit: (object, context, live) => {
    if (live !== undefined) return object;
    const finalizers = asArray(at(object, 'metadata', 'finalizers'));
    const protectedOne = finalizers.includes(claimProtection)
      ? object
      : withAt(object, ['metadata', 'finalizers'], [...finalizers, claimProtection]);
    const preferred =
      at(object, 'spec', 'storageClassName') === undefined ? defaultClass(context) : undefined;
    return preferred === undefined
      ? protectedOne
      : withAt(protectedOne, ['spec', 'storageClassName'], preferred);
  },
  prepareCreate: (object) => ({
    ...withoutStrangeSource(object),
    status: { phase: 'Pending' },
  }),
  validate: claimSpecFaults,
  validateUpdate: (next, live) => {
    const open = (object: JsonObject): JsonObject =>
      without(
        asObject(object['spec']),
        'resources',
        'volumeName',
        'volumeAttributesClassName',
        'storageClassName',
      );
    if (equal(open(next), open(live))) return [];
    return [
      forbiddenField(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ];
  },
};

/** Fields of a volume's spec that are no source. */
const plainFields = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

function volumeFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const faults: FieldError[] = [];
  if (asArray(spec['accessModes']).length === 0) faults.push(required('spec.accessModes'));
  faults.push(...commonFaults(spec), ...capacityFaults(spec['capacity']));
  faults.push(
    ...oneOf('spec.persistentVolumeReclaimPolicy', spec['persistentVolumeReclaimPolicy'], [
      'Delete',
      'Recycle',
      'Retain',
    ]),
  );
  const sources = Object.keys(spec).filter((key) => !plainFields.has(key));
  if (sources.length === 0) faults.push(required('spec', 'must specify a volume type'));
  for (const source of sources.slice(1))
    faults.push(forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'));
  return [
    ...faults,
    ...classFaults(spec),
    ...oneOf('spec.volumeMode', spec['volumeMode'], volumeModes),
  ];
}

function capacityFaults(capacity: Json | undefined): FieldError[] {
  const field = 'spec.capacity';
  const names = Object.keys(asObject(capacity));
  const faults: FieldError[] = names.length === 0 ? [required(field)] : [];
  if (names.length !== 1 || names[0] !== 'storage')
    return [...faults, notSupported(field, capacity ?? null, ['storage'])];
  const amount = asString(at(capacity, 'storage'));
  const value = quantityValue(amount);
  const place = `${field}[storage]`;
  if (value < 0) faults.push(invalidValue(place, value, 'must be a valid resource quantity'));
  if (value <= 0) faults.push(invalidValue(place, amount, 'must be greater than zero'));
  return faults;
}

const volumeProtection = 'kubernetes.io/pv-protection';

const volume: Strategy = {
  nameRule: subdomainFaults,
  answersObject: true,
  defaults: (object) =>
    inside(object, 'spec', (spec) =>
      inside(
        presets(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
        'hostPath',
        (source) => (source['type'] === undefined ? { ...source, type: '' } : source),
      ),
    ),
  prepareCreate: (object, { now }) => {
    const finalizers = asArray(at(object, 'metadata', 'finalizers'));
    const kept = finalizers.includes(volumeProtection)
      ? finalizers
      : [...finalizers, volumeProtection];
    return {
      ...withAt(object, ['metadata', 'finalizers'], kept),
      status: { phase: 'Pending', lastPhaseTransitionTime: now },
    };
  },
  validate: volumeFaults,
};

function storageClassFaults(object: JsonObject): FieldError[] {
  const provisioner = asString(object['provisioner']);
  const name = provisioner.toLowerCase();
  const faults =
    provisioner === ''
      ? [required('provisioner')]
      : asErrors('provisioner', name, qualifiedNameFaults(name));
  if (Object.hasOwn(asObject(object['parameters']), ''))
    faults.push(invalidValue('parameters', '', 'field can not be empty.'));
  return [
    ...faults,
    ...oneOf('reclaimPolicy', object['reclaimPolicy'], ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', object['volumeBindingMode'], [
      'Immediate',
      'WaitForFirstConsumer',
    ]),
  ];
}

const storageClass: Strategy = {
  nameRule: subdomainFaults,
  createOnUpdate: false,
  defaults: (object) =>
    presets(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  validate: storageClassFaults,
};

const driver: Strategy = {
  nameRule: subdomainFaults,
  defaults: (object) =>
    inside(object, 'spec', (spec) =>
      presets(spec, {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        volumeLifecycleModes: ['Persistent'],
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        requiresRepublish: false,
        seLinuxMount: false,
      }),
    ),
};

/** How kinds of volumes are prepared and checked. */
export const storageStrategies: Readonly<Record<string, Strategy>> = {
  '/PersistentVolumeClaim': claim,
  '/PersistentVolume': volume,
  'storage.k8s.io/StorageClass': storageClass,
  'storage.k8s.io/CSIDriver': driver,
};
