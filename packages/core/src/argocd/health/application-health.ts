import {
  groupVersionKind,
  isHook,
  isIgnoredHook,
  isSkipped,
  nameOf,
  namespaceOf,
  type KubeObject,
  type ObjectHealth,
} from '../sync/index.ts';
import type { HealthChecks } from './health-checks.ts';
import { isWorse } from './health-status.ts';

/** An object of an Application: what is wanted and what is there. */
export interface ManagedResource {
  readonly group: string;
  readonly kind: string;
  readonly target: KubeObject | undefined;
  readonly live: KubeObject | undefined;
}

/** Which Application it is. */
export interface ApplicationIdentity {
  readonly name: string;
  readonly namespace: string;
  /** Empty where it has none. */
  readonly uid: string;
}

/** What decides about the health of an Application besides its objects. */
export interface ApplicationHealthInput {
  readonly resources: readonly ManagedResource[];
  readonly checks: HealthChecks;
  /** The Application itself, which may be among its objects. */
  readonly application: ApplicationIdentity;
  /** Whether health is written into the status (`controller.resource.health.persist`). */
  readonly persistResourceHealth: boolean;
}

/** What counted for the health of an Application, or why an object did not. */
export type HealthReason =
  | 'counts'
  | 'skipped'
  | 'hook'
  | 'ignored by annotation'
  | 'the Application itself'
  | 'no health check'
  | 'missing'
  | 'child Application';

/** Health of one of the objects. */
export interface ResourceHealth {
  /** Undefined: none is shown. */
  readonly health: ObjectHealth | undefined;
  readonly reason: HealthReason;
}

/** The health of an Application. */
export interface ApplicationHealth {
  readonly status: string;
  /** By the place of the objects. */
  readonly resources: readonly ResourceHealth[];
  /** Empty where health is in the status, as Argo CD writes it; else `appTree`. */
  readonly resourceHealthSource: '' | 'appTree';
  /** Why a check failed; then the caller adds a condition. */
  readonly error: string | undefined;
}

const ignoreHealthCheck = 'argocd.argoproj.io/ignore-healthcheck';

/**
 * The health of an Application: the worst of its objects. Hooks, objects with the annotation to ignore
 * them, and the Application itself do not count; neither do missing objects, unless all are, nor child
 * Applications whose health is Missing or Unknown.
 * Source: setApplicationHealth in Argo CD 3.5.1 controller/health.go.
 */
export function judgeApplication(input: ApplicationHealthInput): ApplicationHealth {
  let status = 'Healthy';
  let error: string | undefined;
  let hasResources = false;
  let hasLive = false;
  const resources = input.resources.map((resource) => {
    const judged = judgeResource(resource, input);
    const isReal = judged.reason !== 'skipped' && judged.reason !== 'hook';
    hasResources ||= isReal;
    hasLive ||= isReal && resource.live !== undefined;
    // Only the first failure is kept.
    error ??= judged.error;
    if (judged.reason === 'counts' && judged.health !== undefined) {
      if (isWorse(status, judged.health.status)) status = judged.health.status;
    }
    return shown(judged, input.persistResourceHealth);
  });
  if (hasResources && !hasLive && isWorse(status, 'Missing')) status = 'Missing';
  const resourceHealthSource = input.persistResourceHealth ? '' : 'appTree';
  return { status, resources, resourceHealthSource, error };
}

interface JudgedResource extends ResourceHealth {
  readonly error?: string | undefined;
}

function judgeResource(
  { target, live, group, kind }: ManagedResource,
  { checks, application }: ApplicationHealthInput,
): JudgedResource {
  const none = { health: undefined };
  if (target !== undefined && isSkipped(target)) return { ...none, reason: 'skipped' };
  if (live === undefined) return { health: { status: 'Missing' }, reason: 'missing' };
  const aside = whyAside(live, application);
  if (aside !== undefined) return { ...none, reason: aside };
  const { health, error } = checks.judge(live);
  if (health === undefined) return { ...none, reason: 'no health check' };
  const isChild = group === 'argoproj.io' && kind === 'Application';
  const isUnclear = health.status === 'Missing' || health.status === 'Unknown';
  const reason = isChild && isUnclear ? 'child Application' : 'counts';
  return { health, reason, error: error === undefined ? undefined : failure(live, error) };
}

/** Why a live object is not looked at. */
function whyAside(live: KubeObject, application: ApplicationIdentity): HealthReason | undefined {
  if (isHook(live) || isIgnoredHook(live)) return 'hook';
  if (live.metadata?.annotations?.[ignoreHealthCheck] === 'true') return 'ignored by annotation';
  return isSelf(live, application) ? 'the Application itself' : undefined;
}

function failure(live: KubeObject, error: string): string {
  const name = `with name "${nameOf(live)}" in namespace "${namespaceOf(live)}"`;
  return `failed to get resource health for "${live.kind ?? ''}" ${name}: ${error}`;
}

function isSelf(live: KubeObject, application: ApplicationIdentity): boolean {
  const { group, kind } = groupVersionKind(live);
  return (
    group === 'argoproj.io' &&
    kind === 'Application' &&
    nameOf(live) === application.name &&
    namespaceOf(live) === application.namespace &&
    (live.metadata?.uid ?? '') === application.uid
  );
}

function shown({ health, reason }: JudgedResource, persist: boolean): ResourceHealth {
  return { health: persist ? health : undefined, reason };
}

/** `status.health` of an Application. */
export interface WrittenHealth {
  readonly status: string;
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime?: string;
}

/**
 * The health to write: its time is that of the last change of the state.
 * Source: CompareAppState in Argo CD 3.5.1 controller/state.go and persistAppStatus in
 * controller/appcontroller.go.
 */
export function withTransitionTime(
  status: string,
  before: WrittenHealth | undefined,
  now: string,
): WrittenHealth {
  if (before?.status !== status) return { status, lastTransitionTime: now };
  const { lastTransitionTime } = before;
  return lastTransitionTime === undefined ? { status } : { status, lastTransitionTime };
}
