import { canSync, nextChange, type Environment } from '@tidegate/core';

/** Whether an environment's windows are open, and when that changes, in words. */
export function describeWindow({ windows }: Environment, nowMs: number): string {
  if (windows.length === 0) return 'always open';
  const allowed = windows.map((window) => ({ kind: 'allow', ...window }));
  const question = { now: new Date(nowMs), isManual: true };
  const isOpen = canSync(allowed, question).allowed;
  const change = nextChange(allowed, question)?.at;
  const at =
    change === undefined
      ? undefined
      : change
          .toISOString()
          .replace(/:\d\d\.\d{3}Z$/, ' UTC')
          .replace('T', ' ');
  if (isOpen) return at === undefined ? 'open now' : `open now, until ${at}`;
  return at === undefined ? 'closed, and never opens' : `closed now, opens ${at}`;
}
