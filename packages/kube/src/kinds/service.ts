import { asArray, asObject, asString, at, type JsonObject, without } from '../json/value.ts';
import { internal } from '../status/status-error.ts';
import { invalidValue } from '../validation/field-error.ts';
import { label1035Faults, labelFaults, subdomainFaults } from '../validation/names.ts';
import { each, inside, preset, presets } from './pod-defaults.ts';
import { serviceFaults } from './service-validation.ts';
import type { KindContext, Strategy } from './strategy.ts';

/** The first free address of the service network. */
function freeAddress(context: KindContext): string {
  const taken = new Set(
    context.list('services').map((service) => asString(at(service, 'spec', 'clusterIP'))),
  );
  for (let count = 0; count < 100_000; count += 1) {
    const number = 10 + Math.floor(context.random() * 65_000);
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw internal('failed to allocate IP: range is full');
}

function freeNodePort(context: KindContext, own: ReadonlySet<number>): number {
  const taken = new Set(
    context
      .list('services')
      .flatMap((service) =>
        asArray(at(service, 'spec', 'ports')).map((port) => at(port, 'nodePort')),
      ),
  );
  for (let port = 30_000; port < 32_768; port += 1)
    if (!taken.has(port) && !own.has(port)) return port;
  throw internal('failed to allocate a nodePort: range is full');
}

function defaultPort(port: JsonObject): JsonObject {
  const named = preset(port, 'protocol', 'TCP');
  const target = named['targetPort'];
  const unset = target === undefined || target === 0 || target === '';
  return unset && named['port'] !== undefined ? { ...named, targetPort: named['port'] } : named;
}

function defaultService(object: JsonObject): JsonObject {
  return inside(object, 'spec', (spec) => {
    let out = presets(each(spec, 'ports', defaultPort), {
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
    if (out['sessionAffinity'] === 'ClientIP') {
      out = preset(out, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: 10800 } });
    }
    if (out['type'] === 'ExternalName') return out;
    const external = out['type'] === 'NodePort' || out['type'] === 'LoadBalancer';
    if (external) out = preset(out, 'externalTrafficPolicy', 'Cluster');
    if (out['type'] === 'LoadBalancer') out = preset(out, 'allocateLoadBalancerNodePorts', true);
    return preset(out, 'internalTrafficPolicy', 'Cluster');
  });
}

function allocate(spec: JsonObject, context: KindContext): JsonObject {
  if (spec['type'] === 'ExternalName')
    return without(spec, 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  const headless = spec['clusterIP'] === 'None';
  const address = headless ? 'None' : asString(spec['clusterIP']) || freeAddress(context);
  const out = presets(
    { ...spec, clusterIP: address, clusterIPs: [address] },
    { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
  );
  if (spec['type'] !== 'NodePort' && spec['type'] !== 'LoadBalancer') return out;
  const taken = new Set<number>();
  return each(out, 'ports', (port) => {
    const given = port['nodePort'];
    const found = typeof given === 'number' && given > 0 ? given : freeNodePort(context, taken);
    taken.add(found);
    return { ...port, nodePort: found };
  });
}

/** How Services are prepared and checked. */
export const service: Strategy = {
  nameRule: label1035Of,
  answersObject: true,
  defaults: defaultService,
  prepareCreate: (object, context) => ({
    ...object,
    spec: allocate(asObject(object['spec']), context),
    status: { loadBalancer: {} },
  }),
  prepareUpdate: (next, live, context) => {
    const spec = asObject(next['spec']);
    const before = asObject(live['spec']);
    const kept =
      spec['type'] === 'ExternalName' || spec['clusterIP'] !== undefined
        ? spec
        : { ...spec, ...keep(before, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) };
    return { ...next, spec: allocate(keepNodePorts(kept, before), context) };
  },
  validate: serviceFaults,
  validateUpdate: (next, live) => {
    const before = asString(at(live, 'spec', 'clusterIP'));
    const now = asString(at(next, 'spec', 'clusterIP'));
    const faults = serviceFaults(next);
    if (before === '' || before === now || at(next, 'spec', 'type') === 'ExternalName')
      return faults;
    return [invalidValue('spec.clusterIPs[0]', [now], 'may not change once set'), ...faults];
  },
  fields: {
    'spec.clusterIP': (object) => asString(at(object, 'spec', 'clusterIP')),
    'spec.type': (object) => asString(at(object, 'spec', 'type')),
  },
  unknownField: (field) => `field label not supported: ${field}`,
};

function label1035Of(name: string): string[] {
  return name.includes('.') && subdomainFaults(name).length === 0
    ? ['must not contain dots']
    : label1035Faults(name).length === 0
      ? []
      : labelFaults(name);
}

function keep(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

function keepNodePorts(spec: JsonObject, before: JsonObject): JsonObject {
  const old = asArray(before['ports']).map(asObject);
  return each(spec, 'ports', (port) => {
    const same = old.find(
      (entry) => entry['port'] === port['port'] && entry['protocol'] === port['protocol'],
    );
    const node = same?.['nodePort'];
    return port['nodePort'] === undefined && node !== undefined
      ? { ...port, nodePort: node }
      : port;
  });
}
