import { ToolError, type Cancellation } from '@tidegate/core';
import { setMaxListeners } from 'node:events';

/** Throws ToolError once the caller has given up. */
export function throwIfCancelled(cancellation: Cancellation | undefined): void {
  if (cancellation?.aborted === true) throw interrupted();
}

/** Runs work with a signal that follows the cancellation; listeners do not outlive the work. */
export async function withSignal<T>(
  cancellation: Cancellation | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // One signal of the caller may stand for thousands of renders.
  if (cancellation instanceof AbortSignal) setMaxListeners(0, cancellation);
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  if (cancellation?.aborted === true) abort();
  cancellation?.addEventListener('abort', abort);
  try {
    return await work(controller.signal);
  } finally {
    cancellation?.removeEventListener('abort', abort);
  }
}

/** Waits for work that others share, and that therefore goes on, no longer than the caller wants. */
export async function unlessCancelled<T>(
  work: Promise<T>,
  cancellation: Cancellation | undefined,
): Promise<T> {
  if (cancellation === undefined) return work;
  if (cancellation instanceof AbortSignal) setMaxListeners(0, cancellation);
  let giveUp = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      giveUp = () => {
        reject(interrupted());
      };
      if (cancellation.aborted) giveUp();
      else cancellation.addEventListener('abort', giveUp);
      work.then(resolve, reject);
    });
  } finally {
    cancellation.removeEventListener('abort', giveUp);
  }
}

function interrupted(): ToolError {
  return new ToolError('rendering was interrupted');
}
