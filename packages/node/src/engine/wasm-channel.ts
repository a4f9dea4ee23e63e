import { Worker } from 'node:worker_threads';
import type { ChannelEvents, EngineChannel } from './engine.ts';
import { FrameReader } from './frames.ts';

/** A compiled module; the types of this program know no WebAssembly. */
export type WasmModule = object;

/** A module that ended with more memory than this had run out of it: its limit is 1.5 GiB. */
const nearlyAllBytes = 1024 * 1024 * 1024;

interface FromWorker {
  readonly answer?: Uint8Array;
  readonly fault?: string;
  readonly memoryBytes?: number;
}

/** The WASM build in a thread of its own. */
export function wasmChannel(module: WasmModule, events: ChannelEvents): EngineChannel {
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url), {
    workerData: { module },
    // WASI is marked experimental in Node 20.
    execArgv: ['--no-warnings'],
    env: {},
    stdout: true,
    stderr: true,
  });
  const reader = new FrameReader();
  worker.on('message', ({ answer, fault, memoryBytes = 0 }: FromWorker) => {
    if (answer === undefined) {
      const isMemory = memoryBytes > nearlyAllBytes;
      events.onEnd(isMemory ? 'memory' : 'died', fault ?? 'it gave no answer');
      return;
    }
    reader.push(Buffer.from(answer.buffer, answer.byteOffset, answer.length)).forEach((frame) => {
      events.onFrame(frame);
    });
  });
  worker.on('error', (error) => {
    events.onEnd('died', error instanceof Error ? error.message : String(error));
  });
  worker.on('exit', (code) => {
    events.onEnd('died', `the thread ended with ${code}`);
  });
  return {
    send: (frame) => {
      worker.postMessage(frame);
    },
    kill: () => {
      void worker.terminate();
    },
    setBusy: (isBusy) => {
      if (isBusy) worker.ref();
      else worker.unref();
    },
  };
}
