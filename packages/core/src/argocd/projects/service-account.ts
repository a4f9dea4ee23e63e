import { compileGobwas, matchGobwas } from '../globs/index.ts';
import type { AppProjectSpec, DestinationServiceAccount } from './app-project.ts';

/** Where an operation acts. */
export interface AccountQuestion {
  /** URL of the destination cluster. */
  readonly server: string;
  /** Namespace of the destination; may be empty. */
  readonly namespace: string;
  /** Namespace of the Application itself. */
  readonly applicationNamespace: string;
}

/** The user that an operation acts as; undefined for Argo CD's own. */
export type AccountResult = { readonly user: string | undefined } | { readonly fault: string };

/** Whether a text may name a service account, with or without namespace. */
export function isServiceAccount(text: string): boolean {
  return /[^ ]/.test(text) && !/[!*[\]{}\\/]/.test(text);
}

/**
 * Which user an operation acts as, where Argo CD impersonates: the first entry of the project that matches
 * server and namespace of the destination says so. Here `*` alone is an ordinary glob, and nothing is negated.
 *
 * See `DeriveServiceAccountToImpersonate` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/util/settings/impersonation.go
 */
export function serviceAccountFor(
  spec: AppProjectSpec,
  { server, namespace, applicationNamespace }: AccountQuestion,
): AccountResult {
  for (const entry of spec.destinationServiceAccounts ?? []) {
    const fault =
      patternFault(entry.server, 'server') ?? patternFault(entry.namespace, 'namespace');
    if (fault !== undefined) return { fault };
    const { server: servers = '', namespace: namespaces = '' } = entry;
    if (!matchGobwas(servers, server) || !matchGobwas(namespaces, namespace)) continue;
    return accountUser(entry, namespace === '' ? applicationNamespace : namespace);
  }
  return { user: undefined };
}

/** An account that names no namespace is one of the destination's. */
function accountUser(
  { defaultServiceAccount: account = '' }: DestinationServiceAccount,
  namespace: string,
): AccountResult {
  if (!isServiceAccount(account)) {
    return { fault: `default service account contains invalid chars '${account}'` };
  }
  return {
    user: `system:serviceaccount:${account.includes(':') ? '' : `${namespace}:`}${account}`,
  };
}

function patternFault(pattern = '', what: string): string | undefined {
  const compiled = compileGobwas(pattern);
  return 'fault' in compiled
    ? `invalid glob pattern for destination ${what}: ${compiled.fault}`
    : undefined;
}
