import type { Timers } from '@tidegate/kube';

/** Keys of sets that wait to be looked at; each once, and never twice at the same time. */
export interface SetQueue {
  /** Looks at a key as soon as a worker is free; what waited for later comes now instead. */
  add(key: string): void;
  /** Begins to work; keys may be added before. */
  start(): void;
  /** Takes no more keys; ends when the last worker has. */
  stop(): Promise<void>;
}

export interface SetQueueOptions {
  readonly timers: Timers;
  /** Timers of looks that nothing but time asks for. */
  readonly polls: Timers;
  /** How many keys are worked on at the same time. */
  readonly workers: number;
  /** Answers in how many milliseconds to look again; throws to be tried again with a growing delay. */
  readonly work: (key: string) => Promise<number | undefined>;
  readonly onError: (error: unknown, key: string) => void;
}

const firstDelayMs = 5;
const longestDelayMs = 1_000_000;

/**
 * A queue with the rules of controller-runtime 0.24: a key is in it once, and one that is
 * added now waits no longer for its time; after an error it comes again after 5 ms, 10 ms, and so on up to 1,000 s, until it succeeds.
 * Source: pkg/controller/priorityqueue and pkg/internal/controller of controller-runtime.
 */
export function createSetQueue(options: SetQueueOptions): SetQueue {
  return new EarliestFirstQueue(options);
}

class EarliestFirstQueue implements SetQueue {
  private readonly options: SetQueueOptions;
  private readonly ready = new Set<string>();
  private readonly delayed = new Map<string, () => void>();
  private readonly running = new Set<string>();
  private readonly failures = new Map<string, number>();
  private state: 'new' | 'started' | 'stopped' = 'new';
  private scheduled = false;
  private onIdle: (() => void) | undefined;

  constructor(options: SetQueueOptions) {
    this.options = options;
  }

  add(key: string): void {
    if (this.state === 'stopped') return;
    this.delayed.get(key)?.();
    this.delayed.delete(key);
    this.ready.add(key);
    this.schedule();
  }

  start(): void {
    if (this.state === 'new') this.state = 'started';
    this.schedule();
  }

  stop(): Promise<void> {
    this.state = 'stopped';
    this.ready.clear();
    for (const cancel of this.delayed.values()) cancel();
    this.delayed.clear();
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.onIdle = resolve));
  }

  /** Nothing else waits for the key then: it has just been worked on, or it is ready again. */
  private addAfter(key: string, delayMs: number, timers: Timers): void {
    if (this.state === 'stopped' || this.ready.has(key)) return;
    this.delayed.set(
      key,
      timers.after(delayMs, () => this.add(key)),
    );
  }

  private schedule(): void {
    if (this.scheduled || this.state !== 'started') return;
    this.scheduled = true;
    void Promise.resolve().then(() => {
      this.scheduled = false;
      this.startAll();
    });
  }

  private startAll(): void {
    for (const key of this.ready) {
      if (this.running.size >= this.options.workers) return;
      if (this.running.has(key)) continue;
      this.ready.delete(key);
      this.running.add(key);
      void this.run(key);
    }
  }

  private async run(key: string): Promise<void> {
    try {
      const againMs = await this.options.work(key);
      this.failures.delete(key);
      if (againMs !== undefined) this.addAfter(key, againMs, this.options.polls);
    } catch (error) {
      this.options.onError(error, key);
      const failures = this.failures.get(key) ?? 0;
      this.failures.set(key, failures + 1);
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
      this.addAfter(key, delayMs, this.options.timers);
    }
    this.running.delete(key);
    if (this.running.size === 0) this.onIdle?.();
    if (this.ready.size > 0) this.schedule();
  }
}
