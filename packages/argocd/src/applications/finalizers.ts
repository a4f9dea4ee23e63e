/** Finalizers of Applications. Source: pkg/apis/application/v1alpha1/application_defaults.go. */

export const resourcesFinalizer = 'resources-finalizer.argocd.argoproj.io';

/** Kinds of hooks that run when an Application is deleted. */
export type DeletionHookType = 'PreDelete' | 'PostDelete';

const names: Readonly<Record<DeletionHookType, string>> = {
  PreDelete: 'pre-delete-finalizer.argocd.argoproj.io',
  PostDelete: 'post-delete-finalizer.argocd.argoproj.io',
};

/** The finalizer that makes hooks of a deletion run, or with `cleanup` go. */
export function hookFinalizerName(type: DeletionHookType, cleanup = false): string {
  return cleanup ? `${names[type]}/cleanup` : names[type];
}

/** Whether the objects go with the Application. */
export function isCascading(finalizers: readonly string[]): boolean {
  return finalizers.some(
    (one) => one === resourcesFinalizer || one.startsWith(`${resourcesFinalizer}/`),
  );
}

/** How the objects of a deleted Application are deleted. */
export function cascadePolicy(finalizers: readonly string[]): 'Background' | 'Foreground' {
  return finalizers.includes(`${resourcesFinalizer}/background`) ? 'Background' : 'Foreground';
}

export function withoutCascade(finalizers: readonly string[]): readonly string[] {
  return finalizers.filter((one) => !isCascading([one]));
}

export function withoutHooks(
  finalizers: readonly string[],
  type: DeletionHookType,
): readonly string[] {
  return finalizers.filter((one) => !one.startsWith(names[type]));
}

/** Which hooks of a deletion are among the manifests. */
export interface DeletionHooks {
  readonly hasPreDeleteHooks: boolean;
  readonly hasPostDeleteHooks: boolean;
}

/** The finalizers that an Application has to have because of its hooks; undefined: it has them. */
export function deletionFinalizers(
  finalizers: readonly string[],
  { hasPreDeleteHooks, hasPostDeleteHooks }: DeletionHooks,
): readonly string[] | undefined {
  const wanted = withHooks(
    withHooks(finalizers, 'PreDelete', hasPreDeleteHooks),
    'PostDelete',
    hasPostDeleteHooks,
  );
  const same =
    wanted.length === finalizers.length && wanted.every((one, index) => one === finalizers[index]);
  return same ? undefined : wanted;
}

function withHooks(
  finalizers: readonly string[],
  type: DeletionHookType,
  present: boolean,
): readonly string[] {
  const own = [hookFinalizerName(type), hookFinalizerName(type, true)];
  if (!present) return finalizers.filter((one) => !own.includes(one));
  return [...finalizers, ...own.filter((one) => !finalizers.includes(one))];
}
