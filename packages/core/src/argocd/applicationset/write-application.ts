import type { KubeMetadata } from '../sync/kube-object.ts';
import type { ApplicationSet } from './application-set.ts';
import type { GeneratedApplication } from './application-template.ts';
import { compileIgnoredDifferences, type FieldRemover } from './ignored-differences.ts';
import { applyMergePatch, equalData, mergePatchOf } from './merge-patch.ts';
import { normalizeSpec, withoutZeros } from './normalize-spec.ts';

/** Annotations that every set leaves on its Applications. */
const alwaysPreserved = [
  'notified.notifications.argoproj.io',
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/hydrate',
];
/** Finalizers that stay, with whatever stage follows in their name. */
const preservedFinalizers = [
  'pre-delete-finalizer.argocd.argoproj.io',
  'post-delete-finalizer.argocd.argoproj.io',
];

/** What is to be written for one Application. */
export type ApplicationWrite =
  | { readonly action: 'create'; readonly application: GeneratedApplication }
  | {
      readonly action: 'update';
      /** A JSON merge patch for the live Application. */
      readonly patch: unknown;
      /** The Application after the patch. */
      readonly application: unknown;
    }
  | { readonly action: 'none' }
  | { readonly action: 'refuse'; readonly error: string };

/** Annotations and labels that a controller preserves for all sets. */
export interface GlobalPreservation {
  readonly annotations?: readonly string[];
  readonly labels?: readonly string[];
}

/** Writes the Applications of one set. */
export type ApplicationWriter = (
  desired: GeneratedApplication,
  live: GeneratedApplication | undefined,
) => ApplicationWrite;

/**
 * How a set writes its Applications: created, or patched where anything differs that it does not
 * ignore. Status and operation of a live Application stay, and so do preserved fields; other
 * annotations, labels and finalizers go. The set becomes the owner.
 * Source: `createOrUpdateInCluster` in applicationset/controllers/applicationset_controller.go and
 * applicationset/utils/createOrUpdate.go.
 */
export function applicationWriter(
  set: ApplicationSet,
  global: GlobalPreservation = {},
): ApplicationWriter {
  const remove = compileIgnoredDifferences(set.spec.ignoreApplicationDifferences ?? []);
  return (generated, live) => {
    const desired = { ...generated, spec: normalizeSpec(generated.spec) };
    const problem = live === undefined ? undefined : ownershipProblem(set, live);
    if (problem !== undefined) return { action: 'refuse', error: problem };
    if (live === undefined) {
      const metadata = { ...desired.metadata, ownerReferences: [ownerReference(set)] };
      const made = withoutZeros({ ...desired, metadata }) as GeneratedApplication;
      return { action: 'create', application: made };
    }
    const metadata = { ...live.metadata, ...keptMetadata(set, desired, live, global) };
    return difference(live, { ...live, metadata, spec: desired.spec }, remove);
  };
}

function difference(
  live: GeneratedApplication,
  wanted: GeneratedApplication,
  remove: FieldRemover,
): ApplicationWrite {
  const name = live.metadata.name ?? '';
  const before = withoutZeros(remove({ ...live, spec: normalizeSpec(live.spec) }, name));
  const after = withoutZeros(remove(wanted, name));
  if (equalData(before, after)) return { action: 'none' };
  const patch = mergePatchOf(before, after);
  return { action: 'update', patch, application: applyMergePatch(live, patch) };
}

function keptMetadata(
  set: ApplicationSet,
  { metadata }: GeneratedApplication,
  live: GeneratedApplication,
  global: GlobalPreservation,
): Partial<KubeMetadata> {
  const { annotations = [], labels = [] } = set.spec.preservedFields ?? {};
  const keptAnnotations = [...annotations, ...(global.annotations ?? []), ...alwaysPreserved];
  const finalizers = preservedFinalizers.flatMap((prefix) =>
    (live.metadata.finalizers ?? []).filter((finalizer) => finalizer.startsWith(prefix)),
  );
  return {
    annotations: {
      ...metadata.annotations,
      ...picked(live.metadata.annotations, keptAnnotations),
    },
    labels: {
      ...metadata.labels,
      ...picked(live.metadata.labels, [...labels, ...(global.labels ?? [])]),
    },
    finalizers: [...(metadata.finalizers ?? []), ...finalizers],
    ownerReferences: withOwner(ownersOf(live), ownerReference(set)),
  };
}

function picked(
  values: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => keys.includes(key)));
}

/** An owner of an object. */
interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

function ownerReference({ metadata }: ApplicationSet): OwnerReference {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

function ownersOf({ metadata }: GeneratedApplication): readonly OwnerReference[] {
  const owners = metadata['ownerReferences'];
  return Array.isArray(owners) ? (owners as OwnerReference[]) : [];
}

function withOwner(owners: readonly OwnerReference[], owner: OwnerReference): OwnerReference[] {
  const others = owners.filter((one) => !isSameOwner(one, owner));
  return others.length === owners.length
    ? [...owners, owner]
    : owners.map((one) => (isSameOwner(one, owner) ? owner : one));
}

function isSameOwner(a: OwnerReference, b: OwnerReference): boolean {
  return groupOf(a) === groupOf(b) && a.kind === b.kind && a.name === b.name;
}

function groupOf({ apiVersion }: OwnerReference): string {
  return apiVersion.split('/')[0] ?? '';
}

/** The set that controls an Application; undefined: none does. */
export function controllingSet(application: GeneratedApplication): string | undefined {
  const owner = ownersOf(application).find(({ controller }) => controller === true);
  return owner?.apiVersion === 'argoproj.io/v1alpha1' && owner.kind === 'ApplicationSet'
    ? owner.name
    : undefined;
}

/** Why a set cannot become the owner: another object controls the Application. */
function ownershipProblem(set: ApplicationSet, live: GeneratedApplication): string | undefined {
  const owner = ownersOf(live).find(({ controller }) => controller === true);
  if (owner === undefined || isSameOwner(owner, ownerReference(set))) return undefined;
  const { namespace = '', name = '' } = live.metadata;
  return (
    'error while wrapping using MutateFn: ' +
    `Object ${namespace}/${name} is already owned by another ${owner.kind} controller ${owner.name}`
  );
}
