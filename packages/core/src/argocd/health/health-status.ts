import type { ObjectHealth } from '../sync/index.ts';

/** States of health, the best first. Source: `healthOrder` in gitops-engine/pkg/health/health.go. */
export const healthStatuses = [
  'Healthy',
  'Suspended',
  'Progressing',
  'Missing',
  'Degraded',
  'Unknown',
] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** Whether a state is worse than another one. An unknown word counts as Healthy, as in Argo CD. */
export function isWorse(current: string, next: string): boolean {
  return rank(next) > rank(current);
}

function rank(status: string): number {
  return Math.max(
    healthStatuses.findIndex((one) => one === status),
    0,
  );
}

export function isHealthStatus(text: unknown): text is HealthStatus {
  return healthStatuses.some((status) => status === text);
}

/** A health; without a message where there is none to tell. */
export function health(status: HealthStatus, message = ''): ObjectHealth {
  return message === '' ? { status } : { status, message };
}
