/** How self-heal waits between attempts: a fixed time, or one that grows. */
export interface SelfHealSettings {
  readonly timeoutMilliseconds: number;
  readonly backoff?: SelfHealBackoff;
}

export interface SelfHealBackoff {
  readonly milliseconds: number;
  readonly factor: number;
  /** No longer than this; 0: no limit. */
  readonly capMilliseconds: number;
}

/** Argo CD's settings unless told otherwise. */
export const defaultSelfHeal: SelfHealSettings = {
  timeoutMilliseconds: 0,
  backoff: { milliseconds: 2000, factor: 3, capMilliseconds: 300_000 },
};

/**
 * How long self-heal still waits after the last operation; 0 or less: it need not.
 * Source: `selfHealRemainingBackoff` in controller/appcontroller.go.
 */
export function selfHealWait(
  { timeoutMilliseconds, backoff }: SelfHealSettings,
  attempts: number,
  millisecondsSinceFinished: number | undefined,
): number {
  const delay = backoff === undefined ? timeoutMilliseconds : delayOf(backoff, attempts);
  return delay - (millisecondsSinceFinished ?? 0);
}

function delayOf(backoff: SelfHealBackoff, attempts: number): number {
  if (attempts <= 0) return 0;
  const { milliseconds, factor, capMilliseconds } = backoff;
  const grown = milliseconds * (factor === 0 ? 1 : factor ** (attempts - 1));
  // The first delay is not capped.
  return capMilliseconds > 0 && attempts > 1 ? Math.min(capMilliseconds, grown) : grown;
}
