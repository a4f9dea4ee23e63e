import {
  asObject,
  asString,
  at,
  equal,
  isObject,
  type JsonObject,
  without,
} from '../json/value.ts';
import { type CustomVersion, hasSubresource, type Resource } from '../resources/resource.ts';
import { ratcheted, validateCustom } from '../schema/validate-custom.ts';
import type { FieldError } from '../validation/field-error.ts';
import { subdomainFaults } from '../validation/names.ts';
import type { Strategy } from './strategy.ts';

/** How objects of a defined resource are prepared and checked. */
export function customStrategy(resource: Resource, custom: CustomVersion): Strategy {
  const statusApart = hasSubresource(resource, 'status');
  const counted = (object: JsonObject): JsonObject => {
    const rest = without(object, 'metadata');
    return statusApart ? without(rest, 'status') : rest;
  };
  const inner = (object: JsonObject, live?: JsonObject): ReturnType<typeof validateCustom> => {
    const faults = validateCustom(custom.schema, object, live);
    return live === undefined ? faults : ratcheted(faults, object, live);
  };
  return {
    nameRule: subdomainFaults,
    generation: true,
    needsVersion: true,
    changed: (next, live) => !equal(counted(next), counted(live)),
    prepareCreate: (object) => (statusApart ? without(object, 'status') : object),
    validate: (object) => inner(object),
    validateUpdate: (next, live) => inner(next, live),
    validateStatus: (next, live) => inner(next, live).map(relative),
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
