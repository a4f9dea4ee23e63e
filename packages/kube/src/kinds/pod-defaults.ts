import {
  asArray,
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';

/** Sets a field that is not there. */
export function preset(object: JsonObject, key: string, value: Json): JsonObject {
  const found = object[key];
  return found === undefined || found === null || found === ''
    ? { ...object, [key]: value }
    : object;
}

export function presets(object: JsonObject, values: JsonObject): JsonObject {
  return Object.entries(values).reduce((out, [key, value]) => preset(out, key, value), object);
}

/** Changes a field that is an object and there. */
export function inside(
  object: JsonObject,
  key: string,
  change: (inner: JsonObject) => JsonObject,
): JsonObject {
  const found = object[key];
  return isObject(found) ? { ...object, [key]: change(found) } : object;
}

/** Changes each entry of a field that is a list and there. */
export function each(
  object: JsonObject,
  key: string,
  change: (entry: JsonObject) => JsonObject,
): JsonObject {
  const found = object[key];
  if (!Array.isArray(found)) return object;
  return { ...object, [key]: found.map((entry) => (isObject(entry) ? change(entry) : entry)) };
}

/** Whether an image is pulled each time: one without a tag, or with `latest`. */
export function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: JsonObject): JsonObject {
  const filled = presets(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const numbers = ['timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];
  const fixed = numbers.reduce(
    (out, key) =>
      out[key] === 0
        ? { ...out, [key]: key === 'periodSeconds' ? 10 : key === 'failureThreshold' ? 3 : 1 }
        : out,
    filled,
  );
  const handled = inside(fixed, 'httpGet', (get) => presets(get, { path: '/', scheme: 'HTTP' }));
  return inside(handled, 'grpc', (grpc) =>
    grpc['service'] === undefined ? { ...grpc, service: '' } : grpc,
  );
}

function defaultHandler(handler: JsonObject): JsonObject {
  return inside(handler, 'httpGet', (get) => presets(get, { path: '/', scheme: 'HTTP' }));
}

function defaultContainer(container: JsonObject): JsonObject {
  let out = presets(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(asString(container['image'])),
  });
  out = each(out, 'ports', (port) => preset(port, 'protocol', 'TCP'));
  out = each(out, 'env', (entry) =>
    inside(entry, 'valueFrom', (from) =>
      inside(from, 'fieldRef', (ref) => preset(ref, 'apiVersion', 'v1')),
    ),
  );
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    out = inside(out, key, defaultProbe);
  out = inside(out, 'lifecycle', (lifecycle) =>
    inside(inside(lifecycle, 'preStop', defaultHandler), 'postStart', defaultHandler),
  );
  return inside(out, 'resources', defaultRequests);
}

/** Requests that are not given are the limits. */
function defaultRequests(resources: JsonObject): JsonObject {
  const limits = asObject(resources['limits']);
  if (Object.keys(limits).length === 0) return resources;
  return { ...resources, requests: { ...limits, ...asObject(resources['requests']) } };
}

function defaultVolume(given: JsonObject): JsonObject {
  const hasSource = Object.keys(given).some((key) => key !== 'name');
  const volume = hasSource ? given : { ...given, emptyDir: {} };
  const mode = (source: JsonObject): JsonObject => preset(source, 'defaultMode', 420);
  let out = inside(volume, 'secret', mode);
  out = inside(out, 'configMap', mode);
  out = inside(out, 'downwardAPI', (source) => each(mode(source), 'items', defaultFieldItem));
  out = inside(out, 'projected', (source) => each(mode(source), 'sources', defaultProjection));
  out = inside(out, 'hostPath', (source) =>
    source['type'] === undefined ? { ...source, type: '' } : source,
  );
  return inside(out, 'ephemeral', (source) =>
    inside(source, 'volumeClaimTemplate', (template) =>
      inside(template, 'spec', (spec) => preset(spec, 'volumeMode', 'Filesystem')),
    ),
  );
}

function defaultFieldItem(item: JsonObject): JsonObject {
  return inside(item, 'fieldRef', (ref) => preset(ref, 'apiVersion', 'v1'));
}

function defaultProjection(source: JsonObject): JsonObject {
  const token = inside(source, 'serviceAccountToken', (inner) =>
    preset(inner, 'expirationSeconds', 3600),
  );
  return inside(token, 'downwardAPI', (inner) => each(inner, 'items', defaultFieldItem));
}

/** The defaults of a pod's spec, in a pod or in a template. */
export function defaultPodSpec(spec: JsonObject): JsonObject {
  let out = presets(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  const account = asString(out['serviceAccountName']) || asString(out['serviceAccount']);
  if (account !== '') out = { ...out, serviceAccountName: account, serviceAccount: account };
  for (const key of ['containers', 'initContainers', 'ephemeralContainers'])
    out = each(out, key, defaultContainer);
  out = each(out, 'volumes', defaultVolume);
  return each(out, 'topologySpreadConstraints', (entry) => entry);
}

/** The defaults inside `spec.template` of a workload. */
export function defaultTemplate(object: JsonObject, ...path: string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return inside(object, 'spec', defaultPodSpec);
  return inside(object, key, (inner) => defaultTemplate(inner, ...rest));
}

const pressures = ['not-ready', 'unreachable'];

/** What admission adds to each pod. */
export function admittedPodSpec(spec: JsonObject): JsonObject {
  const tolerations = asArray(spec['tolerations']);
  const added = pressures
    .map((name) => `node.kubernetes.io/${name}`)
    .filter((key) => !tolerations.some((entry) => tolerates(entry, key)))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return presets(
    { ...spec, tolerations: [...tolerations, ...added] },
    { enableServiceLinks: true },
  );
}

function tolerates(entry: Json, key: string): boolean {
  const found = asString(at(entry, 'key'));
  const effect = asString(at(entry, 'effect'));
  return (
    (found === key || (found === '' && at(entry, 'operator') === 'Exists')) &&
    (effect === '' || effect === 'NoExecute')
  );
}

/** Guaranteed, Burstable or BestEffort, by what the containers ask for. */
export function qosClass(spec: JsonObject): string {
  const containers = [...asArray(spec['containers']), ...asArray(spec['initContainers'])].map(
    (entry) => asObject(asObject(entry)['resources']),
  );
  const asked = (resources: JsonObject, kind: string): JsonObject => {
    const found = asObject(resources[kind]);
    return Object.fromEntries(
      ['cpu', 'memory']
        .filter((key) => found[key] !== undefined && found[key] !== '0')
        .map((key) => [key, found[key] ?? '']),
    );
  };
  const any = containers.some(
    (entry) =>
      Object.keys(asked(entry, 'requests')).length + Object.keys(asked(entry, 'limits')).length > 0,
  );
  if (!any) return 'BestEffort';
  const guaranteed = containers.every((entry) => {
    const [requests, limits] = [asked(entry, 'requests'), asked(entry, 'limits')];
    return (
      Object.keys(limits).length === 2 &&
      ['cpu', 'memory'].every((key) => requests[key] === limits[key])
    );
  });
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
