import { asArray, asNumber, asObject, asString, at, type JsonObject } from '../json/value.ts';
import {
  addressFaults,
  isAddress,
  networkFaults,
  networkRange,
  oneOf,
  portNameFaults,
  within,
} from '../validation/checks.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.ts';
import {
  asErrors,
  labelFaults,
  qualifiedNameFaults,
  subdomainFaults,
} from '../validation/names.ts';
import { labelFaultsOf } from '../validation/object-meta.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
/** Where the addresses of services are. */
export const serviceNetwork = '10.96.0.0/16';

/** Faults of a Service (Kubernetes pkg/apis/core/validation ValidateService). */
export function serviceFaults(object: JsonObject): FieldError[] {
  const spec = asObject(object['spec']);
  return [
    ...portsFaults(spec),
    ...labelFaultsOf(asObject(spec['selector']), 'spec.selector'),
    ...affinityFaults(spec),
    ...typeFaults(spec),
    ...addressesFaults(spec),
    ...trafficFaults(spec),
  ];
}

function portsFaults(spec: JsonObject): FieldError[] {
  const ports = asArray(spec['ports']).map(asObject);
  if (ports.length === 0) {
    const may = spec['type'] === 'ExternalName' || spec['clusterIP'] === 'None';
    return may ? [] : [required('spec.ports')];
  }
  const names = new Set<string>();
  const faults = ports.flatMap((port, index) => {
    const field = `spec.ports[${index}]`;
    const name = asString(port['name']);
    const found = nameFaultsOf(name, field, ports.length > 1);
    if (name !== '' && names.has(name)) found.push(duplicate(`${field}.name`, name));
    names.add(name);
    return [...found, ...portFaults(spec, port, field)];
  });
  return [...faults, ...sameFaults(ports)];
}

function nameFaultsOf(name: string, field: string, isNeeded: boolean): FieldError[] {
  if (name === '') return isNeeded ? [required(`${field}.name`)] : [];
  return asErrors(`${field}.name`, name, labelFaults(name));
}

function portFaults(spec: JsonObject, port: JsonObject, field: string): FieldError[] {
  const target = port['targetPort'];
  const application = asString(port['appProtocol']);
  const faults = [
    ...within(`${field}.port`, port['port'], [1, 65_535]),
    ...oneOf(`${field}.protocol`, port['protocol'], ['SCTP', 'TCP', 'UDP']),
    ...(typeof target === 'string'
      ? asErrors(`${field}.targetPort`, target, portNameFaults(target))
      : within(`${field}.targetPort`, target, [1, 65_535])),
  ];
  if (application !== '') {
    const place = `${field}.appProtocol`;
    faults.push(...asErrors(place, application, qualifiedNameFaults(application)));
  }
  if (spec['type'] === 'ClusterIP' && asNumber(port['nodePort']) !== 0) {
    const why = "may not be used when `type` is 'ClusterIP'";
    faults.push(forbiddenField(`${field}.nodePort`, why));
  }
  return faults;
}

function sameFaults(ports: readonly JsonObject[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const id = `${asString(port['protocol'])}/${asNumber(port['port'])}`;
    const isTwin = seen.has(id);
    seen.add(id);
    if (!isTwin) return [];
    const shown = {
      Name: '',
      Protocol: port['protocol'] ?? '',
      AppProtocol: null,
      Port: port['port'] ?? 0,
      TargetPort: 0,
      NodePort: 0,
    };
    return [duplicate(`spec.ports[${index}]`, shown)];
  });
}

function affinityFaults(spec: JsonObject): FieldError[] {
  const faults = oneOf('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None']);
  const seconds = at(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
  if (typeof seconds !== 'number' || (seconds > 0 && seconds <= 86_400)) return faults;
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [...faults, invalidValue(field, seconds, 'must be greater than 0 and less than 86400')];
}

function typeFaults(spec: JsonObject): FieldError[] {
  const type = asString(spec['type']);
  if (!types.includes(type)) return [notSupported('spec.type', type, types)];
  if (type !== 'ExternalName') return [];
  const name = asString(spec['externalName']);
  const faults =
    name === ''
      ? [required('spec.externalName')]
      : asErrors('spec.externalName', name, subdomainFaults(name.replace(/\.$/, '')));
  const given = asString(spec['clusterIP']);
  if (given !== '' && given !== 'None')
    faults.unshift(forbiddenField('spec.clusterIPs', 'may not be set for ExternalName services'));
  return faults;
}

function addressesFaults(spec: JsonObject): FieldError[] {
  const type = asString(spec['type']);
  const given = asString(spec['clusterIP']);
  const faults = asArray(spec['externalIPs']).flatMap((address, index) =>
    addressFaults(`spec.externalIPs[${index}]`, asString(address)),
  );
  const sources = asArray(spec['loadBalancerSourceRanges']).flatMap((range, index) =>
    networkFaults(`spec.LoadBalancerSourceRanges[${index}]`, asString(range).trim()),
  );
  if (given === 'None' && (type === 'LoadBalancer' || type === 'NodePort')) {
    const why = `may not be set to 'None' for ${type} services`;
    faults.push(invalidValue('spec.clusterIPs[0]', given, why));
  }
  if (given !== '' && given !== 'None' && type !== 'ExternalName')
    faults.push(...clusterAddressFaults(given));
  return [...faults, ...sources];
}

function clusterAddressFaults(address: string): FieldError[] {
  if (!isAddress(address)) return addressFaults('spec.clusterIPs[0]', address);
  const [from, to] = networkRange(serviceNetwork) ?? [0, 0];
  const [number = -1] = networkRange(`${address}/32`) ?? [];
  if (number >= from && number <= to) return [];
  const why = `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${serviceNetwork}`;
  return [invalidValue('spec.clusterIPs', [address], why)];
}

const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function trafficFaults(spec: JsonObject): FieldError[] {
  const policy = spec['externalTrafficPolicy'];
  const isOutside =
    spec['type'] === 'NodePort' ||
    spec['type'] === 'LoadBalancer' ||
    asArray(spec['externalIPs']).length > 0;
  const faults: FieldError[] = [];
  if (policy !== undefined && !isOutside) {
    const why = 'may only be set for externally-accessible services';
    faults.push(invalidValue('spec.externalTrafficPolicy', policy, why));
  } else faults.push(...oneOf('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']));
  const inside = ['Cluster', 'Local'];
  return [
    ...faults,
    ...oneOf('spec.internalTrafficPolicy', spec['internalTrafficPolicy'], inside),
    ...oneOf('spec.trafficDistribution', spec['trafficDistribution'], distributions),
  ];
}
