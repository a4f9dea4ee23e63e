import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ChannelEvents, EngineChannel } from './engine.ts';
import { FrameReader } from './frames.ts';

/** Exit code of a renderer that used too much memory (`renderer/main_process.go`, `wasm-host.js`). */
const exitMemory = 3;
const stderrCharsMax = 4_000;

/** A renderer as a child process; frames go through its standard input and output. */
export function processChannel(
  command: readonly [path: string, ...args: string[]],
  events: ChannelEvents,
): EngineChannel {
  const [path, ...args] = command;
  const child = spawn(path, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
  const reader = new FrameReader();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, stderrCharsMax);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk).forEach((frame) => {
        events.onFrame(frame);
      });
    } catch (error) {
      events.onEnd('broken', error instanceof Error ? error.message : String(error));
    }
  });
  // Its end is reported by 'close'; a write that comes too late is no news.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => {
    events.onEnd('died', error.message);
  });
  child.on('close', (code, signal) => {
    const how = signal === null ? `exit code ${code ?? 'unknown'}` : signal;
    events.onEnd(code === exitMemory ? 'memory' : 'died', stderr.trim() || how);
  });
  const pipes = [child.stdin, child.stdout, child.stderr] as unknown as readonly Socket[];
  return {
    send: (frame) => {
      child.stdin.write(frame);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    setBusy: (isBusy) => {
      for (const handle of [child, ...pipes]) {
        if (isBusy) handle.ref();
        else handle.unref();
      }
    },
  };
}
