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
 * because it took too long or nobody wants the answer any more.
 */
export type EngineEnd = 'memory' | 'broken' | 'died' | 'timeout' | 'cancelled';

/** Thrown to whoever waited for an answer of a renderer that ended. */
export class EngineEnded extends Error {
  readonly reason: EngineEnd;

  constructor(reason: EngineEnd, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Waiting {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One renderer that answers one request at a time. Go templates cannot be interrupted, so a timeout
 * or a cancellation ends it.
 */
export class Engine {
  private waiting: Waiting | undefined;
  private ended: EngineEnded | undefined;
  private id = 0;
  private readonly channel: EngineChannel;
  /** Digests of the charts that it was given. It forgets some by itself and then says so. */
  readonly charts = new Set<string>();
  /** Version of Helm that it renders with, such as `v4.2.1`; empty before the greeting. */
  helm = '';

  constructor(open: (events: ChannelEvents) => EngineChannel) {
    this.channel = open({
      onFrame: (frame) => {
        if (frame.header.id === this.id) this.settle(({ resolve }) => resolve(frame));
        else this.end('broken', 'it answered what nobody asked');
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
    if (this.ended !== undefined) throw this.ended;
    if (signal?.aborted === true) throw new EngineEnded('cancelled', 'nobody waits for it');
    this.id += 1;
    const timer = setTimeout(() => {
      this.end('timeout', `no answer within ${timeoutMs / 1000} s`);
    }, timeoutMs);
    const giveUp = (): void => {
      this.end('cancelled', 'nobody waits for it');
    };
    signal?.addEventListener('abort', giveUp);
    this.channel.setBusy(true);
    try {
      return await new Promise<Frame>((resolve, reject) => {
        this.waiting = { resolve, reject };
        this.channel.send(encodeFrame({ id: this.id, ...request }, payload));
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      this.channel.setBusy(false);
    }
  }

  /** Ends it; what it is asked just now fails. */
  close(): void {
    this.end('cancelled', 'it was closed');
  }

  private end(reason: EngineEnd, detail: string): void {
    if (this.ended !== undefined) return;
    const ended = new EngineEnded(reason, detail);
    this.ended = ended;
    this.channel.kill();
    this.settle(({ reject }) => reject(ended));
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) how(waiting);
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
