import type { StoreEvent } from '../store/store.ts';
import type { Context } from '../server/context.ts';

/** One controller: which objects a write concerns, and what to do about one of them. */
export interface Controller {
  readonly name: string;
  /** Keys to look at after a write. */
  keys(context: Context, event: StoreEvent): readonly string[];
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
  const stop = context.store.subscribeAll((event) => {
    const before = queue.size;
    for (const controller of controllers)
      for (const key of controller.keys(context, event)) add(controller, key);
    if (before === 0 && queue.size > 0) for (const listener of listeners) listener();
  });
  const collectDue = (): void => {
    const nowMs = context.options.clock.nowMs();
    for (const [id, entry] of later) {
      if (entry.dueMs > nowMs) continue;
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
    stop,
  };
}
