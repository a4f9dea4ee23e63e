import type { IncomingMessage } from 'node:http';
import { type ApiTarget, headerList, send } from './api.ts';
import type { Step, Variables } from './case.ts';

const longestMs = 120_000;

/** A watch that is open, and what it brought so far. */
export class OpenWatch {
  readonly events: unknown[] = [];
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Seconds from its opening to its end; undefined while it is open. */
  seconds: number | undefined;
  private readonly incoming: IncomingMessage;
  private readonly openedMs: number;
  private readonly waiting = new Set<() => void>();
  private rest = '';

  private constructor(incoming: IncomingMessage, openedMs: number) {
    this.incoming = incoming;
    this.openedMs = openedMs;
    this.status = incoming.statusCode ?? 0;
    this.headers = headerList(incoming);
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      this.read(chunk);
    });
    incoming.on('error', () => undefined);
    incoming.on('close', () => {
      this.end();
    });
  }

  static async open(target: ApiTarget, step: Step, variables: Variables): Promise<OpenWatch> {
    const openedMs = performance.now();
    return new OpenWatch(await send(target, step, variables, longestMs), openedMs);
  }

  /** Waits until so many events came, the watch ended, or the time is over. */
  awaitEvents(count: number, ms: number): Promise<void> {
    return this.until(() => this.events.length >= count, ms);
  }

  awaitEnd(ms: number): Promise<void> {
    return this.until(() => false, ms);
  }

  /** Waits until nothing came for so long. */
  async quiet(ms: number): Promise<void> {
    for (;;) {
      const count = this.events.length;
      await this.until(() => this.events.length > count, ms);
      if (this.events.length === count || this.seconds !== undefined) return;
    }
  }

  stop(): void {
    this.incoming.destroy();
    this.end();
  }

  private read(chunk: string): void {
    if (this.seconds !== undefined) return;
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) {
      if (this.take(line)) continue;
      // An event may be written over several lines: then it is all that comes.
      this.rest = [...lines.slice(index), this.rest].join('\n');
      break;
    }
    this.wake();
  }

  private take(text: string): boolean {
    if (text.trim() === '') return true;
    try {
      this.events.push(JSON.parse(text));
      return true;
    } catch {
      return false;
    }
  }

  private end(): void {
    if (this.seconds !== undefined) return;
    if (!this.take(this.rest)) this.events.push({ type: 'UNREADABLE', object: this.rest });
    this.seconds = (performance.now() - this.openedMs) / 1000;
    this.wake();
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  private until(isDone: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (isDone() || this.seconds !== undefined) finish();
      };
      const timer = setTimeout(finish, ms);
      this.waiting.add(look);
      look();
    });
  }
}
