export { createDiffer, type DifferOptions, type ObjectDiffer } from './differ.ts';
export type { Difference } from './compare-objects.ts';
export {
  compileIgnored,
  withStatusIgnored,
  type CompareOptions,
  type DiffOverride,
  type DiffOverrides,
  type IgnoreDifference,
  type IgnoredFields,
  type KnownTypeField,
} from './ignored-fields.ts';
export type { CustomSchemas } from './schemas.ts';
