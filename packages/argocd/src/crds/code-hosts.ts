import { fields, flag, listOf, type Schema, text, texts } from './schema.ts';

const secretKey = fields({ 'key!': text, 'secretName!': text });
const certificates = fields({ 'configMapName!': text, 'key!': text });
const basicAuth = fields({ 'passwordRef!': secretKey, 'username!': text });
const bearerToken = fields({ 'tokenRef!': secretKey });

/** The hosts that pull requests are read from. */
export const pullRequestHosts: Readonly<Record<string, Schema>> = {
  azuredevops: fields({
    api: text,
    labels: texts,
    'organization!': text,
    'project!': text,
    'repo!': text,
    tokenRef: secretKey,
  }),
  bitbucket: fields({ api: text, basicAuth, bearerToken, 'owner!': text, 'repo!': text }),
  bitbucketServer: fields({
    'api!': text,
    basicAuth,
    bearerToken,
    caRef: certificates,
    insecure: flag,
    'project!': text,
    'repo!': text,
  }),
  gitea: fields({
    'api!': text,
    insecure: flag,
    labels: texts,
    'owner!': text,
    'repo!': text,
    tokenRef: secretKey,
  }),
  github: fields({
    api: text,
    appSecretName: text,
    labels: texts,
    'owner!': text,
    'repo!': text,
    tokenRef: secretKey,
  }),
  gitlab: fields({
    api: text,
    caRef: certificates,
    insecure: flag,
    labels: texts,
    'project!': text,
    pullRequestState: text,
    tokenRef: secretKey,
  }),
};

/** The hosts whose repositories are listed. */
export const repositoryHosts: Readonly<Record<string, Schema>> = {
  awsCodeCommit: fields({
    allBranches: flag,
    region: text,
    role: text,
    tagFilters: listOf(fields({ 'key!': text, value: text })),
  }),
  azureDevOps: fields({
    'accessTokenRef!': secretKey,
    allBranches: flag,
    api: text,
    'organization!': text,
    'teamProject!': text,
  }),
  bitbucket: fields({
    allBranches: flag,
    'appPasswordRef!': secretKey,
    'owner!': text,
    'user!': text,
  }),
  bitbucketServer: fields({
    allBranches: flag,
    'api!': text,
    basicAuth,
    bearerToken,
    caRef: certificates,
    insecure: flag,
    'project!': text,
  }),
  gitea: fields({
    allBranches: flag,
    'api!': text,
    excludeArchivedRepos: flag,
    insecure: flag,
    'owner!': text,
    tokenRef: secretKey,
  }),
  github: fields({
    allBranches: flag,
    api: text,
    appSecretName: text,
    excludeArchivedRepos: flag,
    'organization!': text,
    tokenRef: secretKey,
  }),
  gitlab: fields({
    allBranches: flag,
    api: text,
    caRef: certificates,
    'group!': text,
    includeArchivedRepos: flag,
    includeSharedProjects: flag,
    includeSubgroups: flag,
    insecure: flag,
    tokenRef: secretKey,
    topic: text,
  }),
};
