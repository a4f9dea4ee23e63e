import { equalData } from '../applicationset/merge-patch.ts';
import { areSameSources, isSameSource } from '../auto-sync/same-sources.ts';
import type { ApplicationSource } from '../auto-sync/application.ts';
import { optional } from './encoders.ts';

/** How thoroughly an Application is compared; a higher level includes the lower ones. */
export const compareLevels = {
  /** Only the tree of its objects is looked at again. */
  nothing: 0,
  /** With the revision of the last comparison. */
  recent: 1,
  /** With the newest revision, as far as it is in memory. */
  latest: 2,
  /** With the newest revision, looked up again. */
  latestForceResolve: 3,
} as const;

export type CompareLevel = (typeof compareLevels)[keyof typeof compareLevels];

/** The part of an Application that decides about a comparison. */
export interface ComparedApplication {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly source?: ApplicationSource;
    readonly sources?: readonly ApplicationSource[];
    readonly destination?: Readonly<Record<string, unknown>>;
    readonly ignoreDifferences?: readonly unknown[];
    readonly syncPolicy?: { readonly managedNamespaceMetadata?: unknown };
  };
  readonly status?: {
    readonly reconciledAt?: string;
    readonly sync?: {
      readonly comparedTo?: {
        readonly source?: ApplicationSource;
        readonly sources?: readonly ApplicationSource[];
        readonly destination?: Readonly<Record<string, unknown>>;
        readonly ignoreDifferences?: readonly unknown[];
      };
    };
    readonly operationState?: {
      readonly syncResult?: { readonly managedNamespaceMetadata?: unknown } | null;
    } | null;
  };
}

/** Why an Application is compared. */
export type RefreshReason =
  | 'refreshRequested'
  | 'sourceDiffers'
  | 'expired'
  | 'destinationDiffers'
  | 'namespaceMetadataDiffers'
  | 'ignoreDifferencesDiffers'
  | 'controllerRequest';

/** Whether, why and how thoroughly an Application is compared now. */
export type RefreshDecision =
  | { readonly refresh: false }
  | {
      readonly refresh: true;
      readonly reason: RefreshReason;
      readonly level: CompareLevel;
      /** Whether manifests are rendered again. */
      readonly hard: boolean;
      /** Whether what the controller asked for was used up. */
      readonly usesRequest: boolean;
    };

const refreshAnnotation = 'argocd.argoproj.io/refresh';

/** What decides besides the Application. */
export interface RefreshInput {
  readonly nowMilliseconds: number;
  /** How long a comparison holds; 0: for ever. */
  readonly expiryMilliseconds: number;
  /** The level that the controller asked for, if it did. */
  readonly requested: CompareLevel | undefined;
}

/**
 * Decides whether an Application is compared: asked for, its spec is another than the one last
 * compared, the comparison expired, or the controller asked.
 * Source: `needRefreshAppStatus` in controller/appcontroller.go.
 */
export function needsRefresh(
  application: ComparedApplication,
  { nowMilliseconds, expiryMilliseconds, requested }: RefreshInput,
): RefreshDecision {
  const type = application.metadata?.annotations?.[refreshAnnotation];
  if (type !== undefined) {
    return refresh('refreshRequested', compareLevels.latestForceResolve, type === 'hard');
  }
  if (!sourceIsCompared(application)) {
    return refresh('sourceDiffers', compareLevels.latestForceResolve);
  }
  if (isExpired(application, nowMilliseconds, expiryMilliseconds)) {
    return refresh('expired', compareLevels.latest);
  }
  const differs = specDiffers(application);
  if (differs !== undefined) return refresh(differs, compareLevels.latest);
  if (requested === undefined) return { refresh: false };
  return {
    refresh: true,
    reason: 'controllerRequest',
    level: requested,
    hard: false,
    usesRequest: true,
  };
}

function refresh(reason: RefreshReason, level: CompareLevel, hard = false): RefreshDecision {
  return { refresh: true, reason, level, hard, usesRequest: false };
}

/** Whether the last comparison was of the sources that the spec has now. */
export function sourceIsCompared(application: ComparedApplication): boolean {
  const { spec, status } = application;
  const compared = status?.sync?.comparedTo;
  return (spec.sources?.length ?? 0) > 0
    ? areSameSources(spec.sources, compared?.sources)
    : isSameSource(spec.source, compared?.source);
}

function isExpired(
  { status }: ComparedApplication,
  nowMilliseconds: number,
  expiryMilliseconds: number,
): boolean {
  if (status?.reconciledAt === undefined) return true;
  return (
    expiryMilliseconds > 0 && Date.parse(status.reconciledAt) + expiryMilliseconds < nowMilliseconds
  );
}

function specDiffers(application: ComparedApplication): RefreshReason | undefined {
  const { spec, status } = application;
  const compared = status?.sync?.comparedTo;
  if (!sameFields(spec.destination, compared?.destination)) return 'destinationDiffers';
  if (namespaceMetadataChanged(application)) return 'namespaceMetadataDiffers';
  return sameFields(spec.ignoreDifferences, compared?.ignoreDifferences)
    ? undefined
    : 'ignoreDifferencesDiffers';
}

/**
 * Whether the metadata wanted on the namespace is other than what the last sync wrote.
 * Source: `HasChangedManagedNamespaceMetadata` in pkg/apis/application/v1alpha1/types.go.
 */
export function namespaceMetadataChanged({ spec, status }: ComparedApplication): boolean {
  const wanted = spec.syncPolicy?.managedNamespaceMetadata;
  if (wanted === undefined || wanted === null) return false;
  const result = status?.operationState?.syncResult ?? undefined;
  return result !== undefined && !sameFields(wanted, result.managedNamespaceMetadata);
}

function sameFields(a: unknown, b: unknown): boolean {
  return equalData(a, b) || equalData(meaningful(a), meaningful(b));
}

/** Data without what Argo CD's types do not write. */
function meaningful(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(meaningful);
  if (typeof value !== 'object' || value === null) return optional(value);
  const entries = Object.entries(value)
    .map(([key, item]) => [key, meaningful(item)] as const)
    .filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries);
}
