import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  withAt,
} from '../json/value.ts';
import { type FieldError, immutable, invalidValue } from '../validation/field-error.ts';
import { subdomainFaults } from '../validation/names.ts';
import { definitionFaults } from './definition-validation.ts';
import { refuseConversion } from '../server/unsupported.ts';
import type { Strategy } from './strategy.ts';

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
      storedVersions: stored.length === 0 ? null : stored.slice(0, 1),
    },
  };
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
  return [...definitionFaults(next), ...lostVersions(next)];
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
  validate: definitionFaults,
  validateUpdate: updateFaults,
};
