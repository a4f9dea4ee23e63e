/** Answers that `init` asks for. */
export interface DefinitionAnswers {
  readonly name: string;
  readonly gitUrl: string;
  readonly branch: string;
  readonly chartRepository: string;
  readonly patGroup: string;
  readonly timeZone: string;
}

/** The spec's own answers. */
export const defaultAnswers: DefinitionAnswers = {
  name: 'dlt',
  gitUrl: 'https://gitlab.example.com/org/gitops-repo.git',
  branch: 'main',
  chartRepository: 'https://artifactory.example.com/helm',
  patGroup: 'your.group',
  timeZone: 'UTC',
};

/** First text of `tidegate.yaml`, with what each part is for. */
export function definitionText(answers: DefinitionAnswers): string {
  const { name } = answers;
  return `# yaml-language-server: $schema=./tidegate.schema.json
# The network definition. "tidegate generate" makes argocd/ and bootstrap/ from it.
apiVersion: tidegate.dev/v1
kind: Network
name: ${name}

git:
  url: ${answers.gitUrl}
  branch: ${answers.branch}
  credentialsSecret: gitops-repo # existing Secret in both Argo CD namespaces

charts:
  repository: ${answers.chartRepository}
  credentialsSecret: helm-charts

pat:
  group: ${answers.patGroup}

argocd:
  namespace: argocd
  adminNamespace: argocd-admin
  waveDelaySeconds: 5

# One Application per environment each.
services:
  backup:
    chart: dlt-backup
    wave: -2
    namespace: ${name}-ops
  shared-services:
    chart: dlt-shared-services
    wave: 0
    namespace: ${name}-shared

# One Application per node and environment each. Nodes are the folders in envs/<env>/nodes.
components:
  namespace:
    chart: dlt-node-namespace
    wave: -1
  vault:
    chart: dlt-vault
    wave: 1
  backend:
    chart: dlt-backend
    wave: 2
  frontend:
    chart: dlt-frontend
    wave: 3

environments:
  qa:
    sync: automatic
    dataProtection: delete
    windows:
      - schedule: "0 8 * * 1-5" # weekdays 08:00
        duration: 8h
        timeZone: ${answers.timeZone}
  preprod:
    sync: manual
    promotesFrom: qa
  prod:
    sync: manual
    promotesFrom: preprod
    windows:
      - schedule: "0 22 * * 3" # Wednesday 22:00, the change window
        duration: 4h
        timeZone: ${answers.timeZone}
`;
}
