import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  equal,
  type Json,
  type JsonObject,
  without,
} from '../json/value.ts';
import { matchesLabels, selectorOf } from '../selectors/label-selector.ts';
import type { Context } from '../server/context.ts';
import {
  controllerReference,
  isDeleting,
  isFinished,
  isReady,
  nameOf,
  namespaceOf,
} from './objects.ts';
import type { Controller } from './manager.ts';
import { create, remove, update } from './writes.ts';

const slices = 'endpointslices.discovery.k8s.io';

/** Lists the pods behind each Service, in Endpoints and in an EndpointSlice. */
export const endpointsController: Controller = {
  name: 'endpoints',
  keys: (context, event) => {
    if (event.resource === 'services') return [event.key];
    if (event.resource !== 'pods') return [];
    const states = [event.object, ...(event.previous === undefined ? [] : [event.previous])];
    return context.store
      .list('services', namespaceOf(event.object))
      .filter((service) => states.some((pod) => selectsPod(service, pod)))
      .map((service) => `${namespaceOf(service)}/${nameOf(service)}`);
  },
  reconcile: (context, key) => {
    const service = context.store.get('services', key);
    if (service === undefined) clear(context, key);
    else if (!isDeleting(service) && hasSelector(service)) write(context, service);
    return undefined;
  },
};

function hasSelector(service: JsonObject): boolean {
  return Object.keys(asObject(at(service, 'spec', 'selector'))).length > 0;
}

function selectsPod(service: JsonObject, pod: JsonObject): boolean {
  const selector = selectorOf({ matchLabels: at(service, 'spec', 'selector') ?? {} });
  return hasSelector(service) && matchesLabels(selector, asObject(at(pod, 'metadata', 'labels')));
}

function clear(context: Context, key: string): void {
  const endpoints = context.store.get('endpoints', key);
  if (endpoints !== undefined) remove(context, 'endpoints', endpoints);
  const slice = context.store.get(slices, key);
  if (slice !== undefined) remove(context, slices, slice);
}

function portOf(pod: JsonObject, port: JsonObject): number {
  const target = port['targetPort'];
  if (typeof target === 'number') return target;
  const named = asArray(at(pod, 'spec', 'containers'))
    .flatMap((container) => asArray(at(container, 'ports')))
    .find((entry) => at(entry, 'name') === target);
  return asNumber(at(named, 'containerPort'), asNumber(port['port']));
}

function addressOf(pod: JsonObject): JsonObject {
  const node = asString(at(pod, 'spec', 'nodeName'));
  return {
    ip: at(pod, 'status', 'podIP') ?? '',
    ...(node === '' ? {} : { nodeName: node }),
    targetRef: {
      kind: 'Pod',
      namespace: namespaceOf(pod),
      name: nameOf(pod),
      uid: at(pod, 'metadata', 'uid') ?? '',
    },
  };
}

function write(context: Context, service: JsonObject): void {
  const pods = context.store
    .list('pods', namespaceOf(service))
    .filter(
      (pod) =>
        selectsPod(service, pod) &&
        !isDeleting(pod) &&
        !isFinished(pod) &&
        asString(at(pod, 'status', 'podIP')) !== '',
    );
  const ports = asArray(at(service, 'spec', 'ports')).map(asObject);
  writeEndpoints(context, service, { pods, ports });
  writeSlice(context, service, { pods, ports });
}

interface Behind {
  readonly pods: readonly JsonObject[];
  readonly ports: readonly JsonObject[];
}

function endpointPorts({ pods, ports }: Behind): JsonObject[] {
  return ports.map((port) => ({
    ...(port['name'] === undefined ? {} : { name: port['name'] }),
    port: pods[0] === undefined ? asNumber(port['port']) : portOf(pods[0], port),
    protocol: port['protocol'] ?? 'TCP',
  }));
}

function writeEndpoints(context: Context, service: JsonObject, behind: Behind): void {
  const ready = behind.pods.filter(isReady).map(addressOf);
  const others = behind.pods.filter((pod) => !isReady(pod)).map(addressOf);
  const subset: JsonObject = {};
  if (ready.length > 0) subset['addresses'] = ready;
  if (others.length > 0) subset['notReadyAddresses'] = others;
  const subsets: Json[] =
    behind.pods.length === 0 ? [] : [{ ...subset, ports: endpointPorts(behind) }];
  put(context, 'endpoints', {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: {
      name: nameOf(service),
      namespace: namespaceOf(service),
      labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    },
    ...(subsets.length === 0 ? {} : { subsets }),
  });
}

function writeSlice(context: Context, service: JsonObject, behind: Behind): void {
  put(context, slices, {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: nameOf(service),
      namespace: namespaceOf(service),
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': nameOf(service),
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: behind.pods.map((pod) => {
      const address = addressOf(pod);
      const isServing = isReady(pod);
      return {
        addresses: [address['ip'] ?? ''],
        conditions: { ready: isServing, serving: isServing, terminating: false },
        ...without(address, 'ip'),
      };
    }),
    // A slice names each of its ports, if only by nothing.
    ports: endpointPorts(behind).map((port) => ({ name: '', ...port })),
  });
}

/** Creates or changes an object, when it differs in more than what the server adds. */
function put(context: Context, storage: string, wanted: JsonObject): void {
  const live = context.store.get(storage, `${namespaceOf(wanted)}/${nameOf(wanted)}`);
  if (live === undefined) {
    create(context, storage, wanted);
    return;
  }
  const next = {
    ...wanted,
    metadata: { ...asObject(live['metadata']), labels: at(wanted, 'metadata', 'labels') ?? {} },
  };
  const same = Object.keys(without(wanted, 'metadata')).every((key) =>
    equal(wanted[key], live[key]),
  );
  if (!same || (live['subsets'] !== undefined && wanted['subsets'] === undefined))
    update(context, storage, next);
}
