import type { SyncWindow } from './sync-window.ts';
import { readWindow } from './window-state.ts';
import { toBytes } from '../globs/utf8.ts';

const descriptionMax = 255;

/**
 * What Argo CD says is wrong with a window, or nothing. An unknown time zone is not wrong.
 *
 * See `SyncWindow.Validate` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 */
export function windowFault(window: SyncWindow): string | undefined {
  const { kind = '', description = '' } = window;
  if (kind !== 'allow' && kind !== 'deny') {
    return `kind '${kind}' mismatch: can only be allow or deny`;
  }
  const read = readWindow(window);
  if ('fault' in read) return read.fault;
  return toBytes(description).length > descriptionMax
    ? 'description must not exceed 255 characters'
    : undefined;
}

/**
 * What Argo CD says is wrong with the windows of a project, or nothing: one twice, a fault in one, or one that
 * selects nothing.
 *
 * See `AppProject.ValidateProject` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function windowListFault(windows: readonly SyncWindow[]): string | undefined {
  const known = new Set<string>();
  for (const window of windows) {
    const fault = known.has(identityOf(window)) ? duplicateFault(window) : listedFault(window);
    if (fault !== undefined) return fault;
    known.add(identityOf(window));
  }
  return undefined;
}

function duplicateFault({ kind = '', schedule = '', duration = '' }: SyncWindow): string {
  const what = `kind '${kind}', schedule '${schedule}', and duration '${duration}'`;
  return `sync window with ${what} already exists (duplicate detected)`;
}

function listedFault(window: SyncWindow): string | undefined {
  const fault = windowFault(window);
  if (fault !== undefined) return fault;
  const { kind = '', schedule = '', duration = '', applications, namespaces, clusters } = window;
  if ([applications, namespaces, clusters].some((list) => (list ?? []).length > 0))
    return undefined;
  return `window '${kind}':'${schedule}':'${duration}' requires one of application, cluster or namespace`;
}

/** What makes two windows the same; whether people may sync, overrun and description do not count. */
function identityOf(window: SyncWindow): string {
  const { kind = '', schedule = '', duration = '', timeZone = '', andOperator = false } = window;
  const { applications, namespaces, clusters } = window;
  const lists = [applications ?? [], namespaces ?? [], clusters ?? []];
  return JSON.stringify([kind, schedule, duration, timeZone, andOperator, lists]);
}
