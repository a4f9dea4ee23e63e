import { optionValue, syncAnnotations } from '../sync/annotations.ts';
import { isDeletionHook } from '../sync/hooks.ts';
import type { ResourceKey } from '../sync/kube-object.ts';
import type { ReconciledResource } from '../sync/reconcile.ts';
import { defaultSyncSettings, type SyncSettings } from '../sync/sync-input.ts';
import type { DeletionPropagation } from '../sync/sync-request.ts';
import type {
  OperatedApplication,
  SelectedResource,
  SyncOperation,
  SyncOperationResult,
} from './application.ts';

/**
 * The settings of a sync as its operation asks for them. The operation's options count, not those of
 * the Application. Source: `SyncAppState` in controller/sync.go.
 */
export function syncSettingsOf(
  sync: SyncOperation,
  application: OperatedApplication,
  startedAt: string,
): SyncSettings {
  const options = sync.syncOptions ?? [];
  const has = (option: string): boolean => options.includes(option);
  return {
    ...defaultSyncSettings,
    ...requestedOf(sync),
    validate: !has('Validate=false'),
    replace: has('Replace=true'),
    pruneLast: has('PruneLast=true'),
    serverSideApply: has('ServerSideApply=true'),
    takeOverFrom: has('ClientSideApplyMigration=false') ? undefined : takeOverFrom(application),
    applyOutOfSyncOnly: has('ApplyOutOfSyncOnly=true'),
    skipDryRunOnMissingResource: has('SkipDryRunOnMissingResource=true'),
    pruneOption: optionValue(options, 'Prune'),
    pruneConfirmed: isDeletionConfirmed(application, startedAt),
    propagation: propagationOf(options),
  };
}

/** What the operation says besides its options. With the strategy `apply` there are no hooks. */
function requestedOf({
  dryRun = false,
  prune = false,
  syncStrategy = {},
  resources = [],
}: SyncOperation): Pick<SyncSettings, 'dryRun' | 'prune' | 'force' | 'skipHooks'> {
  const { apply, hook } = syncStrategy;
  const force = (apply?.force ?? false) || (hook?.force ?? false);
  return { dryRun, prune, force, skipHooks: apply !== undefined || resources.length > 0 };
}

function takeOverFrom({ metadata }: OperatedApplication): string | undefined {
  const manager = metadata?.annotations?.[takeOverAnnotation] ?? '';
  return manager === '' ? defaultSyncSettings.takeOverFrom : manager;
}

const takeOverAnnotation = 'argocd.argoproj.io/client-side-apply-migration-manager';

const propagations: readonly (readonly [option: string, propagation: DeletionPropagation])[] = [
  ['PrunePropagationPolicy=background', 'Background'],
  ['PrunePropagationPolicy=foreground', 'Foreground'],
  ['PrunePropagationPolicy=orphan', 'Orphan'],
];

function propagationOf(options: readonly string[]): DeletionPropagation {
  return propagations.find(([option]) => options.includes(option))?.[1] ?? 'Foreground';
}

/**
 * Whether a person approved of deletions since a time.
 * Source: `IsDeletionConfirmed` in pkg/apis/application/v1alpha1/types.go.
 */
export function isDeletionConfirmed({ metadata }: OperatedApplication, since: string): boolean {
  const approved = metadata?.annotations?.[syncAnnotations.deletionApproved] ?? '';
  const isTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})$/.test(approved);
  return isTime && Date.parse(approved) >= Date.parse(since);
}

/** Which objects a sync is about: all, or the selected ones and hooks of a deletion. */
export function selectionOf(
  selected: readonly SelectedResource[] | undefined,
): (key: ResourceKey, resource: ReconciledResource) => boolean {
  if (selected === undefined || selected.length === 0) return () => true;
  return (key, { target }) => {
    const deletionHook =
      target !== undefined &&
      (isDeletionHook(target, 'PreDelete') || isDeletionHook(target, 'PostDelete'));
    return deletionHook || selected.some((one) => isSelected(one, key));
  };
}

function isSelected({ group, kind, name, namespace }: SelectedResource, key: ResourceKey): boolean {
  return (
    name === key.name &&
    kind === key.kind &&
    (group ?? '') === key.group &&
    (namespace === undefined || namespace === '' || namespace === key.namespace)
  );
}

/**
 * What a sync begins with: the sources and revisions of its operation, else those of the spec. Where
 * that has several, the first of them stands for the one source as well.
 * Source: `newSyncOperationResult` in controller/sync.go.
 */
export function newSyncResult(
  application: OperatedApplication,
  { source, sources, revision, revisions }: SyncOperation,
): SyncOperationResult {
  const given = source !== undefined || (sources?.length ?? 0) > 0;
  const from = given ? { source, sources } : sourcesOfSpec(application);
  const found = { ...from, revision, revisions };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function sourcesOfSpec({
  spec: { source, sources },
}: OperatedApplication): Pick<SyncOperationResult, 'source' | 'sources'> {
  const [first = source] = sources ?? [];
  return {
    ...(first === undefined ? {} : { source: first }),
    ...(sources === undefined ? {} : { sources }),
  };
}
