import { parseGoDuration } from '../windows/index.ts';
import { parseBool, SettingsFault } from './yaml-values.ts';

/** How Argo CD marks the objects of an Application. */
export const trackingMethods = ['label', 'annotation', 'annotation+label'] as const;
export type TrackingMethod = (typeof trackingMethods)[number];

/** Whether the controller leaves kinds out that it may not list. */
export type RespectRbac = 'disabled' | 'normal' | 'strict';

/** Options of an instance, with Argo CD's defaults. Times in milliseconds. */
export interface InstanceOptions {
  readonly trackingMethod: TrackingMethod;
  /** Empty: none. */
  readonly installationId: string;
  readonly instanceLabelKey: string;
  readonly respectRbac: RespectRbac;
  /** Whether `ignoreResourceUpdates` counts at all. */
  readonly ignoresResourceUpdates: boolean;
  /** How often an Application is compared though nothing changed; 0: never for that reason. */
  readonly reconciliationMs: number;
  readonly reconciliationJitterMs: number;
  readonly hardReconciliationMs: number;
}

/**
 * Reads the options of `argocd-cm` that are single words. Throws a SettingsFault. A tracking method that
 * is none counts as `annotation`; a time that is none, or negative, as the default, as Argo CD's
 * processes take their environment variables.
 * Source: Argo CD 3.5.1 util/settings/settings.go, and the defaults of its application controller.
 */
export function parseInstanceOptions(config: Readonly<Record<string, string>>): InstanceOptions {
  const method = config['application.resourceTrackingMethod'];
  const updates = config['resource.ignoreResourceUpdatesEnabled'] ?? '';
  const labelKey = config['application.instanceLabelKey'] ?? '';
  return {
    trackingMethod: trackingMethods.find((one) => one === method) ?? 'annotation',
    installationId: config['installationID'] ?? '',
    instanceLabelKey: labelKey === '' ? 'app.kubernetes.io/instance' : labelKey,
    respectRbac: respectRbac(config['resource.respectRBAC'] ?? ''),
    ignoresResourceUpdates: updates === '' || parseBool(updates),
    reconciliationMs: duration(config['timeout.reconciliation'], 120_000),
    reconciliationJitterMs: duration(config['timeout.reconciliation.jitter'], 60_000),
    hardReconciliationMs: duration(config['timeout.hard.reconciliation'], 0),
  };
}

function respectRbac(text: string): RespectRbac {
  if (text === '') return 'disabled';
  if (text === 'normal' || text === 'strict') return text;
  throw new SettingsFault(`invalid value for resource.respectRBAC: ${text}`);
}

/** In whole seconds, as the controller takes it. Argo CD also reads days. */
function duration(text: string | undefined, standardMs: number): number {
  if (text === undefined || text === '') return standardMs;
  const [, days] = /^(\d+)d$/.exec(text) ?? [];
  if (days !== undefined) return Number(days) * 86_400_000;
  const parsed = parseGoDuration(text);
  if (!('nanoseconds' in parsed) || parsed.nanoseconds < 0n) return standardMs;
  return Number(parsed.nanoseconds / 1_000_000_000n) * 1000;
}
