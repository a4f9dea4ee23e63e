import { equalData } from '@tidegate/core/argocd/application';
import type { KubeObject } from '@tidegate/core/argocd/sync';
import type { SourceManifests } from '../ports/manifests.ts';
import type { InstanceSettings } from '../settings/instance-settings.ts';
import type { ApplicationSpec } from './application.ts';
import type { Project } from './projects.ts';

/** Everything that decides a comparison, by identity where things are never changed in place. */
export interface ComparisonInputs {
  readonly sources: readonly SourceManifests[];
  readonly settings: InstanceSettings;
  readonly project: Project;
  /** What the server offers. */
  readonly resources: unknown;
  readonly spec: ApplicationSpec;
  /** Annotations of the Application, which hold options. */
  readonly annotations: unknown;
  /** The live objects that were found, and those that are wanted and were not. */
  readonly live: ReadonlyMap<string, KubeObject>;
}

/**
 * Remembers the last comparison of each Application. One whose inputs are all the same is answered with
 * it, so that a poll that finds nothing new costs little.
 */
export class ComparisonMemory<T> {
  private readonly known = new Map<
    string,
    { readonly inputs: ComparisonInputs; readonly value: T }
  >();

  find(key: string, inputs: ComparisonInputs): T | undefined {
    const entry = this.known.get(key);
    return entry !== undefined && isSame(entry.inputs, inputs) ? entry.value : undefined;
  }

  keep(key: string, inputs: ComparisonInputs, value: T): void {
    this.known.set(key, { inputs, value });
  }

  forget(key: string): void {
    this.known.delete(key);
  }
}

function isSame(a: ComparisonInputs, b: ComparisonInputs): boolean {
  return (
    a.settings === b.settings &&
    a.project.spec === b.project.spec &&
    a.resources === b.resources &&
    sameItems(a.sources, b.sources) &&
    sameObjects(a.live, b.live) &&
    (a.spec === b.spec || equalData(a.spec, b.spec)) &&
    (a.annotations === b.annotations || equalData(a.annotations, b.annotations))
  );
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function sameObjects(
  a: ReadonlyMap<string, KubeObject>,
  b: ReadonlyMap<string, KubeObject>,
): boolean {
  if (a.size !== b.size) return false;
  for (const [id, object] of a) if (b.get(id) !== object) return false;
  return true;
}
