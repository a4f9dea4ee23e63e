import {
  asObject,
  asString,
  at,
  equalBut,
  isObject,
  type JsonObject,
  without,
} from '../json/value.ts';
import { type CustomVersion, hasSubresource, type Resource } from '../resources/resource.ts';
import { ratcheted, validateCustom } from '../schema/validate-custom.ts';
import type { FieldError } from '../validation/field-error.ts';
import { subdomainFaults } from '../validation/names.ts';
import { scaleFaults } from './custom-scale.ts';
import type { Strategy } from './strategy.ts';

/** How objects of a defined resource are prepared and checked. */
export function customStrategy(resource: Resource, custom: CustomVersion): Strategy {
  const statusApart = hasSubresource(resource, 'status');
  const uncounted = new Set(statusApart ? ['metadata', 'status'] : ['metadata']);
  const faultless = new WeakSet<JsonObject>();
  const inner = (object: JsonObject, live?: JsonObject): ReturnType<typeof validateCustom> => {
    const before = live && { object: live, faultless: faultless.has(live) };
    const faults = validateCustom(custom.schema, object, before);
    if (faults.length === 0) faultless.add(object);
    const left = live === undefined ? faults : ratcheted(faults, object, live);
    return custom.scale === undefined ? left : [...left, ...scaleFaults(custom.scale, object)];
  };
  return {
    nameRule: subdomainFaults,
    generation: true,
    needsVersion: true,
    changed: (next, live) => !equalBut(next, live, uncounted),
    prepareCreate: (object) => (statusApart ? without(object, 'status') : object),
    validate: (object) => inner(object),
    validateUpdate: (next, live) => inner(next, live),
    validateStatus: (next, live) => inner(next, live).map(relative),
    stored: (object, checked) => {
      if (faultless.has(checked)) faultless.add(object);
    },
    fields: Object.fromEntries(
      custom.selectableFields.map((field) => [field, (object) => textAt(object, field)]),
    ),
    unknownField: (field) => `field label not supported: ${field}`,
  };
}

/** Messages about a status name its fields as seen from the status. */
function relative(fault: FieldError): FieldError {
  return { ...fault, message: fault.message.replaceAll('status.', '') };
}

function textAt(object: JsonObject, path: string): string {
  const value = at(object, ...path.split('.'));
  if (value === undefined || value === null) return '';
  return typeof value === 'string'
    ? value
    : isObject(value)
      ? asString(asObject(value)[''])
      : JSON.stringify(value);
}
