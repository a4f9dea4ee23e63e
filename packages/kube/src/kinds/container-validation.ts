import { asArray, asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import { atLeast, maxInt32, oneOf, portNameFaults, within } from '../validation/checks.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  required,
} from '../validation/field-error.ts';
import { asErrors, labelFaults, qualifiedNameFaults } from '../validation/names.ts';

/** Where a container is, and what it may refer to. */
export interface ContainerPlace {
  readonly field: string;
  readonly volumes: readonly string[];
  /** Names of containers so far. */
  readonly seen: Set<string>;
  readonly hostNetwork: boolean;
}

/** Faults of a container (Kubernetes pkg/apis/core/validation validateContainerCommon). */
export function containerFaults(container: JsonObject, place: ContainerPlace): FieldError[] {
  const { field, seen } = place;
  const name = asString(container['name']);
  const faults =
    name === '' ? [required(`${field}.name`)] : asErrors(`${field}.name`, name, labelFaults(name));
  if (name !== '' && seen.has(name)) faults.push(duplicate(`${field}.name`, name));
  seen.add(name);
  return [
    ...faults,
    ...imageFaults(container, field),
    ...oneOf(`${field}.terminationMessagePolicy`, container['terminationMessagePolicy'], [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...portFaults(container, place),
    ...envFaults(container, field),
    ...mountFaults(container, place),
    ...oneOf(`${field}.imagePullPolicy`, container['imagePullPolicy'], [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    ...resourceFaults(asObject(container['resources']), `${field}.resources`),
    ...securityFaults(container['securityContext'], `${field}.securityContext`),
    ...lifecycleFaults(container, field),
    ...probesFaults(container, field),
  ];
}

function imageFaults(container: JsonObject, field: string): FieldError[] {
  const image = asString(container['image']);
  if (image === '') return [required(`${field}.image`)];
  if (image === image.trim()) return [];
  return [invalidValue(`${field}.image`, image, 'must not have leading or trailing whitespace')];
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function portFaults(container: JsonObject, place: ContainerPlace): FieldError[] {
  const names = new Set<string>();
  return asArray(container['ports']).flatMap((entry, index) => {
    const field = `${place.field}.ports[${index}]`;
    const port = asObject(entry);
    const name = asString(port['name']);
    const faults = name === '' ? [] : asErrors(`${field}.name`, name, portNameFaults(name));
    if (name !== '' && names.has(name)) faults.push(duplicate(`${field}.name`, name));
    names.add(name);
    const number = port['containerPort'];
    if (number === 0 || number === undefined) faults.push(required(`${field}.containerPort`));
    else faults.push(...within(`${field}.containerPort`, number, [1, 65_535]));
    faults.push(...hostPortFaults(port, field, place.hostNetwork));
    return [...faults, ...oneOf(`${field}.protocol`, port['protocol'], protocols)];
  });
}

function hostPortFaults(port: JsonObject, field: string, hostNetwork: boolean): FieldError[] {
  const host = port['hostPort'];
  if (host === undefined || host === 0) return [];
  const faults = within(`${field}.hostPort`, host, [1, 65_535]);
  if (hostNetwork && host !== port['containerPort']) {
    const why = 'must match `containerPort` when `hostNetwork` is true';
    faults.push(invalidValue(`${field}.hostPort`, host, why));
  }
  return faults;
}

const valueSources = [
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'fileKeyRef',
];
const noSource =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
const variableRule =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

function envFaults(container: JsonObject, field: string): FieldError[] {
  const own = asArray(container['env']).flatMap((entry, index) =>
    variableFaults(asObject(entry), `${field}.env[${index}]`),
  );
  const from = asArray(container['envFrom']).flatMap((entry) =>
    at(entry, 'configMapRef') === undefined && at(entry, 'secretRef') === undefined
      ? [invalidValue(`${field}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`')]
      : [],
  );
  return [...own, ...from];
}

function variableFaults(entry: JsonObject, field: string): FieldError[] {
  const name = asString(entry['name']);
  const faults: FieldError[] = [];
  if (name === '') faults.push(required(`${field}.name`));
  else if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(name))
    faults.push(invalidValue(`${field}.name`, name, variableRule));
  const from = entry['valueFrom'];
  if (from === undefined || from === null) return faults;
  const place = `${field}.valueFrom`;
  const given = valueSources.filter((source) => at(from, source) !== undefined);
  faults.push(...fieldPathFaults(at(from, 'fieldRef', 'fieldPath'), place));
  if (given.length === 0) faults.push(invalidValue(place, '', noSource));
  if (asString(entry['value']) !== '')
    faults.push(invalidValue(place, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1)
    faults.push(invalidValue(place, '', 'may not have more than one field specified at a time'));
  return faults;
}

const fieldPaths = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

function fieldPathFaults(path: Json | undefined, field: string): FieldError[] {
  if (path === undefined) return [];
  const text = asString(path);
  const place = `${field}.fieldRef.fieldPath`;
  if (text === '') return [required(place)];
  if (fieldPaths.has(text) || /^metadata\.(annotations|labels)\['.+'\]$/.test(text)) return [];
  const why = `error converting fieldPath: field label not supported: ${text}`;
  return [invalidValue(place, text, why)];
}

function mountFaults(container: JsonObject, { field, volumes }: ContainerPlace): FieldError[] {
  const paths = new Set<string>();
  return asArray(container['volumeMounts']).flatMap((mount, index) => {
    const place = `${field}.volumeMounts[${index}]`;
    const volume = asString(at(mount, 'name'));
    const path = asString(at(mount, 'mountPath'));
    const faults: FieldError[] = [];
    if (volume === '') faults.push(required(`${place}.name`));
    else if (!volumes.includes(volume)) faults.push(notFoundValue(`${place}.name`, volume));
    if (path === '') faults.push(required(`${place}.mountPath`));
    if (path !== '' && paths.has(path))
      faults.push(invalidValue(`${place}.mountPath`, path, 'must be unique'));
    paths.add(path);
    const sub = asString(at(mount, 'subPath'));
    const where = `${field}.volumeMounts.subPath`;
    if (sub.startsWith('/')) faults.push(invalidValue(where, sub, 'must be a relative path'));
    if (sub.split('/').includes('..'))
      faults.push(invalidValue(where, sub, "must not contain '..'"));
    return faults;
  });
}

const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage']);

function resourceFaults(resources: JsonObject, field: string): FieldError[] {
  const limits = asObject(resources['limits']);
  const requests = asObject(resources['requests']);
  const faults = [
    ...amountFaults(limits, `${field}.limits`),
    ...amountFaults(requests, `${field}.requests`),
  ];
  for (const [name, given] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) continue;
    const text = asString(given);
    if (quantityValue(text) <= quantityValue(asString(limit))) continue;
    const why = `must be less than or equal to ${name} limit of ${asString(limit)}`;
    faults.push(invalidValue(`${field}.requests`, text, why));
  }
  return faults;
}

function amountFaults(amounts: JsonObject, field: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const place = `${field}[${name}]`;
    const text = asString(amount);
    const faults = asErrors(place, name, qualifiedNameFaults(name));
    const isPlain = !name.includes('/') && !name.startsWith('hugepages-');
    if (faults.length === 0 && isPlain && !standardResources.has(name)) {
      faults.push(
        invalidValue(place, name, 'must be a standard resource type or fully qualified'),
        invalidValue(place, name, 'must be a standard resource for containers'),
      );
    }
    if (quantityValue(text) < 0)
      faults.push(invalidValue(place, text, 'must be greater than or equal to 0'));
    return faults;
  });
}

function securityFaults(context: Json | undefined, field: string): FieldError[] {
  if (context === undefined) return [];
  const faults = ['runAsUser', 'runAsGroup'].flatMap((key) =>
    within(`${field}.${key}`, at(context, key), [0, maxInt32]),
  );
  if (at(context, 'privileged') !== true || at(context, 'allowPrivilegeEscalation') !== false)
    return faults;
  const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
  return [...faults, invalidValue(field, securityText(asObject(context)), why)];
}

/** A security context as Go prints its struct. */
function securityText(context: JsonObject): JsonObject {
  const keys = [
    'capabilities',
    'privileged',
    'seLinuxOptions',
    'windowsOptions',
    'runAsUser',
    'runAsGroup',
    'runAsNonRoot',
    'readOnlyRootFilesystem',
    'allowPrivilegeEscalation',
    'procMount',
    'seccompProfile',
    'appArmorProfile',
  ];
  const named = (key: string): string =>
    key === 'seLinuxOptions' ? 'SELinuxOptions' : `${key.slice(0, 1).toUpperCase()}${key.slice(1)}`;
  return Object.fromEntries(keys.map((key) => [named(key), context[key] ?? null]));
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];

/** A handler is one of several; which one is fixed by what is there. */
function handlerFaults(handler: Json, field: string): FieldError[] {
  const given = handlers.filter((key) => at(handler, key) !== undefined);
  if (given.length === 0) return [required(field, 'must specify a handler type')];
  return given
    .slice(1)
    .map((key) => forbiddenField(`${field}.${key}`, 'may not specify more than 1 handler type'));
}

function lifecycleFaults(container: JsonObject, field: string): FieldError[] {
  return ['postStart', 'preStop'].flatMap((key) => {
    const handler = at(container, 'lifecycle', key);
    return handler === undefined ? [] : handlerFaults(handler, `${field}.lifecycle.${key}`);
  });
}

function probesFaults(container: JsonObject, field: string): FieldError[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) => {
    const probe = container[key];
    if (probe === undefined) return [];
    const place = `${field}.${key}`;
    const faults = [
      ...handlerFaults(probe, place),
      ...[
        'initialDelaySeconds',
        'timeoutSeconds',
        'periodSeconds',
        'successThreshold',
        'failureThreshold',
      ].flatMap((name) => atLeast(`${place}.${name}`, at(probe, name))),
    ];
    const wanted = at(probe, 'successThreshold');
    if (key !== 'readinessProbe' && typeof wanted === 'number' && wanted !== 1)
      faults.push(invalidValue(`${place}.successThreshold`, wanted, 'must be 1'));
    return faults;
  });
}
