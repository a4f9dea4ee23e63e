import type { JsonObject } from '../json/value.ts';
import { typeModel } from '../schema/type-model.ts';

/** One column: how it is described, and its cell for an object. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description: string;
  /** 1 for those of wide output. */
  readonly priority: number;
}

const created =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** The description of a field in the published schema. */
export function describe(type: string, field: string): string {
  return typeModel(type).fields.get(field)?.description ?? '';
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: describe('V1ObjectMeta', 'name'),
  priority: 0,
};

export const ageColumn: Column = { name: 'Age', type: 'string', description: created, priority: 0 };
export const createdColumn: Column = {
  name: 'Created At',
  type: 'date',
  description: created,
  priority: 0,
};

export function text(name: string, description: string, priority = 0): Column {
  return { name, type: 'string', description, priority };
}

export function integer(name: string, description: string, priority = 0): Column {
  return { name, type: 'integer', description, priority };
}

/** A column as a Table defines it. */
export function definition(column: Column): JsonObject {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description,
    priority: column.priority,
  };
}
