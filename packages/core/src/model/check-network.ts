import type { Diagnostic } from '../errors/tidegate-error.ts';
import { ruleNames } from '../release/compatibility.ts';
import type { ParsedYaml } from '../yaml/parse-yaml.ts';
import { isDnsLabel, reservedNamespaces } from './names.ts';
import { backupService, componentVersionsKey, type Environment, type Network } from './network.ts';

/** Finds contradictions in a definition that is well-formed field by field. */
export function checkNetwork(network: Network, parsed: ParsedYaml): Diagnostic[] {
  return [
    ...checkWaves(network, parsed),
    ...checkRoles(network, parsed),
    ...checkNames(network, parsed),
    ...checkPromotion(network, parsed),
    ...checkNamespaces(network, parsed),
    ...checkSharing(network, parsed),
    ...checkCompatibility(network, parsed),
    ...checkLiveDiff(network, parsed),
  ];
}

function checkLiveDiff({ ci, environments }: Network, parsed: ParsedYaml): Diagnostic[] {
  const known = environments.map(({ name }) => name);
  return ci.liveDiff.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            message: `"ci.liveDiff" names "${name}", which is no environment`,
            position: parsed.positionOf(['ci', 'liveDiff', index]),
            hint: `known: ${known.join(', ')}`,
          },
        ],
  );
}

function checkCompatibility(network: Network, parsed: ParsedYaml): Diagnostic[] {
  const known = [...network.services, ...network.components].map(({ name }) => name);
  return network.compatibility.flatMap((rule, index) =>
    ruleNames(rule)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        message: `"compatibility" names "${name}", which is neither a service nor a component`,
        position: parsed.positionOf(['compatibility', index]),
        hint: `known: ${known.join(', ')}`,
      })),
  );
}

function checkWaves(network: Network, parsed: ParsedYaml): Diagnostic[] {
  const entries = [
    ...network.services.map((entry) => ({ entry, path: ['services', entry.name] })),
    ...network.components.map((entry) => ({ entry, path: ['components', entry.name] })),
  ];
  const missing = entries
    .filter(({ entry }) => Number.isNaN(entry.wave))
    .map(({ entry, path }) => ({
      message: `"${path.join('.')}" has no wave; expected a whole number`,
      position: parsed.keyPositionOf(path),
      hint: `add "wave: <number>" to say when ${entry.name} is deployed`,
    }));
  const backup = network.services.find((service) => service.name === backupService);
  if (backup === undefined) {
    return [
      ...missing,
      {
        message: '"services" has no backup; every rollout begins with one',
        position: parsed.positionOf(['services']),
      },
    ];
  }
  const early = entries
    .filter(({ entry }) => entry !== backup && entry.wave <= backup.wave)
    .map(({ entry, path }) => ({
      message: `"${path.join('.')}" is in wave ${entry.wave}, not after the backup in wave ${backup.wave}`,
      position: parsed.positionOf([...path, 'wave']),
    }));
  return [...missing, ...early];
}

function checkRoles(network: Network, parsed: ParsedYaml): Diagnostic[] {
  const position = parsed.positionOf(['components']);
  const namespaces = network.components.filter((component) => component.role === 'namespace');
  const [namespace] = namespaces;
  if (namespace === undefined || namespaces.length > 1) {
    return [
      {
        message: `expected exactly one component with role namespace, found ${namespaces.length}`,
        position,
      },
    ];
  }
  return network.components
    .filter((component) => component !== namespace && component.wave <= namespace.wave)
    .map((component) => ({
      message: `"components.${component.name}" is in wave ${component.wave}, not after its namespace in wave ${namespace.wave}`,
      position: parsed.positionOf(['components', component.name, 'wave']),
    }));
}

/** Names that would make two objects or two files of one environment the same. */
function checkNames(network: Network, parsed: ParsedYaml): Diagnostic[] {
  const components = new Set(network.components.map((component) => component.name));
  const both = network.services
    .filter((service) => components.has(service.name))
    .map((service) => ({
      message: `"${service.name}" is both a service and a component`,
      position: parsed.keyPositionOf(['components', service.name]),
    }));
  const reserved = network.services
    .filter((service) =>
      ['root', 'nodes', 'release', 'bootstrap', componentVersionsKey].includes(service.name),
    )
    .map((service) => ({
      message: `"${service.name}" cannot be the name of a service: Tidegate uses it itself`,
      position: parsed.keyPositionOf(['services', service.name]),
    }));
  const unnamed = network.environments.flatMap((environment) =>
    Object.keys(environment.serviceNamespaces)
      .filter((name) => !network.services.some((service) => service.name === name))
      .map((name) => ({
        message: `"environments.${environment.name}.namespaces.${name}" names no service`,
        position: parsed.keyPositionOf(['environments', environment.name, 'namespaces', name]),
      })),
  );
  return [...both, ...reserved, ...unnamed];
}

function checkPromotion(network: Network, parsed: ParsedYaml): Diagnostic[] {
  const byName = new Map(
    network.environments.map((environment) => [environment.name, environment]),
  );
  return network.environments.flatMap((environment): Diagnostic[] => {
    const source = environment.promotesFrom;
    if (source === undefined) return [];
    const position = parsed.positionOf(['environments', environment.name, 'promotesFrom']);
    if (!byName.has(source)) {
      return [
        {
          message: `environment "${environment.name}" promotes from "${source}", which is no environment`,
          position,
          hint: `known environments: ${[...byName.keys()].join(', ')}`,
        },
      ];
    }
    return promotesFromItself(environment, byName)
      ? [
          {
            message: `environment "${environment.name}" promotes from itself in a circle`,
            position,
          },
        ]
      : [];
  });
}

function promotesFromItself(start: Environment, byName: ReadonlyMap<string, Environment>): boolean {
  let at: Environment | undefined = start;
  for (let step = 0; step <= byName.size && at !== undefined; step++) {
    at = at.promotesFrom === undefined ? undefined : byName.get(at.promotesFrom);
    if (at === start) return true;
  }
  return false;
}

/** Namespaces of one environment must be distinct, and node namespaces must not reach Argo CD's. */
function checkNamespaces(network: Network, parsed: ParsedYaml): Diagnostic[] {
  return network.environments.flatMap((environment) => {
    const position = parsed.keyPositionOf(['environments', environment.name]);
    const seen = new Map<string, string>();
    const faults: Diagnostic[] = reservedReach(environment).map((message) => ({
      message,
      position,
    }));
    for (const [purpose, namespace] of fixedNamespaces(environment)) {
      const other = seen.get(namespace);
      if (other !== undefined && (purpose.startsWith('argocd') || other.startsWith('argocd'))) {
        faults.push({
          message: `environment "${environment.name}" uses namespace "${namespace}" for both ${other} and ${purpose}`,
          position,
        });
      }
      seen.set(namespace, purpose);
      if (!isDnsLabel(namespace)) {
        faults.push({ message: `"${namespace}" (${purpose}) is no namespace name`, position });
      }
      if (purpose.startsWith('argocd') && namespace.startsWith(environment.nodeNamespacePrefix)) {
        faults.push({
          message: `namespace "${namespace}" of Argo CD begins like the node namespaces of environment "${environment.name}" ("${environment.nodeNamespacePrefix}*"), which workloads may use`,
          position,
        });
      }
    }
    return faults;
  });
}

/** How an environment would get at namespaces that are not its own. */
function reservedReach(environment: Environment): string[] {
  const { name, nodeNamespacePrefix: prefix } = environment;
  return [
    ...reservedNamespaces
      .filter((namespace) => namespace.startsWith(prefix))
      .map(
        (namespace) =>
          `node namespaces "${prefix}*" of environment "${name}" would reach "${namespace}"; expected another prefix`,
      ),
    ...fixedNamespaces(environment)
      .filter(([, namespace]) => reservedNamespaces.includes(namespace))
      .map(
        ([purpose, namespace]) =>
          `environment "${name}" uses "${namespace}" for ${purpose}; expected a namespace of its own`,
      ),
  ];
}

function fixedNamespaces(environment: Environment): [purpose: string, namespace: string][] {
  return [
    ['argocd', environment.argocd.namespace],
    ['argocd (admin)', environment.argocd.adminNamespace],
    ...Object.entries(environment.serviceNamespaces),
  ];
}

/**
 * Two environments in one cluster must not meet in any namespace: two Applications that own the same
 * object take it from each other for ever.
 */
function checkSharing(network: Network, parsed: ParsedYaml): Diagnostic[] {
  return network.environments.flatMap((environment, index) =>
    network.environments.slice(0, index).flatMap((other): Diagnostic[] => {
      if (other.cluster !== environment.cluster) return [];
      const meeting = sharedNamespace(environment, other);
      if (meeting === undefined) return [];
      return [
        {
          message: `environments "${other.name}" and "${environment.name}" share cluster "${environment.cluster}" and ${meeting}`,
          position: parsed.keyPositionOf(['environments', environment.name]),
          hint: 'give one of them a cluster of its own, or its own argocd, namespaces and nodeNamespacePrefix',
        },
      ];
    }),
  );
}

function sharedNamespace(one: Environment, two: Environment): string | undefined {
  const names = new Set(fixedNamespaces(one).map(([, namespace]) => namespace));
  const same = fixedNamespaces(two).find(([, namespace]) => names.has(namespace));
  if (same !== undefined) return `namespace "${same[1]}"`;
  const [a, b] = [one.nodeNamespacePrefix, two.nodeNamespacePrefix];
  if (a.startsWith(b) || b.startsWith(a))
    return `node namespaces "${a.length > b.length ? a : b}*"`;
  const reach = (prefix: string, environment: Environment): string | undefined =>
    fixedNamespaces(environment).find(([, namespace]) => namespace.startsWith(prefix))?.[1];
  const reached = reach(a, two) ?? reach(b, one);
  return reached === undefined
    ? undefined
    : `namespace "${reached}", which node namespaces may take`;
}
