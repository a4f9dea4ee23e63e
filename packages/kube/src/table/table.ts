import { asNumber, asString, goPrint, type Json, type JsonObject } from '../json/value.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { ageOf } from './ages.ts';
import { builtinTables } from './builtin-tables.ts';
import { ageColumn, type Column, definition, nameColumn } from './columns.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';
import { findPath } from './json-path.ts';

export interface TableOptions {
  readonly metadata: JsonObject;
  readonly nowMs: number;
  readonly version: string;
  readonly rowObject: (object: JsonObject) => Json;
}

export function modelOf(resource: Resource): TableModel {
  if (resource.custom !== undefined) return customModel(resource.custom.columns);
  return builtinTables[`${apiVersionOf(resource)}/${resource.kind}`] ?? plainModel;
}

const plainModel: TableModel = {
  columns: [nameColumn, ageColumn],
  cells: (object, nowMs) => [nameCell(object), ageCell(object, nowMs)],
};

function customModel(columns: readonly JsonObject[]): TableModel {
  if (columns.length === 0) {
    return { columns: [nameColumn, { ...ageColumn, type: 'date' }], cells: plainModel.cells };
  }
  return {
    columns: [nameColumn, ...columns.map(customColumn)],
    cells: (object, nowMs) => [
      nameCell(object),
      ...columns.map((column) => customCell(column, object, nowMs)),
    ],
  };
}

function customColumn(column: JsonObject): Column {
  const path = asString(column['jsonPath']);
  const standard = `Custom resource definition column (in JSONPath format): ${path}`;
  return {
    name: asString(column['name']),
    type: asString(column['type']),
    format: asString(column['format']),
    description: asString(column['description']) || standard,
    priority: asNumber(column['priority']),
  };
}

function customCell(column: JsonObject, object: JsonObject, nowMs: number): Json {
  const found = findPath(asString(column['jsonPath']), object);
  const [value] = found;
  if (value === undefined || value === null) return null;
  switch (column['type']) {
    case 'date':
      return typeof value === 'string' ? ageOf(value, nowMs) : null;
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
    case 'boolean':
      return typeof value === column['type'] ? value : null;
    default:
      return typeof value === 'string'
        ? value
        : typeof value === 'object'
          ? JSON.stringify(value)
          : goPrint(value);
  }
}

/** A Table of objects of one resource. */
export function tableOf(
  resource: Resource,
  objects: readonly JsonObject[],
  options: TableOptions,
): JsonObject {
  const model = modelOf(resource);
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    columnDefinitions: model.columns.map(definition),
    rows: objects.map((object) => ({
      cells: model.cells(object, options.nowMs),
      object: options.rowObject(object),
    })),
  };
}
