import { keyOf, type StoreEvent } from '../store/store.ts';
import type { Context } from '../server/context.ts';

/** One controller: which objects a write concerns, and what to do about one of them. */
export interface Controller {
  readonly name: string;
  /** Keys to look at after a write. */
  keys(context: Context, event: StoreEvent): readonly string[];
  /** How long after a write its keys are looked at, in milliseconds; at once where this is left out. */
  lagMs?(event: StoreEvent): number;
  /** Brings one object nearer to what it should be; answers in how many milliseconds to look again. */
  reconcile(context: Context, key: string): number | undefined;
}

/** Controllers with their queues. */
export interface ControllerManager {
  /** Does all that is due; answers when there is more to do, in milliseconds since the epoch. */
  step(): number | undefined;
  /** Whether something waits to be looked at now. */
  busy(): boolean;
  /** Calls back when there is something to do. */
  onWork(listener: () => void): void;
  /** Looks at every object that is there, as after a start with a saved state. */
  resync(): void;
  stop(): void;
}

/** More rounds than this in one step mean that controllers work against each other. */
const maxRounds = 1_000_000;

/** Runs controllers over the writes of a server, step by step, on the server's clock. */
export function createControllerManager(
  context: Context,
  controllers: readonly Controller[],
): ControllerManager {
  const queue = new Map<string, { readonly controller: Controller; readonly key: string }>();
  const later = new Map<
    string,
    { readonly controller: Controller; readonly key: string; readonly dueMs: number }
  >();
  const listeners: (() => void)[] = [];
  const add = (controller: Controller, key: string): void => {
    queue.set(`${controller.name} ${key}`, { controller, key });
  };
  const addLater = (controller: Controller, key: string, waitMs: number): void => {
    const id = `${controller.name} ${key} after a write`;
    const dueMs = context.options.clock.nowMs() + waitMs;
    later.set(id, { controller, key, dueMs: Math.min(dueMs, later.get(id)?.dueMs ?? dueMs) });
  };
  const onEvent = (event: StoreEvent): void => {
    const before = queue.size;
    let lagged = false;
    for (const controller of controllers) {
      const lagMs = controller.lagMs?.(event) ?? 0;
      for (const key of controller.keys(context, event)) {
        if (lagMs === 0) add(controller, key);
        else addLater(controller, key, lagMs);
        lagged ||= lagMs > 0;
      }
    }
    if (lagged || (before === 0 && queue.size > 0)) for (const listener of listeners) listener();
  };
  const stop = context.store.subscribeAll(onEvent);
  let lastMs = context.options.clock.nowMs();
  const collectDue = (): void => {
    const nowMs = context.options.clock.nowMs();
    // A clock that was put back says nothing about when something is due: all is looked at again.
    const wentBack = nowMs < lastMs;
    lastMs = nowMs;
    for (const [id, entry] of later) {
      if (entry.dueMs > nowMs && !wentBack) continue;
      later.delete(id);
      add(entry.controller, entry.key);
    }
  };
  const runOne = (id: string): void => {
    const entry = queue.get(id);
    queue.delete(id);
    if (entry === undefined) return;
    const wait = entry.controller.reconcile(context, entry.key);
    if (wait === undefined) later.delete(id);
    else later.set(id, { ...entry, dueMs: context.options.clock.nowMs() + wait });
  };
  return {
    step: () => {
      collectDue();
      for (let round = 0; queue.size > 0 && round < maxRounds; round += 1) {
        const [id] = queue.keys();
        if (id !== undefined) runOne(id);
      }
      const due = [...later.values()].map((entry) => entry.dueMs);
      return due.length === 0 ? undefined : Math.min(...due);
    },
    busy: () => queue.size > 0,
    onWork: (listener) => {
      listeners.push(listener);
    },
    resync: () => void allObjects(context).map(onEvent),
    stop,
  };
}

/** Every object, as if it had just been written. */
function allObjects({ store }: Context): StoreEvent[] {
  const revision = store.revision();
  return store.resources().flatMap((resource) =>
    store.list(resource).map((object) => {
      const { namespace = '', name = '' } = object['metadata'] as Record<string, string>;
      const key = keyOf(namespace, name);
      return { type: 'ADDED', revision, resource, key, object, previous: undefined } as const;
    }),
  );
}
