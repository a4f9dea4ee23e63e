import { compileGobwas } from '../globs/index.ts';
import { windowListFault } from '../windows/index.ts';
import type {
  AppProject,
  AppProjectSpec,
  DestinationServiceAccount,
  ProjectDestination,
  ProjectRole,
} from './app-project.ts';
import { policyFault } from './policy-faults.ts';
import { isServiceAccount } from './service-account.ts';

/**
 * What Argo CD says is wrong with a project, or nothing. It says so in the API and on the command line; a
 * project that is applied to the cluster is taken as it is.
 *
 * See `AppProject.ValidateProject` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function projectFault({ name, spec }: AppProject): string | undefined {
  return (
    firstFault(spec.destinations, destinationFault) ??
    duplicateFault(spec.destinations, destinationKey, 'destination') ??
    duplicateFault(spec.sourceNamespaces, (namespace) => namespace, 'source namespace') ??
    sourcesFault(spec) ??
    rolesFault(name, spec.roles ?? []) ??
    windowListFault(spec.syncWindows ?? []) ??
    firstFault(spec.destinationServiceAccounts, accountFault) ??
    duplicateFault(spec.destinationServiceAccounts, accountKey, 'destinationServiceAccount')
  );
}

type List<T> = readonly T[] | null | undefined;

function firstFault<T>(list: List<T>, fault: (one: T) => string | undefined): string | undefined {
  for (const one of list ?? []) {
    const found = fault(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function duplicateFault<T>(
  list: List<T>,
  keyOf: (one: T) => string,
  what: string,
): string | undefined {
  const keys = (list ?? []).map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  return twice === undefined ? undefined : `${what} '${twice}' already added`;
}

function destinationFault({ name, server, namespace }: ProjectDestination): string | undefined {
  const fields = Object.entries({ name, server, namespace });
  const bad = fields.find(([, pattern]) => pattern === '!*');
  return bad === undefined ? undefined : `${bad[0]} has an invalid format, '!*'`;
}

function destinationKey({ name = '', server = '', namespace = '' }: ProjectDestination): string {
  return `${server === '' ? name : server}/${namespace}`;
}

function sourcesFault({ sourceRepos }: AppProjectSpec): string | undefined {
  return (
    firstFault(sourceRepos, (pattern) =>
      pattern === '!*' ? "source repository has an invalid format, '!*'" : undefined,
    ) ?? duplicateFault(sourceRepos, (pattern) => pattern, 'source repository')
  );
}

function rolesFault(project: string, roles: readonly ProjectRole[]): string | undefined {
  const names = roles.map(({ name = '' }) => name);
  for (const [index, role] of roles.entries()) {
    const { name = '' } = role;
    const fault =
      names.indexOf(name) < index ? `role '${name}' already exists` : roleFault(project, role);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const roleName = /^[a-zA-Z0-9](?:[-_a-zA-Z0-9]*[a-zA-Z0-9])?$/;

function roleFault(
  project: string,
  { name = '', policies, groups }: ProjectRole,
): string | undefined {
  if (!roleName.test(name)) {
    const rule =
      "alphanumeric characters, '-' or '_', and must start and end with an alphanumeric character";
    return `invalid role name '${name}'. Must consist of ${rule}`;
  }
  const owner = { project, role: name };
  return (
    entriesFault(policies, 'policy', name, (policy) => policyFault(policy, owner)) ??
    entriesFault(groups, 'group', name, groupFault)
  );
}

function entriesFault(
  list: List<string>,
  what: string,
  role: string,
  fault: (one: string) => string | undefined,
): string | undefined {
  const seen = new Set<string>();
  return firstFault(list, (one) => {
    if (seen.has(one)) return `${what} '${one}' already exists for role '${role}'`;
    seen.add(one);
    return fault(one);
  });
}

/** A group with a comma has to stand in quotes. */
function groupFault(group: string): string | undefined {
  const trimmed = group.trim();
  const quoted = /^"([^]*)"$/.exec(trimmed)?.[1];
  const inner = quoted ?? trimmed;
  if (quoted === undefined && trimmed.includes(',')) return `group '${trimmed}' must be quoted`;
  if (inner === '') return `group '${inner}' is empty`;
  if (/["\n\r\t]/.test(inner)) return `group '${inner}' contains invalid characters`;
  if (group.length > 1 && /^\s/.test(group)) return `group '${inner}' contains a leading space`;
  return group.length > 1 && /\s$/.test(group)
    ? `group '${inner}' contains a trailing space`
    : undefined;
}

function accountFault(account: DestinationServiceAccount): string | undefined {
  const { server = '', namespace = '', defaultServiceAccount = '' } = account;
  if (server.includes('!')) return `server has an invalid format, '${server}'`;
  if (namespace.includes('!')) return `namespace has an invalid format, '${namespace}'`;
  if (!isServiceAccount(defaultServiceAccount)) {
    return `defaultServiceAccount has an invalid format, '${defaultServiceAccount}'`;
  }
  if ('fault' in compileGobwas(server)) return `server has an invalid format, '${server}'`;
  return 'fault' in compileGobwas(namespace)
    ? `namespace has an invalid format, '${namespace}'`
    : undefined;
}

function accountKey({ server = '', namespace = '' }: DestinationServiceAccount): string {
  return `${server}/${namespace}`;
}
