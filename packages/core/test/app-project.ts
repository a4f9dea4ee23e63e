import { valueAt } from '../src/generate/value-at.ts';

/** Where an Application deploys. */
export interface Destination {
  readonly server: string;
  readonly namespace: string;
}

/**
 * Whether Argo CD lets an Application of the project deploy there. As its `isDestinationMatched`: an
 * entry with `!` in front of a namespace matches every *other* namespace, and refuses the one it names.
 */
export function admits(project: unknown, { server, namespace }: Destination): boolean {
  let matched = false;
  for (const entry of listAt(project, ['spec', 'destinations'])) {
    const [entryServer, entryNamespace] = [textAt(entry, 'server'), textAt(entry, 'namespace')];
    const isServer = matches(entryServer, server);
    const isNamespace = matches(entryNamespace, namespace);
    if (isServer && isNamespace) matched = true;
    else if (isDenied(entryServer) && !isServer && isNamespace) return false;
    else if (isDenied(entryNamespace) && !isNamespace && isServer) return false;
  }
  return matched;
}

/** Whether the project permits objects of a kind in a namespace. */
export function admitsNamespaced(project: unknown, group: string, kind: string): boolean {
  const allowed = valueAt(project, ['spec', 'namespaceResourceWhitelist']);
  const denied = listAt(project, ['spec', 'namespaceResourceBlacklist']);
  const isAllowed = allowed === undefined || isListed(allowed as unknown[], group, kind);
  return isAllowed && !isListed(denied, group, kind);
}

/** Whether the project permits cluster-scoped objects of a kind. */
export function admitsClusterWide(project: unknown, group: string, kind: string): boolean {
  return isListed(listAt(project, ['spec', 'clusterResourceWhitelist']), group, kind);
}

/** Whether a role of the project may do something to one of its Applications (`p, subject, ...`). */
export function mayDo(
  project: unknown,
  role: string,
  request: { action: string; application: string },
): boolean {
  const name = valueAt(project, ['metadata', 'name']);
  const found = listAt(project, ['spec', 'roles']).find((r) => textAt(r, 'name') === role);
  const policies = listAt(found, ['policies']).map((line) => String(line).split(', '));
  return policies.some(
    ([p, subject, resource, action = '', object = '', effect]) =>
      p === 'p' &&
      subject === `proj:${String(name)}:${role}` &&
      resource === 'applications' &&
      matches(action, request.action) &&
      matches(object, `${String(name)}/${request.application}`) &&
      effect === 'allow',
  );
}

function isListed(list: readonly unknown[], group: string, kind: string): boolean {
  return list.some(
    (entry) => matches(textAt(entry, 'group'), group) && matches(textAt(entry, 'kind'), kind),
  );
}

function isDenied(pattern: string): boolean {
  return pattern.startsWith('!');
}

function matches(pattern: string, text: string): boolean {
  if (isDenied(pattern)) return !matches(pattern.slice(1), text);
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(text);
}

function listAt(value: unknown, path: readonly string[]): unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function textAt(value: unknown, key: string): string {
  const text = valueAt(value, [key]);
  return typeof text === 'string' ? text : '';
}
