import { asString, at } from '../json/value.ts';
import type { ApiRequest } from '../request/request.ts';
import type { Context, User } from '../server/context.ts';
import { forbidden, StatusError, unauthorized } from '../status/status-error.ts';
import { isAllowed } from './authorize.ts';
import { readToken } from './service-account-token.ts';

const authenticated = 'system:authenticated';
export const administrator: User = {
  name: 'admin',
  uid: 'admin',
  groups: ['system:masters', authenticated],
};
const anonymous: User = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'] };

/** Who sends a request: by bearer token, and in whose name. */
export function authenticate(context: Context, request: ApiRequest): User {
  const user = byToken(context, request.headers['authorization']);
  return impersonated(context, user, request);
}

function byToken(context: Context, header: string | undefined): User {
  const { options } = context;
  if (header === undefined || header === '')
    return options.noAuth === true ? administrator : anonymous;
  const token = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized();
  const known = options.tokens.get(token);
  if (known !== undefined) return known;
  const account = serviceAccount(context, token);
  if (account !== undefined) return account;
  if (options.noAuth === true) return administrator;
  throw unauthorized();
}

/** The service account of a token that is signed, not expired, and whose account is still there. */
export function serviceAccount(context: Context, token: string): User | undefined {
  const claims = readToken(context.options.signingKey, token);
  if (claims === undefined || claims.expires * 1000 <= context.options.clock.nowMs())
    return undefined;
  const found = context.store.get('serviceaccounts', `${claims.namespace}/${claims.name}`);
  if (found === undefined || asString(at(found, 'metadata', 'uid')) !== claims.uid)
    return undefined;
  return {
    name: `system:serviceaccount:${claims.namespace}:${claims.name}`,
    uid: claims.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${claims.namespace}`, authenticated],
  };
}

function impersonated(context: Context, user: User, request: ApiRequest): User {
  const name = request.headers['impersonate-user'] ?? '';
  const groups = (request.headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  if (name !== '') return actingAs(context, user, { name, groups });
  if (groups.length === 0) return user;
  throw new StatusError(400, 'BadRequest', 'requested groups without impersonating a user');
}

interface Impersonated {
  readonly name: string;
  readonly groups: readonly string[];
}

function actingAs(context: Context, user: User, { name, groups }: Impersonated): User {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  const check = (resource: string, target: string): void => {
    const place = {
      group: '',
      namespace: resource === 'groups' ? '' : (namespace ?? ''),
      subresource: '',
    };
    if (isAllowed(context, user, { ...place, verb: 'impersonate', resource, name: target })) return;
    throw denied(user, resource, target);
  };
  check(account === undefined ? 'users' : 'serviceaccounts', account ?? name);
  for (const group of groups) check('groups', group);
  if (name === anonymous.name) return { name, uid: '', groups };
  const own =
    namespace === undefined
      ? []
      : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const all = groups.length > 0 ? groups : own;
  return { name, uid: '', groups: [...new Set([...all, authenticated])] };
}

function denied(user: User, resource: string, name: string): StatusError {
  const why = `User ${JSON.stringify(user.name)} cannot impersonate resource ${JSON.stringify(resource)} in API group "" at the cluster scope`;
  return forbidden({ group: '', resource }, name, why);
}
