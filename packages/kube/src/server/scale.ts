import {
  asNumber,
  asObject,
  asString,
  at,
  type Json,
  type JsonObject,
  withAt,
} from '../json/value.ts';
import type { Resource } from '../resources/resource.ts';
import { formatSelector, selectorOf } from '../selectors/label-selector.ts';
import { invalid } from '../status/status-error.ts';
import { invalidValue } from '../validation/field-error.ts';
import { nameOf } from './present.ts';

interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

function steps(path: Json | undefined): string[] {
  return asString(path)
    .split('.')
    .filter((step) => step !== '');
}

function pathsOf(resource: Resource): ScalePaths {
  const scale = resource.custom?.scale;
  if (scale === undefined)
    return { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined };
  const selector = steps(scale['labelSelectorPath']);
  return {
    spec: steps(scale['specReplicasPath']),
    status: steps(scale['statusReplicasPath']),
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

/** An object with the replicas of a Scale. */
export function withScale(resource: Resource, object: JsonObject, scale: JsonObject): JsonObject {
  const replicas = asNumber(at(scale, 'spec', 'replicas'));
  if (replicas < 0) {
    const fault = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, nameOf(object), [fault]);
  }
  const version = asString(at(scale, 'metadata', 'resourceVersion'));
  const changed = withAt(object, [...pathsOf(resource).spec], replicas);
  return version === '' ? changed : withAt(changed, ['metadata', 'resourceVersion'], version);
}
