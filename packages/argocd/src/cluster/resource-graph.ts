import { keyText, type ResourceKey } from '@tidegate/core/argocd/sync';
import type { ResourceNode } from './resource-node.ts';

/** Objects of a cluster by key, by namespace, by owner and by Application. */
export class ResourceGraph {
  private readonly nodes = new Map<string, ResourceNode>();
  private readonly byOwner = new Map<string, Set<string>>();
  private readonly byApplication = new Map<string, Set<string>>();
  private readonly byNamespace = new Map<string, Set<string>>();

  private shapes = 0;

  /** Another number whenever summaries of Applications could come out otherwise. */
  get shape(): number {
    return this.shapes;
  }

  get(id: string): ResourceNode | undefined {
    return this.nodes.get(id);
  }

  all(): Iterable<ResourceNode> {
    return this.nodes.values();
  }

  /** Puts a node; undefined takes it away. Returns what was there. */
  set(id: string, node: ResourceNode | undefined): ResourceNode | undefined {
    const before = this.nodes.get(id);
    if (node === undefined) this.nodes.delete(id);
    else this.nodes.set(id, node);
    const isIndexed = before !== undefined && node !== undefined && isIndexedAlike(before, node);
    if (!isIndexed || !isSummarizedAlike(before, node)) this.shapes += 1;
    if (isIndexed) return before;
    if (before !== undefined) this.index(before, false);
    if (node !== undefined) this.index(node, true);
    return before;
  }

  /** Objects that carry an Application's tracking and have no owner. */
  ofApplication(name: string): ResourceNode[] {
    return this.pick(this.byApplication.get(name));
  }

  inNamespace(namespace: string): ResourceNode[] {
    return this.pick(this.byNamespace.get(namespace));
  }

  /** Objects that name this one as their owner. */
  childrenOf(node: ResourceNode): ResourceNode[] {
    return this.pick(node.uid === '' ? undefined : this.byOwner.get(node.uid));
  }

  /** The given objects that are there and all below them, each once. */
  withDescendants(keys: readonly ResourceKey[]): ResourceNode[] {
    const found = new Set<ResourceNode>();
    for (const key of keys) {
      const node = this.nodes.get(keyText(key));
      if (node !== undefined) this.addDescendants(node, found);
    }
    return [...found];
  }

  private addDescendants(node: ResourceNode, found: Set<ResourceNode>): void {
    if (found.has(node)) return;
    found.add(node);
    for (const child of this.childrenOf(node)) this.addDescendants(child, found);
  }

  /**
   * The Application that an object belongs to, by itself or through its owners in its namespace;
   * empty: none. Source: `getAppRecursive` in controller/cache/cache.go.
   */
  applicationOf(node: ResourceNode, seen: ReadonlySet<string> = new Set()): string {
    if (node.application !== '') return node.application;
    if (seen.has(node.id)) return '';
    const visited = new Set([...seen, node.id]);
    for (const { apiVersion, kind, name } of node.owners) {
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      const owner = this.nodes.get(keyText({ group, kind, name, namespace: node.key.namespace }));
      const application = owner === undefined ? '' : this.applicationOf(owner, visited);
      if (application !== '') return application;
    }
    return '';
  }

  private pick(ids: ReadonlySet<string> | undefined): ResourceNode[] {
    const nodes: ResourceNode[] = [];
    if (ids === undefined) return nodes;
    for (const id of ids) {
      const node = this.nodes.get(id);
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  private index(node: ResourceNode, present: boolean): void {
    const { id, key, application, owners } = node;
    put(this.byNamespace, key.namespace, { id, present });
    if (application !== '') put(this.byApplication, application, { id, present });
    for (const { uid } of owners) if (uid !== '') put(this.byOwner, uid, { id, present });
  }
}

function put(
  table: Map<string, Set<string>>,
  value: string,
  { id, present }: { readonly id: string; readonly present: boolean },
): void {
  const ids = table.get(value) ?? new Set();
  if (present) ids.add(id);
  else ids.delete(id);
  if (ids.size === 0) table.delete(value);
  else table.set(value, ids);
}

/** Whether two states of an object are found by the same things: most changes leave these alone. */
function isIndexedAlike(before: ResourceNode, after: ResourceNode): boolean {
  return (
    before.application === after.application &&
    before.owners.length === after.owners.length &&
    before.owners.every(({ uid }, index) => uid === after.owners[index]?.uid)
  );
}

function isSummarizedAlike(before: ResourceNode, after: ResourceNode): boolean {
  return (
    before.uid === after.uid &&
    areSame(before.images, after.images) &&
    areSame(before.externalUrls, after.externalUrls)
  );
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
