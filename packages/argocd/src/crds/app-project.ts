import { destination } from './application.ts';
import {
  fields,
  flag,
  listOf,
  mapOf,
  objectSchema,
  type Schema,
  text,
  texts,
  whole,
} from './schema.ts';

const clusterKind = fields({ 'group!': text, 'kind!': text, name: text });
const namespacedKind = fields({ 'group!': text, 'kind!': text });
const jwtToken = fields({ exp: whole, 'iat!': whole, id: text });

const syncWindow = fields({
  andOperator: flag,
  applications: texts,
  clusters: texts,
  description: text,
  duration: text,
  kind: text,
  manualSync: flag,
  namespaces: texts,
  schedule: text,
  syncOverrun: flag,
  timeZone: text,
});

const gitIntegrityPolicy = fields({
  'gpg!': fields({ 'keys!': texts, 'mode!': text }),
  'repos!': listOf(fields({ 'url!': text })),
});

const projectSpec = fields({
  clusterResourceBlacklist: listOf(clusterKind),
  clusterResourceWhitelist: listOf(clusterKind),
  description: { type: 'string', maxLength: 255 },
  destinationServiceAccounts: listOf(
    fields({ 'defaultServiceAccount!': text, namespace: text, 'server!': text }),
  ),
  destinations: listOf(destination),
  namespaceResourceBlacklist: listOf(namespacedKind),
  namespaceResourceWhitelist: listOf(namespacedKind),
  orphanedResources: fields({
    ignore: listOf(fields({ group: text, kind: text, name: text })),
    warn: flag,
  }),
  permitOnlyProjectScopedClusters: flag,
  roles: listOf(
    fields({
      description: text,
      groups: texts,
      jwtTokens: listOf(jwtToken),
      'name!': text,
      policies: texts,
    }),
  ),
  signatureKeys: listOf(fields({ 'keyID!': text })),
  sourceIntegrity: fields({ 'git!': fields({ 'policies!': listOf(gitIntegrityPolicy) }) }),
  sourceNamespaces: texts,
  sourceRepos: texts,
  syncWindows: listOf(syncWindow),
});

export const appProjectSchema: Schema = objectSchema({
  'spec!': projectSpec,
  status: fields({ jwtTokensByRole: mapOf(fields({ items: listOf(jwtToken) })) }),
});
