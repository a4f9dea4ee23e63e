import type { ApplicationsSyncPolicy, ApplicationSet } from './application-set.ts';

/** What a set may do with its Applications. Creating is always allowed. */
export interface ApplicationPermissions {
  readonly policy: ApplicationsSyncPolicy;
  readonly update: boolean;
  readonly delete: boolean;
}

/**
 * What a set may do: by its own policy, unless the controller has one that sets cannot override.
 * Source: applicationset/utils/policy.go.
 */
export function applicationPermissions(
  { spec }: Pick<ApplicationSet, 'spec'>,
  controllerPolicy?: ApplicationsSyncPolicy,
  mayOverride = controllerPolicy === undefined,
): ApplicationPermissions {
  const own = mayOverride ? spec.syncPolicy?.applicationsSync : undefined;
  const policy = own ?? controllerPolicy ?? 'sync';
  return {
    policy,
    update: policy === 'create-update' || policy === 'sync',
    delete: policy === 'create-delete' || policy === 'sync',
  };
}
