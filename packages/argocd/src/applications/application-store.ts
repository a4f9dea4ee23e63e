import {
  createInformer,
  objectKey,
  type Informer,
  type JsonObject,
  type KubeClient,
} from '@tidegate/kube';
import { createCanceller } from '../cancel.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { applicationType, type Application } from './application.ts';

/** What the store tells of Applications. */
export interface ApplicationEvents {
  added(application: Application): void;
  updated(before: Application, after: Application): void;
  deleted(application: Application): void;
}

export interface ApplicationStoreOptions extends Surroundings {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly events: ApplicationEvents;
  readonly onError: (error: unknown) => void;
}

/**
 * The controller's copy of Applications: fed by a watch, and by what the controller itself has just
 * written, so that it does not act on what it knows to be old.
 * Source: `writeBackToInformer` in controller/appcontroller.go.
 */
export class ApplicationStore {
  private readonly applications = new Map<string, Application>();
  private readonly informer: Informer;
  private readonly canceller = createCanceller();

  constructor({ events, namespace, onError, ...options }: ApplicationStoreOptions) {
    this.informer = createInformer({
      ...options,
      type: applicationType,
      select: { namespace },
      onError,
    });
    this.informer.handle({
      added: (object) => {
        const application = toApplication(object);
        this.applications.set(objectKey(object), application);
        events.added(application);
      },
      updated: (_, object) => {
        const key = objectKey(object);
        const before = this.applications.get(key);
        const after = toApplication(object);
        if (before === undefined || !isOlder(after, before)) this.applications.set(key, after);
        events.updated(before ?? after, after);
      },
      deleted: (object) => {
        this.applications.delete(objectKey(object));
        events.deleted(toApplication(object));
      },
    });
  }

  start(): void {
    void this.informer.run(this.canceller.cancellation);
  }

  stop(): void {
    this.canceller.cancel();
  }

  hasSynced(): boolean {
    return this.informer.hasSynced();
  }

  get(key: string): Application | undefined {
    return this.applications.get(key);
  }

  list(): Iterable<Application> {
    return this.applications.values();
  }

  /** Takes over what the controller has just written. */
  writeBack(object: JsonObject): Application {
    const application = toApplication(object);
    const key = objectKey(object);
    if (this.applications.has(key)) this.applications.set(key, application);
    return application;
  }
}

/** An object of the API as an Application; the definition's schema has checked it. */
export function toApplication(object: JsonObject): Application {
  return object as unknown as Application;
}

/** Whether an object is known to be of an older write; versions of an API server count up. */
function isOlder(one: Application, other: Application): boolean {
  const [a, b] = [one, other].map(({ metadata }) => Number(metadata.resourceVersion ?? 'NaN'));
  return a !== undefined && b !== undefined && a < b;
}
