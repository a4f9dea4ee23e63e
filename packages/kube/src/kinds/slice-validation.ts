import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { addressFaults, oneOf } from '../validation/checks.ts';
import { duplicate, type FieldError, invalidValue, required } from '../validation/field-error.ts';
import {
  asErrors,
  labelFaults,
  qualifiedNameFaults,
  subdomainFaults,
} from '../validation/names.ts';

/** Faults of an EndpointSlice (Kubernetes pkg/apis/discovery/validation). */
export function sliceFaults(object: JsonObject): FieldError[] {
  const type = asString(object['addressType']);
  return [
    ...(type === '' ? [required('addressType')] : []),
    ...oneOf('addressType', type, ['FQDN', 'IPv4', 'IPv6']),
    ...portsFaults(asArray(object['ports'])),
    ...asArray(object['endpoints']).flatMap((endpoint, index) =>
      endpointFaults(type, endpoint, `endpoints[${index}]`),
    ),
  ];
}

/** Faults of a changed EndpointSlice: its type of address stays. */
export function changedSliceFaults(next: JsonObject, live: JsonObject): FieldError[] {
  const faults = sliceFaults(next);
  const type = next['addressType'] ?? '';
  return type === live['addressType']
    ? faults
    : [...faults, invalidValue('addressType', type, 'field is immutable')];
}

function portsFaults(ports: readonly Json[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `ports[${index}]`;
    const name = asString(at(port, 'name'));
    const faults = name === '' ? [] : asErrors(`${field}.name`, name, labelFaults(name));
    if (seen.has(name)) faults.push(duplicate(`${field}.name`, name));
    seen.add(name);
    faults.push(...oneOf(`${field}.protocol`, at(port, 'protocol'), ['SCTP', 'TCP', 'UDP']));
    const protocol = asString(at(port, 'appProtocol'));
    return protocol === ''
      ? faults
      : [...faults, ...asErrors(`${field}.appProtocol`, protocol, qualifiedNameFaults(protocol))];
  });
}

function endpointFaults(type: string, endpoint: Json, field: string): FieldError[] {
  const addresses = asArray(at(endpoint, 'addresses'));
  const faults = addresses.flatMap((address, index) =>
    endpointAddressFaults(type, asString(address), { list: `${field}.addresses`, index }),
  );
  if (addresses.length === 0)
    faults.push(required(`${field}.addresses`, 'must contain at least 1 address'));
  for (const [key, rule] of [
    ['nodeName', subdomainFaults],
    ['hostname', labelFaults],
  ] as const) {
    const name = asObject(endpoint)[key];
    if (typeof name === 'string') faults.push(...asErrors(`${field}.${key}`, name, rule(name)));
  }
  return faults;
}

function endpointAddressFaults(
  type: string,
  address: string,
  place: { readonly list: string; readonly index: number },
): FieldError[] {
  const field = `${place.list}[${place.index}]`;
  if (type === 'FQDN') return asErrors(field, address, subdomainFaults(address));
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const faults = addressFaults(field, address);
  if (faults.length > 0) return faults;
  if (address.includes(':') !== (type === 'IPv6'))
    faults.push(invalidValue(place.list, address, `must be an ${type} address`));
  return [...faults, ...specialAddressFaults(field, address)];
}

/** Faults of addresses that mean no endpoint (core validation ValidateEndpointIP). */
export function specialAddressFaults(field: string, address: string): FieldError[] {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/^(0\.0\.0\.0|::)$/, `may not be unspecified (${address})`],
    [/^(127\.|::1$)/, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    [/^(169\.254\.|fe[89ab])/i, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    [
      /^(224\.0\.0\.|ff02:)/i,
      'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  ];
  return kinds
    .filter(([pattern]) => pattern.test(address))
    .map(([, why]) => invalidValue(field, address, why));
}
