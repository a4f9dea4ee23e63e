import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import {
  isAddress,
  networkFaults,
  networkRange,
  oneOf,
  portNameFaults,
  portReferenceFaults,
  selectorFaultsOf,
} from '../validation/checks.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from '../validation/field-error.ts';
import { asErrors, label1035Faults, labelFaults, subdomainFaults } from '../validation/names.ts';

const wildcardRule =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function hostFaults(field: string, host: string): FieldError[] {
  if (!host.includes('*')) return asErrors(field, host, subdomainFaults(host));
  const isWild = host.startsWith('*.') && subdomainFaults(host.slice(2)).length === 0;
  return isWild ? [] : [invalidValue(field, host, wildcardRule)];
}

/** Faults of an Ingress (Kubernetes pkg/apis/networking/validation). */
export function ingressFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const rules = asArray(spec['rules']);
  const faults: FieldError[] = [];
  if (rules.length === 0 && spec['defaultBackend'] === undefined) {
    const why = 'either `defaultBackend` or `rules` must be specified';
    faults.push(invalidValue('spec', Object.keys(spec).length === 0 ? null : spec, why));
  }
  if (spec['defaultBackend'] !== undefined)
    faults.push(...backendFaults(spec['defaultBackend'], 'spec.defaultBackend'));
  rules.forEach((rule, index) => {
    faults.push(...ruleFaults(asObject(rule), `spec.rules[${index}]`));
  });
  asArray(spec['tls']).forEach((entry, index) => {
    asArray(at(entry, 'hosts')).forEach((host, place) => {
      faults.push(...hostFaults(`spec.tls[${index}].hosts[${place}]`, asString(host)));
    });
  });
  const name = asString(spec['ingressClassName']);
  if (name !== '') faults.push(...asErrors('spec.ingressClassName', name, subdomainFaults(name)));
  return faults;
}

function ruleFaults(rule: JsonObject, field: string): FieldError[] {
  const host = asString(rule['host']);
  const faults: FieldError[] = [];
  if (host !== '' && isAddress(host))
    faults.push(invalidValue(`${field}.host`, host, 'must be a DNS name, not an IP address'));
  else if (host !== '') faults.push(...hostFaults(`${field}.host`, host));
  if (rule['http'] === undefined) return faults;
  const paths = asArray(at(rule, 'http', 'paths'));
  if (paths.length === 0) faults.push(required(`${field}.http.paths`));
  paths.forEach((path, index) => {
    faults.push(...pathFaults(asObject(path), `${field}.http.paths[${index}]`));
  });
  return faults;
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badParts = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

function pathFaults(path: JsonObject, field: string): FieldError[] {
  const type = asString(path['pathType']);
  const value = asString(path['path']);
  const faults: FieldError[] = [];
  if (type === '') faults.push(required(`${field}.pathType`, 'pathType must be specified'));
  else if (type === 'Exact' || type === 'Prefix')
    faults.push(...valueFaults(value, `${field}.path`));
  else faults.push(...oneOf(`${field}.pathType`, type, pathTypes));
  return [...faults, ...backendFaults(path['backend'] ?? {}, `${field}.backend`)];
}

function valueFaults(value: string, field: string): FieldError[] {
  const faults: FieldError[] = [];
  if (!value.startsWith('/')) faults.push(invalidValue(field, value, 'must be an absolute path'));
  if (value === '') return faults;
  for (const part of badParts)
    if (value.includes(part)) faults.push(invalidValue(field, value, `must not contain '${part}'`));
  for (const end of badEnds)
    if (value.endsWith(end)) faults.push(invalidValue(field, value, `cannot end with '${end}'`));
  return faults;
}

function backendFaults(backend: Json, field: string): FieldError[] {
  const service = at(backend, 'service');
  const resource = at(backend, 'resource');
  if (service !== undefined && resource !== undefined)
    return [invalidValue(field, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) {
    return ['kind', 'name']
      .filter((key) => asString(at(resource, key)) === '')
      .map((key) => required(`${field}.resource.${key}`));
  }
  if (service === undefined)
    return [invalidValue(field, '', 'resource or service backend is required')];
  return serviceBackendFaults(service, field);
}

function serviceBackendFaults(service: Json, field: string): FieldError[] {
  const name = asString(at(service, 'name'));
  const faults =
    name === ''
      ? [required(`${field}.service.name`)]
      : asErrors(`${field}.service.name`, name, nameRule(name));
  const port = asString(at(service, 'port', 'name'));
  const number = at(service, 'port', 'number') ?? 0;
  if (port !== '' && number !== 0)
    faults.push(invalidValue(field, '', 'cannot set both port name & port number'));
  else if (port !== '')
    faults.push(...asErrors(`${field}.service.port.name`, port, portNameFaults(port)));
  else if (number === 0) faults.push(required(field, 'port name or number is required'));
  else faults.push(...portReferenceFaults(`${field}.service.port.number`, number));
  return faults;
}

function nameRule(name: string): string[] {
  return label1035Faults(name).length === 0 ? [] : labelFaults(name);
}

/** Faults of a NetworkPolicy. */
export function networkPolicyFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  const faults = selectorFaultsOf(spec['podSelector'], 'spec.podSelector');
  for (const [list, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    asArray(spec[list]).forEach((rule, index) => {
      const field = `spec.${list}[${index}]`;
      asArray(at(rule, 'ports')).forEach((port, place) => {
        faults.push(...policyPortFaults(asObject(port), `${field}.ports[${place}]`));
      });
      asArray(at(rule, peers)).forEach((peer, place) => {
        faults.push(...peerFaults(asObject(peer), `${field}.${peers}[${place}]`));
      });
    });
  }
  asArray(spec['policyTypes']).forEach((type, index) => {
    faults.push(...oneOf(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']));
  });
  return faults;
}

function policyPortFaults(port: JsonObject, field: string): FieldError[] {
  const { port: from, endPort: to } = port;
  const faults = [
    ...oneOf(`${field}.protocol`, port['protocol'], ['TCP', 'UDP', 'SCTP']),
    ...portReferenceFaults(`${field}.port`, from),
  ];
  if (to === undefined) return faults;
  if (from === undefined)
    faults.push(required(`${field}.port`, 'must be specified when `endPort` is specified'));
  else if (typeof from === 'string') {
    const why = 'may not be specified when `port` is non-numeric';
    faults.push(forbiddenField(`${field}.endPort`, why));
  } else if (Number(to) < Number(from))
    faults.push(invalidValue(`${field}.endPort`, from, 'must be greater than or equal to `port`'));
  return faults;
}

function peerFaults(peer: JsonObject, field: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const others = [podSelector, namespaceSelector].filter((value) => value !== undefined).length;
  const faults = [
    ...selectorFaultsOf(podSelector, `${field}.podSelector`),
    ...selectorFaultsOf(namespaceSelector, `${field}.namespaceSelector`),
  ];
  if (ipBlock !== undefined) faults.push(...blockFaults(asObject(ipBlock), `${field}.ipBlock`));
  if (ipBlock === undefined && others === 0) faults.push(required(field, 'must specify a peer'));
  else if (ipBlock !== undefined && others > 0)
    faults.push(forbiddenField(field, 'may not specify both ipBlock and another peer'));
  return faults;
}

function blockFaults(block: JsonObject, field: string): FieldError[] {
  const cidr = asString(block['cidr']);
  if (cidr === '') return [required(`${field}.cidr`)];
  const faults = networkFaults(`${field}.cidr`, cidr);
  if (faults.length > 0) return faults;
  asArray(block['except']).forEach((entry, index) => {
    const text = asString(entry);
    const place = `${field}.except[${index}]`;
    const found = networkFaults(place, text);
    faults.push(...found);
    if (found.length === 0 && !isStrictlyInside(text, cidr))
      faults.push(invalidValue(place, text, 'must be a strict subset of `cidr`'));
  });
  return faults;
}

function isStrictlyInside(inner: string, outer: string): boolean {
  const [small, large] = [networkRange(inner), networkRange(outer)];
  // Networks of IPv6 are not compared.
  if (small === undefined || large === undefined) return inner !== outer;
  const isInside = small[0] >= large[0] && small[1] <= large[1];
  return isInside && small[1] - small[0] < large[1] - large[0];
}
