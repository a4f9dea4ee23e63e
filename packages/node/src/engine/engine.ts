import { encodeFrame, protocolVersion, type EngineRequest, type Frame } from './frames.ts';

/** A running renderer as bytes. */
export interface EngineChannel {
  send(frame: Buffer): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Keeps the program alive while something is asked, and only then. */
  setBusy(isBusy: boolean): void;
}

/** What a channel reports. */
export interface ChannelEvents {
  onFrame(frame: Frame): void;
  onEnd(reason: EngineEnd, detail: string): void;
}

/**
 * Why a renderer ended: it used too much memory, spoke nonsense, died by itself, or was stopped by us
 * because it took too long or nobody wants the answer any more. `other`: it ended over the request before
 * this one, which it had not begun.
 */
export type EngineEnd = 'memory' | 'broken' | 'died' | 'timeout' | 'cancelled' | 'other';

/** Thrown to whoever waited for an answer of a renderer that ended. */
export class EngineEnded extends Error {
  readonly reason: EngineEnd;

  constructor(reason: EngineEnd, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

export interface AskOptions {
  /** Counts from when the renderer can begin with it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Waiting {
  readonly id: number;
  readonly timeoutMs: number;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One renderer. It answers one request after the other; the next one may be sent before the answer, so
 * that it does not wait for us. Go templates cannot be interrupted, so a timeout or a cancellation ends it.
 */
export class Engine {
  /** What was sent and is not answered, in order: the first is what the renderer works on. */
  private readonly waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private ended: EngineEnded | undefined;
  private id = 0;
  private readonly channel: EngineChannel;
  /** Hand-overs of the charts that it was given, by digest. It forgets some by itself and then says so. */
  readonly charts = new Map<string, Promise<void>>();
  /** Version of Helm that it renders with, such as `v4.2.1`; empty before the greeting. */
  helm = '';

  constructor(open: (events: ChannelEvents) => EngineChannel) {
    this.channel = open({
      onFrame: (frame) => {
        this.take(frame);
      },
      onEnd: (reason, detail) => {
        this.end(reason, detail);
      },
    });
  }

  get isAlive(): boolean {
    return this.ended === undefined;
  }

  /** Asks and waits for the answer. Throws EngineEnded when there will be none. */
  async ask(
    request: EngineRequest,
    payload: Uint8Array | undefined,
    { timeoutMs, signal }: AskOptions,
  ): Promise<Frame> {
    if (this.ended !== undefined) throw new EngineEnded('other', this.ended.message);
    if (signal?.aborted === true) throw new EngineEnded('cancelled', 'nobody waits for it');
    this.id += 1;
    const { id } = this;
    let giveUp = (): void => undefined;
    try {
      return await new Promise<Frame>((resolve, reject) => {
        const waiting = { id, timeoutMs, resolve, reject };
        giveUp = () => {
          this.giveUp(waiting);
        };
        signal?.addEventListener('abort', giveUp);
        this.waiting.push(waiting);
        if (this.waiting.length === 1) this.begin();
        this.channel.send(encodeFrame({ id, ...request }, payload));
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Ends it; what it is asked just now fails. */
  close(): void {
    this.end('cancelled', 'it was closed');
  }

  /** The renderer works on the first request now, if there is one. */
  private begin(): void {
    const [first] = this.waiting;
    this.channel.setBusy(first !== undefined);
    if (first === undefined) return;
    this.timer = setTimeout(() => {
      this.end('timeout', `no answer within ${first.timeoutMs / 1000} s`);
    }, first.timeoutMs);
  }

  private take(frame: Frame): void {
    const [first] = this.waiting;
    if (frame.header.id !== first?.id) {
      this.end('broken', 'it answered what nobody asked');
      return;
    }
    clearTimeout(this.timer);
    this.waiting.shift();
    this.begin();
    first.resolve(frame);
  }

  /** One that waits for its turn is let go alone: its answer will come and be for nobody. */
  private giveUp(waiting: Waiting): void {
    if (this.waiting[0] === waiting) this.end('cancelled', 'nobody waits for it');
    else waiting.reject(new EngineEnded('cancelled', 'nobody waits for it'));
  }

  private end(reason: EngineEnd, detail: string): void {
    if (this.ended !== undefined) return;
    const ended = new EngineEnded(reason, detail);
    this.ended = ended;
    clearTimeout(this.timer);
    this.channel.kill();
    const [first, ...others] = this.waiting.splice(0);
    this.channel.setBusy(false);
    first?.reject(ended);
    for (const { reject } of others) reject(new EngineEnded('other', detail));
  }
}

const greetingTimeoutMs = 30_000;

/**
 * Starts a renderer and greets it. Throws EngineEnded when it does not run, or when it is of another
 * version than this program.
 */
export async function startEngine(open: (events: ChannelEvents) => EngineChannel): Promise<Engine> {
  const engine = new Engine(open);
  const { header } = await engine.ask({ do: 'greet' }, undefined, {
    timeoutMs: greetingTimeoutMs,
  });
  if (header.protocol !== protocolVersion || header.helm === undefined) {
    engine.close();
    throw new EngineEnded(
      'broken',
      `it is of another version: protocol ${header.protocol ?? 'unknown'}, expected ${protocolVersion}`,
    );
  }
  engine.helm = header.helm;
  return engine;
}
