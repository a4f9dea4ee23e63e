import { keyText, type ResourceKey } from '@tidegate/core/argocd/sync';
import type { ResourceNode } from './resource-node.ts';

/** Objects of a cluster by key, by namespace, by owner and by Application. */
export class ResourceGraph {
  private readonly nodes = new Map<string, ResourceNode>();
  private readonly byOwner = new Map<string, Set<string>>();
  private readonly byApplication = new Map<string, Set<string>>();
  private readonly byNamespace = new Map<string, Set<string>>();

  get(id: string): ResourceNode | undefined {
    return this.nodes.get(id);
  }

  all(): Iterable<ResourceNode> {
    return this.nodes.values();
  }

  /** Puts a node; undefined takes it away. Returns what was there. */
  set(id: string, node: ResourceNode | undefined): ResourceNode | undefined {
    const before = this.nodes.get(id);
    if (before !== undefined) this.index(before, false);
    if (node === undefined) this.nodes.delete(id);
    else {
      this.nodes.set(id, node);
      this.index(node, true);
    }
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
    return node.uid === '' ? [] : this.pick(this.byOwner.get(node.uid));
  }

  /** The given objects that are there and all below them, each once. */
  withDescendants(keys: readonly ResourceKey[]): ResourceNode[] {
    const found = new Map<string, ResourceNode>();
    const visit = (node: ResourceNode): void => {
      if (found.has(node.id)) return;
      found.set(node.id, node);
      for (const child of this.childrenOf(node)) visit(child);
    };
    for (const key of keys) {
      const node = this.nodes.get(keyText(key));
      if (node !== undefined) visit(node);
    }
    return [...found.values()];
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
    return [...(ids ?? [])].flatMap((id) => this.nodes.get(id) ?? []);
  }

  private index(node: ResourceNode, present: boolean): void {
    const put = (table: Map<string, Set<string>>, value: string): void => {
      const ids = table.get(value) ?? new Set();
      if (present) ids.add(node.id);
      else ids.delete(node.id);
      if (ids.size === 0) table.delete(value);
      else table.set(value, ids);
    };
    put(this.byNamespace, node.key.namespace);
    if (node.application !== '') put(this.byApplication, node.application);
    for (const { uid } of node.owners) if (uid !== '') put(this.byOwner, uid);
  }
}
