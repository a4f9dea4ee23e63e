import type {
  ApplicationsSyncPolicy,
  GlobalPreservation,
} from '@tidegate/core/argocd/applicationset';
import { parseGoDuration } from '@tidegate/core/argocd/windows';

/** Settings of the ApplicationSet controller. */
export interface ApplicationSetSettings {
  /** Policy of all sets; undefined: each set has its own. */
  readonly policy?: ApplicationsSyncPolicy;
  /** Whether sets may have their own policy though the controller has one. */
  readonly policyOverride?: boolean;
  readonly preserved: GlobalPreservation;
  /** How often repositories are looked at where a generator does not say. */
  readonly requeueSeconds: number;
  /** Applications in a set's status at most; 0: all of them. */
  readonly resourcesMax: number;
  /** How many sets are worked on at the same time. */
  readonly workers: number;
  /** Wakes a set also when health, sync status or operation of an Application change. Sets that roll out in steps are refused all the same. */
  readonly progressiveSyncs: boolean;
}

/** What Argo CD 3.5.1 does unless told otherwise. */
export const defaultSetSettings: ApplicationSetSettings = {
  preserved: {},
  requeueSeconds: 180,
  resourcesMax: 5000,
  workers: 10,
  progressiveSyncs: false,
};

const policies: readonly string[] = ['create-only', 'create-update', 'create-delete', 'sync'];
const longestRequeueSeconds = 8760 * 3600;

/**
 * Reads the settings in the data of `argocd-cmd-params-cm`; only what is there is in the result. A
 * value that cannot be read counts as not there, as in Argo CD; a policy that does not exist throws,
 * since Argo CD does not start with it.
 * Source: cmd/argocd-applicationset-controller/commands/applicationset_controller.go and
 * util/env/env.go.
 */
export function readSetSettings(
  data: Readonly<Record<string, string>>,
): Partial<ApplicationSetSettings> {
  const read = (name: string): string => data[`applicationsetcontroller.${name}`] ?? '';
  const annotations = listIn(read('global.preserved.annotations'));
  const labels = listIn(read('global.preserved.labels'));
  const found = {
    policy: policyIn(read('policy')),
    policyOverride: flagIn(read('enable.policy.override')),
    preserved:
      annotations === undefined && labels === undefined ? undefined : { annotations, labels },
    requeueSeconds: secondsIn(read('requeue.after')),
    resourcesMax: numberIn(read('status.max.resources.count'), 0),
    workers: numberIn(read('concurrent.reconciliations.max'), 1),
    progressiveSyncs: flagIn(read('enable.progressive.syncs')),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function policyIn(text: string): ApplicationsSyncPolicy | undefined {
  if (text === '') return undefined;
  if (policies.includes(text)) return text as ApplicationsSyncPolicy;
  throw new Error(
    `"applicationsetcontroller.policy" in argocd-cmd-params-cm is ${JSON.stringify(text)}, expected one of ${policies.join(', ')}`,
  );
}

function flagIn(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : undefined;
}

function listIn(text: string): readonly string[] | undefined {
  return text === '' ? undefined : text.split(',').map((part) => part.trim());
}

function numberIn(text: string, minimum: number): number | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  return Number(text) >= minimum ? Number(text) : undefined;
}

function secondsIn(text: string): number | undefined {
  const parsed = parseGoDuration(text);
  if ('fault' in parsed) return undefined;
  const seconds = Number(parsed.nanoseconds) / 1e9;
  return seconds >= 1 && seconds <= longestRequeueSeconds ? seconds : undefined;
}
