import {
  isAnyHook,
  isSkipped,
  hasAnnotationValue,
  syncAnnotations,
} from '../../argocd/sync/index.ts';
import { isRecord, valueAt } from '../../generate/value-at.ts';
import { compareResources, type ComparedResource } from '../compare-manifests.ts';
import type { DiffError, Masker, ResourceName, Risk } from '../model.ts';
import {
  identityOf,
  readResource,
  splitDocuments,
  type RenderedResource,
} from '../read-resources.ts';
import { comparable, lastApplied, withoutDropped } from './comparable.ts';
import { rulesFor } from './ignored-fields.ts';
import type { KindScope, LiveAnswer, LiveCluster, PlainObject } from './live-cluster.ts';
import { nameOf, type LiveIndex } from './live-index.ts';
import type { LiveUnit } from './live-unit.ts';
import { trackedObject } from './tracking.ts';

/** What came of the objects of one unit. */
export interface UnitDiff {
  readonly resources: readonly ComparedResource[];
  readonly errors: readonly DiffError[];
  /** Objects that are hooks: they run in a sync, and are no state. */
  readonly hooks: number;
  /** Names of objects in no manifest that Argo CD leaves alone, for they say `Prune=false`. */
  readonly kept: readonly string[];
  /** Whether fields are ignored in ways that are not read here. */
  readonly isPartial: boolean;
}

export interface LiveTools {
  readonly cluster: LiveCluster;
  readonly index: LiveIndex;
  readonly masker: Masker;
}

/** One object compared, or why it cannot be. */
type Outcome =
  | { readonly resources: readonly ComparedResource[] }
  | { readonly message: string; readonly isRemote: boolean };

/**
 * Compares the objects of a manifest with what the cluster has, as Argo CD's server-side comparison does:
 * the live object with what a dry run makes of the apply. Then come the objects that Argo CD would prune.
 * Source: Argo CD 3.5.1 gitops-engine/pkg/diff/diff.go, controller/state.go. Throws UnreadableDocument.
 */
export async function compareUnit(
  tools: LiveTools,
  unit: LiveUnit,
  manifest: string,
): Promise<UnitDiff> {
  const documents = splitDocuments(manifest)
    .map((text) => readResource(text, unit.namespace).object)
    .flatMap(expandList);
  const objects = documents.filter((object) => !isLeftOut(object));
  const placed = await Promise.all(objects.map((object) => place(tools.cluster, unit, object)));
  const outcomes = await Promise.all(placed.map((object) => compareObject(tools, unit, object)));
  const named = new Set(placed.map(({ object }) => identityOf(nameOf(object))));
  const extra = extraneous(tools, unit, named);
  const resources = [
    ...outcomes.flatMap((outcome) => ('resources' in outcome ? outcome.resources : [])),
    ...extra.resources,
  ];
  return {
    resources: resources.sort((a, b) => (identityOf(a.resource) < identityOf(b.resource) ? -1 : 1)),
    errors: outcomes.flatMap((outcome) => ('message' in outcome ? [errorOf(unit, outcome)] : [])),
    hooks: documents.length - objects.length,
    kept: extra.kept,
    isPartial: objects.some((object) =>
      rulesFor(unit.rules, nameOf(object)).some(({ isPartial }) => isPartial),
    ),
  };
}

/** What an Application has applied that is in no manifest of it, and no hook. */
export function extraneous(
  { index, masker }: Pick<LiveTools, 'index' | 'masker'>,
  { tracker }: LiveUnit,
  named: ReadonlySet<string>,
): { readonly resources: readonly ComparedResource[]; readonly kept: readonly string[] } {
  if (tracker === undefined) return { resources: [], kept: [] };
  const extra = index
    .trackedBy(tracker.application)
    .filter(({ installationId }) => installationId === tracker.installationId)
    .filter(({ resource, object }) => !named.has(identityOf(resource)) && !isLeftOut(object));
  const isKept = (object: PlainObject): boolean =>
    hasAnnotationValue(object, syncAnnotations.options, 'Prune=false');
  return {
    resources: extra
      .filter(({ object }) => !isKept(object))
      .sort((a, b) => (identityOf(a.resource) < identityOf(b.resource) ? -1 : 1))
      .flatMap(({ resource, object }) =>
        compareResources(masked(masker, resource, comparable(object, [])), undefined),
      ),
    kept: extra
      .filter(({ object }) => isKept(object))
      .map(({ resource: { kind, namespace, name } }) =>
        [kind, namespace === undefined ? name : `${namespace}/${name}`].join(' '),
      ),
  };
}

function isLeftOut(object: PlainObject): boolean {
  return isAnyHook(object) || isSkipped(object) || nameOf(object).name === '';
}

/** Argo CD takes the items of a List for objects of their own. */
function expandList(object: PlainObject): PlainObject[] {
  const { kind, items } = object;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [object];
  return items.filter(isRecord);
}

/** An object where it will be; `scope` is undefined when the cluster does not serve its kind. */
interface Placed {
  readonly object: PlainObject;
  readonly scope: KindScope | undefined;
}

async function place(
  cluster: LiveCluster,
  { namespace }: LiveUnit,
  object: PlainObject,
): Promise<Placed> {
  const scope = await cluster.scopeOf(String(object['apiVersion']), String(object['kind']));
  const { namespace: own, ...metadata } = object['metadata'] as Record<string, unknown>;
  if (scope === 'cluster') return { scope, object: { ...object, metadata } };
  const named = typeof own === 'string' && own !== '' ? own : namespace;
  return { scope, object: { ...object, metadata: { ...metadata, namespace: named } } };
}

async function compareObject(
  tools: LiveTools,
  unit: LiveUnit,
  { object, scope }: Placed,
): Promise<Outcome> {
  const { cluster, masker } = tools;
  const desired = unit.tracker === undefined ? object : trackedObject(object, unit.tracker);
  const resource = nameOf(desired);
  const after = masked(masker, resource, desired);
  if (scope === undefined) return added(after, noType(resource));
  const found = tools.index.find(resource);
  const live: LiveAnswer =
    found === undefined ? await cluster.read(resource) : { kind: 'object', object: found };
  const predicted = await cluster.dryRunApply(desired);
  if (predicted.kind === 'no namespace') return added(after, noNamespace(resource));
  for (const answer of [live, predicted]) {
    if (answer.kind === 'forbidden') return { message: answer.message, isRemote: true };
    if (answer.kind === 'refused')
      return { message: refusal(resource, answer.message), isRemote: false };
  }
  if (live.kind !== 'object' || live.object === undefined || predicted.kind !== 'object')
    return added(after);
  return difference(tools, unit, { desired, live: live.object, predicted: predicted.object ?? {} });
}

function difference(
  { masker }: LiveTools,
  unit: LiveUnit,
  states: { readonly desired: PlainObject; readonly live: PlainObject; predicted: PlainObject },
): Outcome {
  const { desired, live } = states;
  const resource = nameOf(desired);
  const last = lastApplied(live);
  const predicted =
    last === undefined
      ? states.predicted
      : (withoutDropped(states.predicted, { last, desired }) as PlainObject);
  const rules = rulesFor(unit.rules, resource);
  const [before, after] = [live, predicted].map((object) =>
    masked(masker, resource, comparable(object, rules)),
  );
  return { resources: compareResources(before, after) };
}

function masked(masker: Masker, name: ResourceName, object: PlainObject): RenderedResource {
  return { name, object: masker.maskObject(object) as PlainObject };
}

function added(after: RenderedResource, reason?: Risk): Outcome {
  const resources = compareResources(undefined, after).map((change) =>
    reason === undefined ? change : { ...change, risks: [...change.risks, reason] },
  );
  return { resources };
}

function noType({ group, version, kind }: ResourceName): Risk {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return {
    level: 'medium',
    badge: 'no CRD',
    reason: `the cluster does not serve ${kind} of ${apiVersion}: its CustomResourceDefinition is not installed`,
  };
}

function noNamespace({ namespace = '' }: ResourceName): Risk {
  return {
    level: 'low',
    badge: 'no namespace',
    reason: `namespace ${namespace} does not exist yet`,
  };
}

function refusal({ kind, namespace, name }: ResourceName, message: string): string {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  return `the cluster refuses ${kind} ${where}: ${message}`;
}

function errorOf(
  { application, node, component }: LiveUnit,
  { message, isRemote }: { readonly message: string; readonly isRemote: boolean },
): DiffError {
  const error = { side: 'head' as const, application, node, component, message };
  return isRemote ? { ...error, isRemote } : error;
}

/** Rules of the Application in a manifest, or of those that its ApplicationSet makes. */
export function ignoreDifferencesOf(manifest: unknown): unknown {
  return (
    valueAt(manifest, ['spec', 'template', 'spec', 'ignoreDifferences']) ??
    valueAt(manifest, ['spec', 'ignoreDifferences'])
  );
}
