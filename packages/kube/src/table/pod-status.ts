import { asArray, asNumber, asObject, asString, at, type JsonObject } from '../json/value.ts';
import { ageOf } from './ages.ts';

export interface PodStatus {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

/** What a table says about a pod: how many containers are ready, in one word how it is, and its restarts. */
export function podStatus(pod: JsonObject, nowMs: number): PodStatus {
  const statuses = asArray(at(pod, 'status', 'containerStatuses')).map(asObject);
  const total = asArray(at(pod, 'spec', 'containers')).length;
  const ready = statuses.filter(
    (entry) => entry['ready'] === true && at(entry, 'state', 'running') !== undefined,
  ).length;
  return {
    ready: `${ready}/${total}`,
    status: word(pod, statuses),
    restarts: restartsOf(statuses, nowMs),
  };
}

function word(pod: JsonObject, statuses: readonly JsonObject[]): string {
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    return at(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  const initial = initWord(pod);
  if (initial !== undefined) return initial;
  const phase = asString(at(pod, 'status', 'reason')) || asString(at(pod, 'status', 'phase'));
  return containerWord(statuses, phase, pod);
}

function initWord(pod: JsonObject): string | undefined {
  const statuses = asArray(at(pod, 'status', 'initContainerStatuses')).map(asObject);
  const total = asArray(at(pod, 'spec', 'initContainers')).length;
  for (const [index, entry] of statuses.entries()) {
    const terminated = at(entry, 'state', 'terminated');
    if (terminated !== undefined && at(terminated, 'exitCode') === 0) continue;
    if (terminated !== undefined)
      return `Init:${asString(at(terminated, 'reason')) || `ExitCode:${asNumber(at(terminated, 'exitCode'))}`}`;
    const reason = asString(at(entry, 'state', 'waiting', 'reason'));
    if (reason !== '' && reason !== 'PodInitializing') return `Init:${reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function containerWord(statuses: readonly JsonObject[], phase: string, pod: JsonObject): string {
  let reason = phase;
  let running = false;
  for (const entry of [...statuses].reverse()) {
    const waiting = asString(at(entry, 'state', 'waiting', 'reason'));
    const terminated = at(entry, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated !== undefined)
      reason =
        asString(at(terminated, 'reason')) || `ExitCode:${asNumber(at(terminated, 'exitCode'))}`;
    else if (entry['ready'] === true && at(entry, 'state', 'running') !== undefined) running = true;
  }
  if (reason !== 'Completed' || !running) return reason;
  const isReady = asArray(at(pod, 'status', 'conditions')).some(
    (condition) => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True',
  );
  return isReady ? 'Running' : 'NotReady';
}

function restartsOf(statuses: readonly JsonObject[], nowMs: number): string {
  let count = 0;
  let last = '';
  for (const entry of statuses) {
    count += asNumber(entry['restartCount']);
    const finished = asString(at(entry, 'lastState', 'terminated', 'finishedAt'));
    if (finished > last) last = finished;
  }
  return count > 0 && last !== '' ? `${count} (${ageOf(last, nowMs)} ago)` : String(count);
}
