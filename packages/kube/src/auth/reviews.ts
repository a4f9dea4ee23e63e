import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  isObject,
  type JsonObject,
} from '../json/value.ts';
import { type Context, formatTime, type User } from '../server/context.ts';
import type { Resource } from '../resources/resource.ts';
import { serviceAccount } from './authenticate.ts';
import { type Attributes, isAllowed, isPathAllowed, rulesFor } from './authorize.ts';
import { writeToken } from './service-account-token.ts';

function attributesOf(spec: JsonObject): Attributes | undefined {
  const given = spec['resourceAttributes'];
  if (!isObject(given)) return undefined;
  const text = (key: string): string => asString(given[key]);
  return {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
}

function decide(context: Context, user: User, spec: JsonObject): boolean {
  const attributes = attributesOf(spec);
  if (attributes !== undefined) return isAllowed(context, user, attributes);
  const path = asObject(spec['nonResourceAttributes']);
  return isPathAllowed(context, user, {
    verb: asString(path['verb']),
    path: asString(path['path']),
  });
}

/** Answers a review, which is never stored. */
export function answerReview(
  context: Context,
  resource: Resource,
  user: User,
  object: JsonObject,
): JsonObject {
  const spec = asObject(object['spec']);
  const metadata = asObject(object['metadata']);
  const head = {
    kind: resource.kind,
    apiVersion: `${resource.group}/${resource.version}`,
    metadata,
  };
  switch (resource.kind) {
    case 'SelfSubjectAccessReview':
      return { ...head, spec, status: { allowed: decide(context, user, spec) } };
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const groups = asArray(spec['groups']).map(asString);
      const other = { name: asString(spec['user']), uid: asString(spec['uid']), groups };
      return { ...head, spec, status: { allowed: decide(context, other, spec) } };
    }
    case 'SelfSubjectRulesReview': {
      const rules = rulesFor(context, user, asString(spec['namespace']));
      const of = (key: string): JsonObject[] =>
        rules.filter((rule) => asArray(rule[key]).length > 0);
      const status = {
        resourceRules: of('resources'),
        nonResourceRules: of('nonResourceURLs'),
        incomplete: false,
      };
      return { ...head, spec, status };
    }
    case 'SelfSubjectReview': {
      const now = formatTime(context.options.clock.nowMs());
      return {
        ...head,
        metadata: { creationTimestamp: now },
        status: { userInfo: userInfo(user) },
      };
    }
    default:
      return { ...head, spec, status: tokenStatus(context, spec) };
  }
}

function userInfo(user: User): JsonObject {
  const info: JsonObject = { username: user.name };
  if (user.uid !== '') info['uid'] = user.uid;
  info['groups'] = [...user.groups];
  return info;
}

function tokenStatus(context: Context, spec: JsonObject): JsonObject {
  const token = asString(spec['token']);
  const user = context.options.tokens.get(token) ?? serviceAccount(context, token);
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  return {
    authenticated: true,
    user: userInfo(user),
    audiences: ['https://kubernetes.default.svc'],
  };
}

/** Answers a request for a token of a service account. */
export function answerTokenRequest(
  context: Context,
  account: JsonObject,
  request: JsonObject,
): JsonObject {
  const metadata = asObject(account['metadata']);
  const seconds = asNumber(at(request, 'spec', 'expirationSeconds'), 3600);
  const given = asArray(at(request, 'spec', 'audiences'));
  const audiences = given.length > 0 ? given : ['https://kubernetes.default.svc'];
  const nowMs = context.options.clock.nowMs();
  const token = writeToken(context.options.signingKey, {
    namespace: asString(metadata['namespace']),
    name: asString(metadata['name']),
    uid: asString(metadata['uid']),
    expires: Math.floor(nowMs / 1000) + seconds,
    audiences: audiences.map(asString),
  });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: metadata['name'] ?? '',
      namespace: metadata['namespace'] ?? '',
      creationTimestamp: formatTime(nowMs),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: formatTime(nowMs + seconds * 1000) },
  };
}
