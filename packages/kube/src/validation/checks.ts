import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from './field-error.ts';
import { asErrors, qualifiedNameFaults } from './names.ts';
import { labelFaultsOf } from './object-meta.ts';

/** A fault when a value is there and none of those that are allowed. */
export function oneOf(
  field: string,
  value: Json | undefined,
  allowed: readonly string[],
): FieldError[] {
  if (value === undefined || value === '' || allowed.includes(asString(value))) return [];
  return [notSupported(field, value, allowed)];
}

/** A fault when a number is there and lower than the least. */
export function atLeast(field: string, value: Json | undefined, least = 0): FieldError[] {
  if (typeof value !== 'number' || value >= least) return [];
  return [invalidValue(field, value, `must be greater than or equal to ${least}`)];
}

/** A fault when a number is there and out of a range. */
export function within(
  field: string,
  value: Json | undefined,
  [from, to]: readonly [number, number],
): FieldError[] {
  if (typeof value !== 'number' || (value >= from && value <= to)) return [];
  return [invalidValue(field, value, `must be between ${from} and ${to}, inclusive`)];
}

/** Largest value of ids of users and groups, and of other 32 bit numbers. */
export const maxInt32 = 2_147_483_647;

/** Faults of a port's name. */
export function portNameFaults(name: string): string[] {
  const faults: string[] = [];
  if (name.length > 15) faults.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name))
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)');
  if (name.includes('--')) faults.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-'))
    faults.push('must not begin or end with a hyphen');
  return faults;
}

/** Faults of a port by number or name. */
export function portReferenceFaults(field: string, value: Json | undefined): FieldError[] {
  if (typeof value === 'string') return asErrors(field, value, portNameFaults(value));
  return within(field, value, [1, 65_535]);
}

const percentRule =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** Faults of a count or a share: no negative number, or percent up to 100. */
export function countOrPercent(
  field: string,
  value: Json | undefined,
  atMost = true,
): FieldError[] {
  if (typeof value !== 'string') return atLeast(field, value);
  if (!/^[0-9]+%$/.test(value)) return [invalidValue(field, value, percentRule)];
  const isTooMuch = atMost && Number(value.slice(0, -1)) > 100;
  return isTooMuch ? [invalidValue(field, value, 'must not be greater than 100%')] : [];
}

const valueOperators = new Set(['In', 'NotIn']);
const keyOperators = new Set(['Exists', 'DoesNotExist']);

/** Faults of a label selector. */
export function selectorFaultsOf(selector: Json | undefined, field: string): FieldError[] {
  if (selector === undefined) return [];
  return [
    ...labelFaultsOf(asObject(at(selector, 'matchLabels')), `${field}.matchLabels`),
    ...asArray(at(selector, 'matchExpressions')).flatMap((entry, index) =>
      requirementFaults(asObject(entry), `${field}.matchExpressions[${index}]`),
    ),
  ];
}

function requirementFaults(entry: JsonObject, field: string): FieldError[] {
  const operator = asString(entry['operator']);
  const values = asArray(entry['values']);
  const faults: FieldError[] = [];
  if (valueOperators.has(operator) && values.length === 0) {
    faults.push(
      required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
    );
  } else if (keyOperators.has(operator) && values.length > 0) {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    faults.push(forbiddenField(`${field}.values`, why));
  } else if (!valueOperators.has(operator) && !keyOperators.has(operator))
    faults.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'));
  const key = asString(entry['key']);
  return [...faults, ...asErrors(`${field}.key`, key, qualifiedNameFaults(key))];
}

const byte = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^${byte}(\\.${byte}){3}$`);

/** Whether a text is an address of the internet protocol. */
export function isAddress(text: string): boolean {
  return ipv4.test(text) || isAddress6(text);
}

function isAddress6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return false;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const all = [...groups(head), ...groups(tail ?? '')];
  const last = all.at(-1) ?? '';
  const isMixed = ipv4.test(last);
  const plain = isMixed ? all.slice(0, -1) : all;
  const length = plain.length + (isMixed ? 2 : 0);
  if (!plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return tail === undefined ? length === 8 : length < 8;
}

export function addressFaults(field: string, value: string): FieldError[] {
  if (isAddress(value)) return [];
  const why = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  return [invalidValue(field, value, why)];
}

/** Whether a text is a network: an address and the length of its prefix. */
export function isNetwork(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  const most = address.includes(':') ? 128 : 32;
  return (
    more.length === 0 && isAddress(address) && /^\d{1,3}$/.test(length) && Number(length) <= most
  );
}

export function networkFaults(field: string, value: string): FieldError[] {
  if (isNetwork(value)) return [];
  const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  return [invalidValue(field, value, why)];
}

/** A network of IPv4 as a range of numbers; undefined for others. */
export function networkRange(text: string): readonly [number, number] | undefined {
  const [address = '', length = ''] = text.split('/');
  if (!ipv4.test(address)) return undefined;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const from = Math.floor(number / size) * size;
  return [from, from + size - 1];
}
