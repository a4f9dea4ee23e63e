import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import { duplicate, type FieldError, forbiddenField, required } from '../validation/field-error.ts';
import { asErrors, labelFaults } from '../validation/names.ts';

/** Fields that a source of a volume must have. */
const requiredFields: Readonly<Record<string, readonly string[]>> = {
  configMap: ['name'],
  secret: ['secretName'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
};

/** Faults of the volumes of a pod (Kubernetes pkg/apis/core/validation ValidateVolumes). */
export function volumeFaults(spec: JsonObject, field: string): FieldError[] {
  const seen = new Set<string>();
  return asArray(spec['volumes']).flatMap((entry, index) => {
    const volume = asObject(entry);
    const place = `${field}.volumes[${index}]`;
    const name = asString(volume['name']);
    const faults = sourceFaults(spec, volume, place);
    if (name === '') faults.push(required(`${place}.name`));
    else faults.push(...asErrors(`${place}.name`, name, labelFaults(name)));
    if (name !== '' && seen.has(name)) faults.push(duplicate(`${place}.name`, name));
    seen.add(name);
    return faults;
  });
}

/** Sources in the order in which Kubernetes looks at them. */
const order = ['emptyDir', 'hostPath', 'gitRepo', 'secret', 'nfs', 'configMap'];

function sourceFaults(spec: JsonObject, volume: JsonObject, place: string): FieldError[] {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key] !== undefined);
  const rank = (key: string): number => {
    const found = order.indexOf(key);
    return found < 0 ? order.length : found;
  };
  return sources
    .sort((left, right) => rank(left) - rank(right))
    .flatMap((source, index) => {
      if (index > 0)
        return [forbiddenField(`${place}.${source}`, 'may not specify more than 1 volume type')];
      return oneSourceFaults(spec, asObject(volume[source]), {
        source,
        field: `${place}.${source}`,
      });
    });
}

interface SourcePlace {
  readonly source: string;
  readonly field: string;
}

function oneSourceFaults(spec: JsonObject, source: JsonObject, place: SourcePlace): FieldError[] {
  const missing = (requiredFields[place.source] ?? [])
    .filter((key) => asString(source[key]) === '')
    .map((key) => required(`${place.field}.${key}`));
  if (place.source === 'emptyDir') return [...missing, ...sizeFaults(source, place.field)];
  if (place.source === 'downwardAPI') return [...missing, ...itemFaults(source, place.field)];
  if (place.source === 'projected') return [...missing, ...tokenFaults(spec, source, place.field)];
  return missing;
}

function sizeFaults(source: JsonObject, field: string): FieldError[] {
  const limit = source['sizeLimit'];
  if (limit === undefined || quantityValue(asString(limit)) >= 0) return [];
  const why = 'SizeLimit field must be a valid resource quantity';
  return [forbiddenField(`${field}.sizeLimit`, why)];
}

function itemFaults(source: JsonObject, field: string): FieldError[] {
  return asArray(source['items']).flatMap((item: Json) =>
    at(item, 'fieldRef') === undefined && at(item, 'resourceFieldRef') === undefined
      ? [required(field, 'one of fieldRef and resourceFieldRef is required')]
      : [],
  );
}

function tokenFaults(spec: JsonObject, source: JsonObject, field: string): FieldError[] {
  if (asString(spec['serviceAccountName']) !== '') return [];
  return asArray(source['sources']).flatMap((entry, index) =>
    at(entry, 'serviceAccountToken') === undefined
      ? []
      : [
          forbiddenField(
            `${field}.sources[${index}].serviceAccountToken`,
            'must not be specified when serviceAccountName is not set',
          ),
        ],
  );
}
