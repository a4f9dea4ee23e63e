/** The part of the platform's `AbortSignal` that pure code may know: pass an AbortSignal. */
export interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
