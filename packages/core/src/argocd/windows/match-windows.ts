import { matchPattern } from '../globs/index.ts';
import type { SyncWindow, WindowApplication } from './sync-window.ts';

/** The lists of a window that select Applications. */
export type SelectorName = 'applications' | 'clusters' | 'namespaces';

/** What a selector says about an Application. */
export interface SelectorResult {
  readonly selector: SelectorName;
  /** The first pattern that matches; undefined where none does. */
  readonly pattern: string | undefined;
}

/** Whether a window is about an Application, and why. */
export interface WindowMatch {
  /** Index in the project's list. */
  readonly index: number;
  readonly window: SyncWindow;
  readonly matches: boolean;
  /** The selectors that decided. None: the window selects nothing. */
  readonly selectors: readonly SelectorResult[];
}

/**
 * Says of each window of a project whether it is about an Application. Its lists are looked at one after the
 * other; the first that matches decides, or with `andOperator` the first that does not.
 *
 * See `SyncWindows.Matches` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 */
export function matchWindows(
  windows: readonly SyncWindow[],
  application: WindowApplication,
): WindowMatch[] {
  return windows.map((window, index) => ({ index, window, ...select(window, application) }));
}

/** The windows of a project that are about an Application. */
export function windowsOf(
  windows: readonly SyncWindow[],
  application: WindowApplication,
): SyncWindow[] {
  return matchWindows(windows, application)
    .filter(({ matches }) => matches)
    .map(({ window }) => window);
}

function select(
  window: SyncWindow,
  application: WindowApplication,
): Pick<WindowMatch, 'matches' | 'selectors'> {
  const needsAll = window.andOperator === true;
  const selectors: SelectorResult[] = [];
  for (const [selector, values] of valuesOf(application)) {
    const patterns = window[selector] ?? [];
    if (patterns.length === 0) continue;
    const pattern = patterns.find((one) => values.some((value) => matchPattern(one, value)));
    const isMatch = pattern !== undefined;
    if (isMatch !== needsAll) return { matches: isMatch, selectors: [{ selector, pattern }] };
    selectors.push({ selector, pattern });
  }
  return { matches: needsAll && selectors.length > 0, selectors };
}

/** What each selector looks at, in Argo CD's order. An empty cluster is none; an empty namespace is one. */
function valuesOf({ name, destination }: WindowApplication): [SelectorName, string[]][] {
  const { name: cluster = '', server = '', namespace = '' } = destination;
  return [
    ['applications', [name]],
    ['clusters', [cluster, server].filter((value) => value !== '')],
    ['namespaces', [namespace]],
  ];
}
