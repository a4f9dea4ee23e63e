import type { Environment, Network } from '../model/network.ts';

/** README of a GitOps repository, for the people who work in it. */
export function repositoryReadme(network: Network): string {
  const rows = network.environments.map(environmentRow).join('\n');
  const components = network.components.map((component) => `\`values-${component.name}.yaml\``);
  return `# ${network.name}: GitOps repository

What runs in every environment of the ${network.name} network. Argo CD reads it; nothing writes to a
cluster from here.

| Environment | Sync | Promoted from | Windows |
|---|---|---|---|
${rows}

| Folder | What it holds | Who changes it |
|---|---|---|
| \`tidegate.yaml\` | the network: components, waves, environments, windows | platform engineers |
| \`versions/\` | chart versions and image tags of each environment | builds and releases only |
| \`envs/<env>/\` | Helm values; a folder in \`nodes/\` is a node | node teams, in merge requests |
| \`argocd/<env>/\` | Argo CD's Applications and ApplicationSets | generated; only a release changes it |
| \`bootstrap/<env>/\` | what an administrator applies once per cluster | generated |

Values are merged from the left, later files win: \`versions/<env>.yaml\`, then
\`envs/<env>/common-node-values.yaml\`, then the node's own ${components.join(', ')}.

Everyday commands:

\`\`\`sh
tidegate node add qa node-delta --role observer --peers node-alpha   # a new node is a new folder
tidegate generate            # after a change of tidegate.yaml
tidegate generate --check    # what a pipeline runs: exit 1 when generated files drift
tidegate render qa node-alpha backend   # the manifests that Argo CD would apply
tidegate inventory           # how many Argo CD objects there are
tidegate releases ${network.environments.at(-1)?.name ?? ''}       # what each release changed, and what is ahead
\`\`\`

A change in \`envs/\` reaches a cluster with the environment's next release, never before. Releases are cut by the pipeline
(\`.gitlab-ci.yml\`): by itself where syncs are automatic, elsewhere by a manual job. It needs the CI/CD variables
\`TIDEGATE_GIT_TOKEN\` (protected, masked) and \`TIDEGATE_NOTES_TOKEN\`; the branch and the tags \`release/*\` are to be protected.
`;
}

function environmentRow(environment: Environment): string {
  const windows = environment.windows
    .map((window) => `\`${window.schedule}\` for ${window.duration} (${window.timeZone})`)
    .join(', ');
  const source = environment.promotesFrom ?? 'builds';
  return `| ${environment.name} | ${environment.sync} | ${source} | ${windows === '' ? 'always open' : windows} |`;
}

/** CODEOWNERS in GitLab's form: who must approve a change of which part. */
export function codeowners(network: Network): string {
  const manual = network.environments.filter((environment) => environment.sync === 'manual');
  return `# Who approves what. Replace the groups by your own.
[Platform]
* @platform-engineers
/tidegate.yaml @platform-engineers
/argocd/ @platform-engineers
/bootstrap/ @platform-engineers
/versions/ @platform-engineers

[Nodes]
/envs/ @node-teams @platform-engineers
${manual.map((environment) => `/envs/${environment.name}/ @operators @platform-engineers`).join('\n')}
`;
}
