import type { Timers } from '@tidegate/kube';

/** Keys that wait to be worked on; each key once, and never twice at the same time. */
export interface WorkQueue {
  add(key: string): void;
  /** Adds a key later. */
  addAfter(key: string, milliseconds: number): void;
  /** Takes no more keys; ends when the last worker has. */
  stop(): Promise<void>;
  /** Whether anything waits or is being worked on. */
  busy(): boolean;
}

export interface WorkQueueOptions {
  readonly timers: Timers;
  /** How many keys are worked on at the same time. */
  readonly workers: number;
  readonly work: (key: string) => Promise<void>;
  readonly onError: (error: unknown, key: string) => void;
}

/** A queue with the rules of client-go's: a key added while it is worked on comes again afterwards. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new SetQueue(options);
}

class SetQueue implements WorkQueue {
  private readonly options: WorkQueueOptions;
  private readonly waiting = new Set<string>();
  private readonly running = new Set<string>();
  private readonly again = new Set<string>();
  private readonly timers = new Set<() => void>();
  private stopped = false;
  private scheduled = false;
  private onIdle: (() => void) | undefined;

  constructor(options: WorkQueueOptions) {
    this.options = options;
  }

  add(key: string): void {
    if (this.stopped) return;
    if (this.running.has(key)) this.again.add(key);
    else this.waiting.add(key);
    this.schedule();
  }

  addAfter(key: string, milliseconds: number): void {
    if (this.stopped) return;
    const cancel = this.options.timers.after(Math.max(0, milliseconds), () => {
      this.timers.delete(cancel);
      this.add(key);
    });
    this.timers.add(cancel);
  }

  busy(): boolean {
    return this.waiting.size > 0 || this.running.size > 0;
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    this.again.clear();
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.onIdle = resolve));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    void Promise.resolve().then(() => {
      this.scheduled = false;
      this.startAll();
    });
  }

  private startAll(): void {
    for (const key of this.waiting) {
      if (this.running.size >= this.options.workers) return;
      this.waiting.delete(key);
      this.running.add(key);
      void this.run(key);
    }
  }

  private async run(key: string): Promise<void> {
    try {
      await this.options.work(key);
    } catch (error) {
      this.options.onError(error, key);
    }
    this.running.delete(key);
    if (this.again.delete(key)) this.waiting.add(key);
    if (this.running.size === 0) this.onIdle?.();
    if (this.waiting.size > 0) this.schedule();
  }
}
