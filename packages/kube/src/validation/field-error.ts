import { goJson, type Json, quote } from '../json/value.ts';

/** One fault of an object, as Kubernetes words it. */
export interface FieldError {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** A value that is printed as it is, without quotes. */
export interface Verbatim {
  readonly verbatim: string;
}

function show(value: Json | Verbatim): string {
  if (typeof value === 'object' && value !== null && 'verbatim' in value)
    return typeof value.verbatim === 'string' ? value.verbatim : goJson(value.verbatim);
  return typeof value === 'string' ? quote(value) : goJson(value);
}

export function required(field: string, detail = ''): FieldError {
  const message = detail === '' ? 'Required value' : `Required value: ${detail}`;
  return { reason: 'FieldValueRequired', field, message };
}

export function invalidValue(field: string, value: Json | Verbatim, detail: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${show(value)}${detail === '' ? '' : `: ${detail}`}`,
  };
}

export function invalidType(field: string, value: Json, detail: string): FieldError {
  return {
    reason: 'FieldValueTypeInvalid',
    field,
    message: `Invalid value: ${show(value)}: ${detail}`,
  };
}

export function notSupported(field: string, value: Json, allowed: readonly string[]): FieldError {
  const list = allowed.map(quote).join(', ');
  const message = `Unsupported value: ${show(value)}: supported values: ${list}`;
  return { reason: 'FieldValueNotSupported', field, message };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` };
}

export function duplicate(field: string, value: Json): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${show(value)}` };
}

export function notFoundValue(field: string, value: Json): FieldError {
  return { reason: 'FieldValueNotFound', field, message: `Not found: ${show(value)}` };
}

export function tooLong(field: string, max: number): FieldError {
  return {
    reason: 'FieldValueTooLong',
    field,
    message: `Too long: may not be more than ${max} bytes`,
  };
}

export function tooMany(field: string, found: number, max: number): FieldError {
  const items = max === 1 ? 'item' : 'items';
  const message = `Too many: ${found}: must have at most ${max} ${items}`;
  return { reason: 'FieldValueTooMany', field, message };
}

export const immutable = 'field is immutable';
