import { byteLength } from '../text/utf8.ts';
import { type FieldError, invalidValue } from './field-error.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const configKey = /^[-._a-zA-Z0-9]+$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const label1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const partRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const configKeyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Faults of a name, in Kubernetes' words. */
export type NameRule = (name: string) => string[];

export function subdomainFaults(name: string): string[] {
  const faults: string[] = [];
  if (byteLength(name) > 253) faults.push('must be no more than 253 characters');
  if (!subdomain.test(name)) faults.push(subdomainRule);
  return faults;
}

export function labelFaults(name: string): string[] {
  const faults: string[] = [];
  if (byteLength(name) > 63) faults.push('must be no more than 63 characters');
  if (label.test(name)) return faults;
  faults.push(subdomain.test(name) ? 'must not contain dots' : labelRule);
  return faults;
}

export function label1035Faults(name: string): string[] {
  const faults: string[] = [];
  if (byteLength(name) > 63) faults.push('must be no more than 63 characters');
  if (!label1035.test(name)) faults.push(label1035Rule);
  return faults;
}

/** Names that are only kept out of paths, as those of RBAC. */
export function pathSegmentFaults(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((bad) => name.includes(bad)).map((bad) => `may not contain '${bad}'`);
}

/** Faults of a label's or annotation's key. */
export function qualifiedNameFaults(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${partRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const faults: string[] = [];
  const part = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') faults.push('prefix part must be non-empty');
    else faults.push(...subdomainFaults(prefix).map((fault) => `prefix part ${fault}`));
  }
  if (part === '') faults.push('name part must be non-empty');
  else if (byteLength(part) > 63) faults.push('name part must be no more than 63 bytes');
  if (!qualifiedPart.test(part)) faults.push(`name part ${partRule}`);
  return faults;
}

export function labelValueFaults(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > 63) faults.push('must be no more than 63 bytes');
  if (!labelValue.test(value)) faults.push(labelValueRule);
  return faults;
}

export function configKeyFaults(key: string): string[] {
  const faults: string[] = [];
  if (byteLength(key) > 253) faults.push('must be no more than 253 characters');
  if (!configKey.test(key)) faults.push(configKeyRule);
  else if (key === '.' || key === '..') faults.push(`must not be '${key}'`);
  else if (key.startsWith('..')) faults.push("must not start with '..'");
  return faults;
}

/** One error for each fault of a value. */
export function asErrors(field: string, value: string, faults: readonly string[]): FieldError[] {
  return faults.map((fault) => invalidValue(field, value, fault));
}
