import { difference, type FieldSet, intersection, isEmptySet } from '../apply/field-set.ts';
import { type Manager, readManagers, sameManager } from '../apply/managed-fields.ts';
import { asNumber, asObject, asString, at, type JsonObject, quote, withAt } from '../json/value.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { stepsOf } from '../kinds/custom-scale.ts';
import { formatSelector, selectorOf } from '../selectors/label-selector.ts';
import { badRequest, internal, invalid } from '../status/status-error.ts';
import { invalidValue } from '../validation/field-error.ts';
import { nameOf } from './present.ts';

interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

function pathsOf(resource: Resource): ScalePaths {
  const scale = resource.custom?.scale;
  if (scale === undefined)
    return { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined };
  const selector = stepsOf(scale['labelSelectorPath']);
  return {
    spec: stepsOf(scale['specReplicasPath']),
    status: stepsOf(scale['statusReplicasPath']),
    selector: selector.length === 0 ? undefined : selector,
  };
}

/** The Scale of an object. */
export function scaleOf(resource: Resource, object: JsonObject): JsonObject {
  const paths = pathsOf(resource);
  const metadata = asObject(object['metadata']);
  const kept = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'];
  const status: JsonObject = { replicas: asNumber(at(object, ...paths.status)) };
  const selector = selectorText(resource, object, paths);
  if (selector !== '') status['selector'] = selector;
  const replicas = asNumber(at(object, ...paths.spec));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: Object.fromEntries(
      kept.filter((key) => metadata[key] !== undefined).map((key) => [key, metadata[key] ?? '']),
    ),
    spec: replicas === 0 ? {} : { replicas },
    status,
  };
}

function selectorText(resource: Resource, object: JsonObject, paths: ScalePaths): string {
  if (paths.selector !== undefined) return asString(at(object, ...paths.selector));
  if (resource.custom !== undefined) return '';
  const selector = at(object, 'spec', 'selector');
  const isMap = resource.kind === 'ReplicationController';
  return formatSelector(selectorOf(isMap ? { matchLabels: selector ?? {} } : selector));
}

/** What stands for replicas that an object does not have, as in Kubernetes. */
const noReplicas = -2147483648;

/** The Scale of an object as it is read: one without replicas has none. */
export function readScale(resource: Resource, object: JsonObject): JsonObject {
  if (lacksReplicas(resource, object))
    throw internal(
      `Internal error occurred: the spec replicas field ${quote(specPathOf(resource))} does not exist`,
    );
  return scaleOf(resource, object);
}

/** The Scale of an object as it is written over. */
export function writtenScale(resource: Resource, object: JsonObject): JsonObject {
  const scale = scaleOf(resource, object);
  return lacksReplicas(resource, object) ? withAt(scale, ['spec', 'replicas'], noReplicas) : scale;
}

function specPathOf(resource: Resource): string {
  return asString(resource.custom?.scale?.['specReplicasPath']);
}

function lacksReplicas(resource: Resource, object: JsonObject): boolean {
  return resource.custom !== undefined && at(object, ...pathsOf(resource).spec) === undefined;
}

/** An object with the replicas of a Scale. */
export function withScale(resource: Resource, object: JsonObject, scale: JsonObject): JsonObject {
  const replicas = asNumber(at(scale, 'spec', 'replicas'));
  if (resource.custom !== undefined && replicas === noReplicas)
    throw badRequest(`the spec replicas field ${quote(specPathOf(resource))} cannot be empty`);
  if (resource.custom === undefined && replicas < 0) {
    const fault = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, nameOf(object), [fault]);
  }
  const version = asString(at(scale, 'metadata', 'resourceVersion'));
  const changed = withAt(object, [...pathsOf(resource).spec], replicas);
  return version === '' ? changed : withAt(changed, ['metadata', 'resourceVersion'], version);
}

const replicasInScale = setOf(['spec', 'replicas']);
const scaleVersion = 'autoscaling/v1';

/** The managers of an object as those of its Scale: who manages its replicas. */
export function scaleManagers(resource: Resource, object: JsonObject): Manager[] {
  const path = setOf(pathsOf(resource).spec);
  return readManagers(object)
    .filter(({ set }) => !isEmptySet(intersection(set, path)))
    .map((manager) => ({ ...manager, apiVersion: scaleVersion, set: replicasInScale }));
}

/** The managers of an object after its Scale was applied: one that lost the replicas manages them no more. */
export function objectManagers(
  resource: Resource,
  object: JsonObject,
  ofScale: readonly Manager[],
): Manager[] {
  const path = setOf(pathsOf(resource).spec);
  const holders = ofScale.filter(({ set }) => !isEmptySet(intersection(set, replicasInScale)));
  const isHolder = (manager: Manager): boolean =>
    holders.some((holder) => sameManager({ ...holder, apiVersion: manager.apiVersion }, manager));
  const before = readManagers(object);
  const known = before.map((manager) =>
    isHolder(manager) ? manager : { ...manager, set: difference(manager.set, path) },
  );
  const apiVersion = apiVersionOf(resource);
  const added = holders
    .map((holder) => ({ ...holder, apiVersion, set: path }))
    .filter((holder) => !before.some((manager) => sameManager(manager, holder)));
  return [...known, ...added].filter(({ set }) => !isEmptySet(set));
}

function setOf(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>(
    (inner, step) => ({ member: false, children: new Map([[`f:${step}`, inner]]) }),
    { member: true, children: new Map() },
  );
}
