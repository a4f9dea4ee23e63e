import { asNumber, asString, at, type Json } from '../json/value.ts';
import { base64UrlOf, fromBase64Url, signature } from '../text/hash.ts';

export interface AccountClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly audiences: readonly string[];
}

/** A signed token for a service account. */
export function writeToken(key: string, claims: AccountClaims): string {
  const payload = {
    aud: [...claims.audiences],
    exp: claims.expires,
    'kubernetes.io': {
      namespace: claims.namespace,
      serviceaccount: { name: claims.name, uid: claims.uid },
    },
    sub: `system:serviceaccount:${claims.namespace}:${claims.name}`,
  };
  const text = `${base64UrlOf('{"alg":"HS256","typ":"JWT"}')}.${base64UrlOf(JSON.stringify(payload))}`;
  return `${text}.${signature(key, text)}`;
}

/** What a token says; undefined when it was not signed here. */
export function readToken(key: string, token: string): AccountClaims | undefined {
  const [head = '', body = '', sign = ''] = token.split('.');
  if (sign === '' || signature(key, `${head}.${body}`) !== sign) return undefined;
  const claims = JSON.parse(fromBase64Url(body)) as Json;
  const inner = at(claims, 'kubernetes.io');
  return {
    namespace: asString(at(inner, 'namespace')),
    name: asString(at(inner, 'serviceaccount', 'name')),
    uid: asString(at(inner, 'serviceaccount', 'uid')),
    expires: asNumber(at(claims, 'exp')),
    audiences: [],
  };
}
