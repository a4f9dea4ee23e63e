import type { Cancellation } from '@tidegate/core';

/** A cancellation that its owner triggers. */
export interface Canceller {
  readonly cancellation: Cancellation;
  cancel(): void;
}

/** Makes a cancellation, as `AbortController` does where there is one. */
export function createCanceller(): Canceller {
  const listeners = new Set<() => void>();
  let aborted = false;
  return {
    cancellation: {
      get aborted() {
        return aborted;
      },
      addEventListener: (_, listener) => void listeners.add(listener),
      removeEventListener: (_, listener) => void listeners.delete(listener),
    },
    cancel: () => {
      if (aborted) return;
      aborted = true;
      for (const listener of [...listeners]) listener();
    },
  };
}
