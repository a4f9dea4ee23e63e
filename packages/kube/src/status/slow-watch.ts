import { expired, toStatus } from './status-error.ts';

/** What a watch ends with whose reader is too slow for what waits for it: the client has to list again. */
export function slowWatchLine(): string {
  const object = toStatus(expired('the watch was read too slowly; list again'));
  return `${JSON.stringify({ type: 'ERROR', object })}\n`;
}
