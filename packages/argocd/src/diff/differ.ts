import { hasAnnotationValue, syncAnnotations, type KubeObject } from '@tidegate/core/argocd/sync';
import type { JsonObject } from '@tidegate/kube';
import { normalizeTracking, type TrackingSettings } from '../tracking/index.ts';
import { asWritten } from './typed-objects.ts';
import {
  compareClientSide,
  compareStructured,
  lastAppliedOf,
  type Difference,
} from './compare-objects.ts';
import {
  compileIgnored,
  trustedManagers,
  type DiffOverrides,
  type IgnoreDifference,
} from './ignored-fields.ts';
import { keepIgnored } from './keep-ignored.ts';
import { compileKnownTypes } from './known-types.ts';
import { normalizeKind } from './normalize-kinds.ts';
import { mergeSchema, type CustomSchemas } from './schemas.ts';
import { compareServerSide } from './server-side-diff.ts';
import { withoutTrustedFields, type ObjectPair } from './trusted-managers.ts';

/** What comparisons of an Application's objects go by. */
export interface DifferOptions {
  /** `resource.customizations`, with `withStatusIgnored` applied. */
  readonly overrides: DiffOverrides;
  /** `ignoreAggregatedRoles` of `resource.compareoptions`. */
  readonly ignoreAggregatedRoles: boolean;
  /** `spec.ignoreDifferences` of the Application. */
  readonly ignoreDifferences: readonly IgnoreDifference[];
  readonly tracking: TrackingSettings;
  /** Whether the Application syncs with `ServerSideApply=true`. */
  readonly serverSideApply: boolean;
  /** Field manager of server-side apply: `argocd-controller` unless given. */
  readonly manager?: string;
  /** Schemas of custom kinds, which structured comparisons merge lists by. */
  readonly customSchemas?: CustomSchemas;
}

/** Compares objects of one Application. Pure: the same objects always give the same. */
export interface ObjectDiffer {
  /** What is wrong with an expression of what to ignore; with it, every comparison throws. */
  readonly fault: string | undefined;
  /** Throws an Error in Argo CD's words where objects cannot be compared. */
  compare(target: KubeObject, live: KubeObject): Difference;
  /**
   * Compares with what a server-side apply in dry-run mode gave (`ServerSideDiff=true`), without what
   * webhooks changed unless that is to be seen. Throws an Error as `compare` does.
   */
  compareServerSide(
    target: KubeObject,
    live: KubeObject,
    dryRun: { readonly predicted: KubeObject; readonly includeMutationWebhook: boolean },
  ): Difference;
  /** A target with the ignored fields of the live object (`RespectIgnoreDifferences=true`). */
  withIgnoredFields(target: KubeObject, live: KubeObject): KubeObject;
}

/**
 * A differ that decides as Argo CD 3.5.1 does.
 * Source: `StateDiffs` in util/argo/diff/diff.go and `Diff` in gitops-engine/pkg/diff/diff.go.
 */
export function createDiffer(options: DifferOptions): ObjectDiffer {
  const { normalize, fault } = compileNormalizer(options);
  const manager = options.manager ?? 'argocd-controller';
  const customSchemas = options.customSchemas ?? ((): undefined => undefined);
  const checked = (): void => {
    if (fault !== undefined) throw new Error(`failed to create diff normalizer: ${fault}`);
  };
  const kindly = (object: JsonObject): JsonObject =>
    normalizeKind(asWritten(object), options.ignoreAggregatedRoles);
  const prepared = (target: KubeObject, live: KubeObject): ObjectPair => {
    checked();
    return beforeDiff(target, live, { options, customSchemas });
  };
  return {
    fault,
    compare: (target, live) => {
      const pair = prepared(target, live);
      const both = { target: normalize(kindly(pair.target)), live: normalize(kindly(pair.live)) };
      if (options.serverSideApply || wantsServerSide(target)) {
        return explained('error calculating structured merge diff', () =>
          compareStructured(both, mergeSchema(both.target, customSchemas), manager),
        );
      }
      const last = lastAppliedOf(both.live);
      const original =
        last === undefined
          ? undefined
          : normalize(normalizeKind(last, options.ignoreAggregatedRoles));
      return explained('failed to calculate diff', () => compareClientSide(both, original));
    },
    compareServerSide: (target, live, { predicted, includeMutationWebhook }) => {
      const pair = prepared(target, live);
      const unchanged = kindly(pair.live);
      return explained('error calculating server side diff', () =>
        compareServerSide(
          { live: unchanged, predicted: predicted as JsonObject },
          {
            schema: mergeSchema(pair.target, customSchemas),
            manager,
            keepWebhooks: includeMutationWebhook,
            normalize: (object) => normalize(normalizeKind(object, options.ignoreAggregatedRoles)),
          },
        ),
      );
    },
    withIgnoredFields: (target, live) => {
      const pair = prepared(target, live);
      const normalized = { target: normalize(pair.target), live: normalize(pair.live) };
      const given = { target: target as JsonObject, live: live as JsonObject };
      return keepIgnored(given, normalized);
    },
  };
}

interface Normalizer {
  readonly normalize: (object: JsonObject) => JsonObject;
  readonly fault: string | undefined;
}

function compileNormalizer({ ignoreDifferences, overrides }: DifferOptions): Normalizer {
  const rewrite = compileKnownTypes(overrides);
  try {
    const ignore = compileIgnored(ignoreDifferences, overrides);
    return { normalize: (object) => rewrite(ignore(object)), fault: undefined };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { normalize: rewrite, fault: error.message };
  }
}

/** Both objects without what only tracking or trusted managers differ in. */
function beforeDiff(
  target: KubeObject,
  live: KubeObject,
  { options, customSchemas }: { options: DifferOptions; customSchemas: CustomSchemas },
): ObjectPair {
  const tracked = normalizeTracking(target, live, options.tracking);
  const pair = { target: target as JsonObject, live: tracked as JsonObject };
  const { ignoreDifferences, overrides } = options;
  const managers = trustedManagers(pair.target, ignoreDifferences, overrides);
  if (managers.length === 0) return pair;
  return withoutTrustedFields(pair, mergeSchema(pair.target, customSchemas), managers);
}

function wantsServerSide(target: KubeObject): boolean {
  return hasAnnotationValue(target, syncAnnotations.options, 'ServerSideApply=true');
}

/** Says of a failure what was being done. */
function explained<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const text = what === 'failed to calculate diff' ? what : `failed to calculate diff: ${what}`;
    throw new Error(`${text}: ${cause}`, { cause: error });
  }
}
