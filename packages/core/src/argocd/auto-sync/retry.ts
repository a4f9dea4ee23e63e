import type { RetryStrategy } from './application.ts';
import { durationMilliseconds } from './durations.ts';

const defaults = { duration: '5s', maxDuration: '3m', factor: 2 };

/** How long to wait before a retry, or that the strategy is not valid. */
export type RetryDelay = { readonly milliseconds: number } | { readonly error: string };

/**
 * The time between a failed attempt and the next: grows with each retry, up to a limit.
 * Source: `NextRetryAt` in pkg/apis/application/v1alpha1/types.go.
 */
export function retryDelay(strategy: RetryStrategy | undefined, retries: number): RetryDelay {
  const { duration = '', maxDuration = '', factor = defaults.factor } = strategy?.backoff ?? {};
  const first = durationMilliseconds(duration || defaults.duration);
  if (typeof first !== 'number') return first;
  const longest = durationMilliseconds(maxDuration || defaults.maxDuration);
  if (typeof longest !== 'number') return longest;
  const wait = first * factor ** retries;
  return { milliseconds: longest > 0 ? Math.min(longest, wait) : wait };
}

/** Whether a failed operation is tried again; a limit below zero means for ever. */
export function mayRetry(strategy: RetryStrategy | undefined, retries: number): boolean {
  const limit = strategy?.limit ?? 0;
  return limit < 0 || retries < limit;
}
