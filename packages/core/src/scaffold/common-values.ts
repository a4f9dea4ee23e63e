import { rootProject, type Environment, type Network } from '../model/network.ts';

/**
 * First content of the values files that people then own. Written once by `init`, never again.
 */

/** `envs/<env>/common-node-values.yaml` (spec section 9). */
export function commonNodeValues(network: Network, environment: Environment): string {
  const automatic = environment.sync === 'automatic';
  const label = environment.name;
  const protection = environment.dataProtection;
  return `# Values that all nodes of ${label} share. A node's own files override them.

# Namespace / PAT defaults
projectApplicationTemplate:
  project: ${rootProject(network, environment)}
  destination:
    server: ${environment.server}
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
  # retain: removing a node from Git leaves its namespace and data in the cluster
  dataProtection: ${protection}

# Vault defaults for all nodes in ${label}
vault:
  server:
    ha:
      enabled: ${automatic ? 'false' : 'true'}
  injector:
    enabled: true
  dataProtection: ${protection}

# Backend defaults for all nodes in ${label}
backend:
  chain:
    networkId: ${label}-net-001
    genesisConfigMap: ${label}-genesis
    consensusTimeout: 5s
  persistence:
    storageClass: fast-ssd
    size: ${automatic ? '50Gi' : '200Gi'}
  resources:
    requests:
      cpu: 500m
      memory: 1Gi
    limits:
      cpu: 2
      memory: 4Gi
  dataProtection: ${protection}

# Frontend defaults for all nodes in ${label}
frontend:
  replicaCount: ${automatic ? '1' : '2'}
  ingress:
    enabled: false
  env:
    LOG_LEVEL: ${automatic ? 'debug' : 'info'}
${network.components
  .filter((component) => !['namespace', 'vault', 'backend', 'frontend'].includes(component.name))
  .map((component) => `\n${component.name}: {}\n`)
  .join('')}`;
}

/** `envs/<env>/backup/values.yaml` (spec section 11). */
export function backupValues(network: Network, environment: Environment): string {
  return `backup:
  env: ${environment.name}
  target: s3://company-backups/${network.name}/${environment.name}
  retention: ${environment.sync === 'automatic' ? '7d' : '30d'}
  image:
    repository: artifactory.example.com/tools/backup
  # The shared database as well. Its password is a key of a Secret in the backup's namespace:
  # existingSecret: backup-credentials
  # databases:
  #   - name: shared
  #     host: postgres.${network.name}-shared.svc.cluster.local
  #     port: 5432
  #     database: dlt
  #     user: dlt
  #     passwordKey: shared-database
`;
}

/** `envs/<env>/<service>/values.yaml` of any other service. */
export function serviceValues(service: string, environment: Environment): string {
  if (service !== 'shared-services') return `${service}: {}\n`;
  return `shared-services:\n  dataProtection: ${environment.dataProtection}\n`;
}
