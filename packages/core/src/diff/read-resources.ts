import { CORE_SCHEMA, load } from 'js-yaml';
import { valueAt } from '../generate/value-at.ts';
import type { ResourceName } from './model.ts';

/** A rendered object. */
export interface RenderedResource {
  readonly name: ResourceName;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Thrown for a rendered document that is no Kubernetes object. */
export class UnreadableDocument extends Error {}

/** Documents of a rendered manifest. Helm separates them by `---` and names the template in a comment. */
export function splitDocuments(manifest: string): string[] {
  return manifest
    .split(/^---(?:[ \t].*)?$/m)
    .map((text) => text.replace(/^(?:\s*# Source: .*\n)+/, '').trim())
    .filter((text) => text !== '' && !/^(?:\s*#.*\n?)*$/.test(text));
}

/**
 * Documents of two manifests that are not the same text on both sides. Most are, and need not be
 * parsed.
 */
export function differingDocuments(
  base: string,
  head: string,
): { readonly base: readonly string[]; readonly head: readonly string[] } {
  if (base === head) return { base: [], head: [] };
  const [before, after] = [splitDocuments(base), splitDocuments(head)];
  const [inBase, inHead] = [new Set(before), new Set(after)];
  return {
    base: before.filter((text) => !inHead.has(text)),
    head: after.filter((text) => !inBase.has(text)),
  };
}

/**
 * The object in a rendered document. Throws UnreadableDocument when it is none. A machine wrote it, and
 * positions do not matter: a fast reader does.
 */
export function readResource(text: string, namespace: string): RenderedResource {
  const object = parse(text);
  const read = (...path: string[]): string => {
    const value = valueAt(object, path);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const apiVersion = read('apiVersion');
  const kind = read('kind');
  const name = read('metadata', 'name') || read('metadata', 'generateName');
  if (typeof object !== 'object' || object === null || kind === '' || name === '') {
    throw new UnreadableDocument('a rendered document has no kind or no name');
  }
  const slash = apiVersion.indexOf('/');
  return {
    name: {
      group: slash < 0 ? '' : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
      kind,
      namespace: isClusterScoped(kind) ? undefined : read('metadata', 'namespace') || namespace,
      name,
    },
    object: object as Record<string, unknown>,
  };
}

function parse(text: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA, json: true });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new UnreadableDocument(`a rendered document is no YAML: ${reason}`);
  }
}

const clusterScoped = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'APIService',
]);

function isClusterScoped(kind: string): boolean {
  return clusterScoped.has(kind);
}

/** What makes a resource the same one on both sides: its version may change. */
export function identityOf({ group, kind, namespace, name }: ResourceName): string {
  return JSON.stringify([group, kind, namespace ?? null, name]);
}
