import { valueAt } from '../../generate/value-at.ts';
import { identityOf } from '../read-resources.ts';
import type { ResourceName } from '../model.ts';
import { lastApplied } from './comparable.ts';
import { withoutPath } from './ignored-fields.ts';
import type { PlainObject } from './live-cluster.ts';
import { isOwned, trackedBy, typeOf } from './tracking.ts';

/** A live object, and who has applied it. */
export interface TrackedObject {
  readonly resource: ResourceName;
  readonly object: PlainObject;
  readonly installationId: string | undefined;
}

/** The live objects that a diff may need: what the cluster makes by itself is left out. */
export class LiveIndex {
  private readonly objects = new Map<string, PlainObject>();
  private readonly byApplication = new Map<string, TrackedObject[]>();

  add(object: PlainObject): void {
    const tracker = trackedBy(object);
    if (isOwned(object) && tracker === undefined) return;
    const resource = nameOf(object);
    const kept = withoutManagers(object);
    this.objects.set(identityOf(resource), kept);
    if (tracker === undefined || isOwned(object)) return;
    const { application, installationId } = tracker;
    const known = this.byApplication.get(application);
    const entry = { resource, object: kept, installationId };
    if (known === undefined) this.byApplication.set(application, [entry]);
    else known.push(entry);
  }

  /** The object of that name in that version; undefined when it was not seen. */
  find(resource: ResourceName): PlainObject | undefined {
    const object = this.objects.get(identityOf(resource));
    return object !== undefined && nameOf(object).version === resource.version ? object : undefined;
  }

  /** Objects that an Application has applied and nobody owns. */
  trackedBy(application: string): readonly TrackedObject[] {
    return this.byApplication.get(application) ?? [];
  }

  /** Every Application that has applied something. */
  applications(): string[] {
    return [...this.byApplication.keys()];
  }
}

/** How a live object is called. */
export function nameOf(object: PlainObject): ResourceName {
  const read = (...path: string[]): string => {
    const value = valueAt(object, path);
    return typeof value === 'string' ? value : '';
  };
  const apiVersion = read('apiVersion');
  const namespace = read('metadata', 'namespace');
  return {
    ...typeOf(object),
    version: apiVersion.slice(apiVersion.indexOf('/') + 1),
    namespace: namespace === '' ? undefined : namespace,
    name: read('metadata', 'name'),
  };
}

/** Who manages which field is long, and matters only beside what was applied on the client's side. */
function withoutManagers(object: PlainObject): PlainObject {
  if (lastApplied(object) !== undefined) return object;
  return withoutPath(object, ['metadata', 'managedFields']) as PlainObject;
}
