import { createHealthChecks, healthOf, type LuaSurroundings } from '@tidegate/core/argocd/health';
import {
  isExcludedResource,
  parseCompareOptions,
  parseIgnoredUpdates,
  parseInstanceOptions,
  parseResourceFilter,
  parseResourceOverrides,
  SettingsFault,
  type ResourceOverrides,
} from '@tidegate/core/argocd/settings';
import type { JsonObject } from '@tidegate/kube';
import type { Application } from '../applications/application.ts';
import { inCluster } from '../applications/clusters.ts';
import {
  compileIgnored,
  createDiffer,
  type CustomSchemas,
  type ObjectDiffer,
} from '../diff/index.ts';
import { remembered } from '../remembered.ts';
import {
  isOwn,
  trackedApplication,
  trackTarget,
  type TrackingSettings,
} from '../tracking/index.ts';
import type { InstanceSettings } from './instance-settings.ts';

/** What settings need of the world around them. */
export interface SettingsSurroundings {
  readonly lua: LuaSurroundings;
  readonly customSchemas?: CustomSchemas;
}

/** Reads `argocd-cm`. What cannot be used becomes the fault; what can be used still counts. */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  { lua, customSchemas }: SettingsSurroundings,
): InstanceSettings {
  const faults: string[] = [];
  const read = <T>(parse: (from: typeof config) => T): T => {
    try {
      return parse(config);
    } catch (error) {
      if (!(error instanceof SettingsFault)) throw error;
      faults.push(error.message);
      return parse({});
    }
  };
  const overrides = read(parseResourceOverrides);
  const filter = read(parseResourceFilter);
  const { ignoreAggregatedRoles } = read(parseCompareOptions);
  const options = read(parseInstanceOptions);
  const tracking: TrackingSettings = {
    method: options.trackingMethod,
    labelKey: options.instanceLabelKey,
    installationId: options.installationId,
  };
  const checks = createHealthChecks(overrides, lua);
  const differ = differFactory({ overrides, ignoreAggregatedRoles, tracking }, customSchemas);
  return {
    fault: faults[0],
    ignoresUpdates: options.ignoresResourceUpdates,
    excluded: (group, kind) =>
      isExcludedResource(filter, { group, kind, cluster: inCluster.server }),
    applicationOf: (object) => trackedApplication(object, tracking),
    checks,
    health: remembered((object) => healthOf(object, checks)),
    withoutIgnoredUpdates: updateNormalizer(read(parseIgnoredUpdates)),
    differ,
    track: (target, instanceName, namespace) =>
      trackTarget(target, { instanceName, namespace }, tracking),
    isOwn: (live, target) => isOwn(live, target, tracking),
  };
}

function updateNormalizer(overrides: ResourceOverrides): InstanceSettings['withoutIgnoredUpdates'] {
  try {
    const ignore = compileIgnored([], overrides);
    return remembered((object) => ignore(object as JsonObject));
  } catch {
    // An expression that cannot be run ignores nothing.
    return (object) => object;
  }
}

/** As many different ways to compare are remembered. */
const differsMax = 500;

function differFactory(
  options: {
    readonly overrides: ResourceOverrides;
    readonly ignoreAggregatedRoles: boolean;
    readonly tracking: TrackingSettings;
  },
  customSchemas: CustomSchemas | undefined,
): InstanceSettings['differ'] {
  // Most Applications ask for the same, and compiling what is ignored costs more than a comparison.
  const known = new Map<string, ObjectDiffer>();
  return ({ spec }: Application) => {
    const asked = {
      ignoreDifferences: spec.ignoreDifferences ?? [],
      serverSideApply: (spec.syncPolicy?.syncOptions ?? []).includes('ServerSideApply=true'),
    };
    const key = JSON.stringify(asked);
    const schemas = customSchemas === undefined ? {} : { customSchemas };
    const found = known.get(key) ?? createDiffer({ ...options, ...asked, ...schemas });
    if (known.size > differsMax) known.clear();
    known.set(key, found);
    return found;
  };
}
