/**
 * Annotations of the gate protocol. `gated`, `release` and `nodes` come from Git; the wave gate
 * writes those that begin with `gate-` on the live objects.
 */
export const annotations = {
  gated: 'tidegate.dev/gated',
  release: 'tidegate.dev/release',
  nodes: 'tidegate.dev/nodes',
  gateRelease: 'tidegate.dev/gate-release',
  gateState: 'tidegate.dev/gate-state',
  gateMessage: 'tidegate.dev/gate-message',
  gateRollout: 'tidegate.dev/gate-rollout',
  review: 'tidegate.dev/review',
} as const;

export const syncWave = 'argocd.argoproj.io/sync-wave';
export const syncOptions = 'argocd.argoproj.io/sync-options';

/** Node names in the form of the `tidegate.dev/nodes` annotation: sorted, separated by commas. */
export function formatNodeList(nodes: readonly string[]): string {
  return [...nodes].sort().join(',');
}

/** The node names in a `tidegate.dev/nodes` annotation. */
export function parseNodeList(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}
