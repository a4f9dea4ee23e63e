import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { ageColumn, type Column, nameColumn } from './columns.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';

export type Cell = (object: JsonObject, nowMs: number) => Json;
export type Entry = readonly [Column, Cell];

export function boolean(name: string, description: string): Column {
  return { name, type: 'boolean', description, priority: 0 };
}

export const nameEntry: Entry = [nameColumn, nameCell];
export const ageEntry: Entry = [ageColumn, ageCell];

/** A table of columns with their cells. */
export function tableModel(...entries: readonly Entry[]): TableModel {
  return {
    columns: entries.map(([column]) => column),
    cells: (object, nowMs) => entries.map(([, cell]) => cell(object, nowMs)),
  };
}

/** A table whose first column is the name and whose last is the age. */
export function namedAndAged(...middle: readonly Entry[]): TableModel {
  return tableModel(nameEntry, ...middle, ageEntry);
}

export function value(...path: string[]): Cell {
  return (object) => asString(at(object, ...path));
}

export function valueOr(instead: string, ...path: string[]): Cell {
  return (object) => {
    const found = at(object, ...path);
    return typeof found === 'string' ? found : instead;
  };
}

export function number(...path: string[]): Cell {
  return (object) => asNumber(at(object, ...path));
}

export function flag(preset: boolean, ...path: string[]): Cell {
  return (object) => {
    const found = at(object, ...path);
    return typeof found === 'boolean' ? found : preset;
  };
}

export function count(...path: string[]): Cell {
  return (object) => asArray(at(object, ...path)).length;
}

export function condition(object: JsonObject, type: string): JsonObject | undefined {
  const found = asArray(at(object, 'status', 'conditions')).find(
    (entry) => at(entry, 'type') === type,
  );
  return found === undefined ? undefined : asObject(found);
}

/** The first three of a list, and how many more there are. */
export function firstThree(list: readonly string[], all = list.length): string {
  const shown = list.slice(0, 3).join(',');
  return list.length > 3 ? `${shown} + ${all - 3} more...` : shown;
}

/** The name, with a mark where an annotation says that it is the default. */
export function defaultMark(annotations: readonly string[]): Cell {
  return (object) => {
    const given = asObject(at(object, 'metadata', 'annotations'));
    const isDefault = annotations.some((annotation) => given[annotation] === 'true');
    return `${nameCell(object)}${isDefault ? ' (default)' : ''}`;
  };
}
