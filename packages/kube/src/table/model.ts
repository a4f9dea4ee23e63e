import { asString, at, type Json, type JsonObject } from '../json/value.ts';
import { ageOf } from './ages.ts';
import type { Column } from './columns.ts';

/** The columns of a resource and the cells of an object. */
export interface TableModel {
  readonly columns: readonly Column[];
  readonly cells: (object: JsonObject, nowMs: number) => Json[];
}

export function nameCell(object: JsonObject): string {
  return asString(at(object, 'metadata', 'name'));
}

export function ageCell(object: JsonObject, nowMs: number): string {
  return ageOf(asString(at(object, 'metadata', 'creationTimestamp')), nowMs);
}
