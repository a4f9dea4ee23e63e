import { InputError, throwFaults } from '../errors/tidegate-error.ts';
import { parseCompatibilityRule } from '../release/compatibility.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { checkNetwork } from './check-network.ts';
import {
  definitionFields,
  networkDefinition,
  type NetworkDefinition,
} from './definition-schema.ts';
import {
  backupService,
  type Component,
  type Environment,
  type Network,
  type ReleaseGates,
  type Service,
} from './network.ts';
import { durationSeconds } from './schedule.ts';
import { zodDiagnostics } from './zod-diagnostics.ts';

/** Name of the definition at the root of the GitOps repository. */
export const definitionFile = 'tidegate.yaml';

/**
 * Reads a network definition. Throws InputError with every fault, each with line and column: bad
 * YAML, unknown or malformed fields, and contradictions between them.
 */
export function parseNetwork(text: string, file: string = definitionFile): Network {
  const parsed = parseYaml(text, file);
  const result = networkDefinition.safeParse(parsed.value ?? {});
  if (!result.success) {
    throwFaults(zodDiagnostics(result.error, parsed, definitionFields));
    throw new InputError(`${file} is no network definition`, { position: { file } });
  }
  const network = resolveNetwork(result.data);
  throwFaults(checkNetwork(network, parsed));
  return network;
}

/** The network that an empty definition describes: the spec's own. */
export function defaultNetwork(): Network {
  return resolveNetwork(networkDefinition.parse({}));
}

const specWaves: Readonly<Record<string, number>> = {
  backup: -2,
  'shared-services': 0,
  namespace: -1,
  vault: 1,
  backend: 2,
  frontend: 3,
};
const specNamespaces: Readonly<Record<string, string>> = {
  backup: 'ops',
  'shared-services': 'shared',
};

function resolveNetwork(definition: NetworkDefinition): Network {
  const services = Object.entries(definition.services).map(([name, service]): Service => ({
    name,
    chart: service.chart ?? `dlt-${name}`,
    wave: service.wave ?? specWaves[name] ?? Number.NaN,
    namespace: service.namespace ?? `${definition.name}-${specNamespaces[name] ?? name}`,
    layers: service.layers,
  }));
  return {
    name: definition.name,
    git: definition.git,
    charts: definition.charts,
    patGroup: definition.pat.group,
    ci: definition.ci,
    diff: definition.diff,
    compatibility: definition.compatibility.flatMap((text) => {
      const parsed = parseCompatibilityRule(text);
      return 'rule' in parsed ? [parsed.rule] : [];
    }),
    waveDelaySeconds: definition.argocd.waveDelaySeconds,
    services,
    components: resolveComponents(definition),
    environments: resolveEnvironments(definition, services),
  };
}

function resolveComponents(definition: NetworkDefinition): Component[] {
  return Object.entries(definition.components).map(([name, component]) => {
    const role = component.role ?? (name === 'namespace' ? 'namespace' : 'workload');
    const isNamespace = role === 'namespace';
    return {
      name,
      role,
      chart: component.chart ?? (isNamespace ? 'dlt-node-namespace' : `dlt-${name}`),
      wave: component.wave ?? specWaves[name] ?? Number.NaN,
      layers:
        component.layers ?? (isNamespace ? ['common', 'node'] : ['versions', 'common', 'node']),
    };
  });
}

function resolveEnvironments(
  definition: NetworkDefinition,
  services: readonly Service[],
): Environment[] {
  return Object.entries(definition.environments).map(([name, environment]) => ({
    name,
    sync: environment.sync,
    promotesFrom: environment.promotesFrom,
    cluster: environment.cluster ?? name,
    server: environment.server,
    windows: environment.windows,
    dataProtection: environment.dataProtection,
    kubernetes: environment.kubernetes,
    argocd: {
      namespace: environment.argocd.namespace ?? definition.argocd.namespace ?? 'argocd',
      adminNamespace:
        environment.argocd.adminNamespace ?? definition.argocd.adminNamespace ?? 'argocd-admin',
    },
    serviceNamespaces: {
      ...Object.fromEntries(services.map((service) => [service.name, service.namespace])),
      ...environment.namespaces,
    },
    nodeNamespacePrefix: environment.nodeNamespacePrefix ?? `${definition.name}-`,
    groups: {
      operators: environment.groups.operators ?? [`${definition.name}-${name}-operators`],
      repair: environment.groups.repair ?? [`${definition.name}-${name}-repair`],
    },
    gates: resolveGates(environment.gates),
  }));
}

function resolveGates({
  soak,
  ...gates
}: NetworkDefinition['environments'][string]['gates']): ReleaseGates {
  return { ...gates, soakSeconds: durationSeconds(soak) ?? 0 };
}

/** The backup service. Checked networks always have it. */
export function findBackup(network: Network): Service | undefined {
  return network.services.find((service) => service.name === backupService);
}
