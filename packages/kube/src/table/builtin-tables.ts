import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
  goPrint,
} from '../json/value.ts';
import { ageOf } from './ages.ts';
import { ageColumn, createdColumn, describe, integer, nameColumn, text } from './columns.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';
import { selectorCellOfMap, workloadTables } from './workload-tables.ts';

type Cell = (object: JsonObject, nowMs: number) => Json;

/** A table whose first column is the name and whose last is the age. */
function simple(...middle: readonly (readonly [ReturnType<typeof text>, Cell])[]): TableModel {
  return {
    columns: [nameColumn, ...middle.map(([column]) => column), ageColumn],
    cells: (object, nowMs) => [
      nameCell(object),
      ...middle.map(([, cell]) => cell(object, nowMs)),
      ageCell(object, nowMs),
    ],
  };
}

function size(value: Json | undefined): number {
  return isObject(value) ? Object.keys(value).length : asArray(value).length;
}

function orNone(value: Json | undefined): string {
  return asString(value) || '<none>';
}

function servicePorts(service: JsonObject): string {
  const ports = asArray(at(service, 'spec', 'ports')).map(asObject);
  if (ports.length === 0) return '<none>';
  return ports
    .map((port) => {
      const node = asNumber(port['nodePort']);
      return `${asNumber(port['port'])}${node > 0 ? `:${node}` : ''}/${asString(port['protocol'])}`;
    })
    .join(',');
}

function externalIp(service: JsonObject): string {
  const given = asArray(at(service, 'spec', 'externalIPs')).map(asString);
  const balancer = asArray(at(service, 'status', 'loadBalancer', 'ingress')).map(
    (entry) => asString(at(entry, 'ip')) || asString(at(entry, 'hostname')),
  );
  switch (at(service, 'spec', 'type')) {
    case 'LoadBalancer':
      return [...balancer, ...given].join(',') || '<pending>';
    case 'ExternalName':
      return asString(at(service, 'spec', 'externalName')) || '<none>';
    default:
      return given.join(',') || '<none>';
  }
}

const serviceTable: TableModel = {
  columns: [
    nameColumn,
    text('Type', describe('V1ServiceSpec', 'type')),
    text('Cluster-IP', describe('V1ServiceSpec', 'clusterIP')),
    text('External-IP', describe('V1ServiceSpec', 'externalIPs')),
    text('Port(s)', describe('V1ServiceSpec', 'ports')),
    ageColumn,
    text('Selector', describe('V1ServiceSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    asString(at(object, 'spec', 'type')),
    orNone(at(object, 'spec', 'clusterIP')),
    externalIp(object),
    servicePorts(object),
    ageCell(object, nowMs),
    selectorCellOfMap(at(object, 'spec', 'selector')),
  ],
};

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(object: JsonObject, ...path: string[]): string {
  return asArray(at(object, ...path))
    .map((mode) => modes[asString(mode)] ?? asString(mode))
    .join(',');
}

const claimTable: TableModel = {
  columns: [
    nameColumn,
    text('Status', describe('V1PersistentVolumeClaimStatus', 'phase')),
    text('Volume', describe('V1PersistentVolumeClaimSpec', 'volumeName')),
    text('Capacity', describe('V1PersistentVolumeClaimStatus', 'capacity')),
    text('Access Modes', describe('V1PersistentVolumeClaimStatus', 'accessModes')),
    text('StorageClass', describe('V1PersistentVolumeClaimSpec', 'storageClassName')),
    text(
      'VolumeAttributesClass',
      describe('V1PersistentVolumeClaimSpec', 'volumeAttributesClassName'),
    ),
    ageColumn,
    text('VolumeMode', describe('V1PersistentVolumeClaimSpec', 'volumeMode'), 1),
  ],
  cells: (object, nowMs) => {
    const volume = asString(at(object, 'spec', 'volumeName'));
    const deleting = at(object, 'metadata', 'deletionTimestamp') !== undefined;
    return [
      nameCell(object),
      deleting ? 'Terminating' : asString(at(object, 'status', 'phase')),
      volume,
      volume === '' ? '' : asString(at(object, 'status', 'capacity', 'storage')),
      volume === '' ? '' : accessModes(object, 'status', 'accessModes'),
      asString(at(object, 'spec', 'storageClassName')),
      asString(at(object, 'spec', 'volumeAttributesClassName')) || '<unset>',
      ageCell(object, nowMs),
      asString(at(object, 'spec', 'volumeMode')) || '<unset>',
    ];
  },
};

const eventTable: TableModel = {
  columns: [
    text('Last Seen', describe('CoreV1Event', 'lastTimestamp')),
    text('Type', describe('CoreV1Event', 'type')),
    text('Reason', describe('CoreV1Event', 'reason')),
    text('Object', describe('CoreV1Event', 'involvedObject')),
    text('Subobject', describe('V1ObjectReference', 'fieldPath'), 1),
    text('Source', describe('CoreV1Event', 'source'), 1),
    text('Message', describe('CoreV1Event', 'message')),
    text('First Seen', describe('CoreV1Event', 'firstTimestamp'), 1),
    text('Count', describe('CoreV1Event', 'count'), 1),
    { ...nameColumn, priority: 1 },
  ],
  cells: (object, nowMs) => {
    const firstSeen = asString(object['firstTimestamp']) || asString(object['eventTime']);
    const lastSeen = asString(object['lastTimestamp']) || firstSeen;
    const kind = asString(at(object, 'involvedObject', 'kind')).toLowerCase();
    return [
      ageOf(lastSeen, nowMs),
      asString(object['type']),
      asString(object['reason']),
      `${kind}/${asString(at(object, 'involvedObject', 'name'))}`,
      asString(at(object, 'involvedObject', 'fieldPath')),
      [at(object, 'source', 'component'), at(object, 'source', 'host')]
        .map(asString)
        .filter(Boolean)
        .join(', ') || asString(object['reportingComponent']),
      asString(object['message']).trim(),
      ageOf(firstSeen, nowMs),
      asNumber(object['count'], 1),
      nameCell(object),
    ];
  },
};

function hosts(ingress: JsonObject): string {
  const found = asArray(at(ingress, 'spec', 'rules'))
    .map((rule) => asString(at(rule, 'host')))
    .filter((host) => host !== '');
  const shown = [...new Set(found)];
  if (shown.length === 0) return '*';
  return shown.length > 3
    ? `${shown.slice(0, 3).join(',')} + ${shown.length - 3} more...`
    : shown.join(',');
}

function addresses(ingress: JsonObject): string {
  return asArray(at(ingress, 'status', 'loadBalancer', 'ingress'))
    .map((entry) => asString(at(entry, 'ip')) || asString(at(entry, 'hostname')))
    .join(',');
}

function roleOf(binding: JsonObject): string {
  return `${asString(at(binding, 'roleRef', 'kind'))}/${asString(at(binding, 'roleRef', 'name'))}`;
}

function subjects(binding: JsonObject, kind: string): string {
  return asArray(binding['subjects'])
    .filter((subject) => at(subject, 'kind') === kind)
    .map((subject) => {
      const name = asString(at(subject, 'name'));
      return kind === 'ServiceAccount' ? `${asString(at(subject, 'namespace'))}/${name}` : name;
    })
    .join(', ');
}

const roleTable: TableModel = {
  columns: [nameColumn, createdColumn],
  cells: (object) => [nameCell(object), asString(at(object, 'metadata', 'creationTimestamp'))],
};

const bindingTable: TableModel = {
  columns: [
    nameColumn,
    text('Role', describe('V1RoleBinding', 'roleRef')),
    ageColumn,
    text('Users', 'Users in the roleBinding', 1),
    text('Groups', 'Groups in the roleBinding', 1),
    text('ServiceAccounts', 'ServiceAccounts in the roleBinding', 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    roleOf(object),
    ageCell(object, nowMs),
    subjects(object, 'User'),
    subjects(object, 'Group'),
    subjects(object, 'ServiceAccount'),
  ],
};

const podSelectorText =
  "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.";

function podSelector(policy: JsonObject): string {
  return selectorCellOfMap(at(policy, 'spec', 'podSelector', 'matchLabels'));
}

function nodeStatus(node: JsonObject): string {
  const ready = asArray(at(node, 'status', 'conditions')).find(
    (condition) => at(condition, 'type') === 'Ready',
  );
  const word =
    ready === undefined ? 'Unknown' : at(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

function quotaUse(quota: JsonObject, limits: boolean): string {
  const hard = asObject(at(quota, 'status', 'hard'));
  const used = asObject(at(quota, 'status', 'used'));
  return Object.keys(hard)
    .filter((key) => key.startsWith('limits.') === limits)
    .sort()
    .map((key) => `${key}: ${asString(used[key])}/${asString(hard[key])}`)
    .join(', ');
}

/** Tables of the built-in kinds, by `apiVersion/kind`. Others show name and age. */
export const builtinTables: Readonly<Record<string, TableModel>> = {
  ...workloadTables,
  'v1/ConfigMap': simple([
    text('Data', describe('V1ConfigMap', 'data')),
    (object) => size(object['data']) + size(object['binaryData']),
  ]),
  'v1/Secret': simple(
    [text('Type', describe('V1Secret', 'type')), (object) => asString(object['type'])],
    [text('Data', describe('V1Secret', 'data')), (object) => size(object['data'])],
  ),
  'v1/Namespace': simple([
    text('Status', 'The status of the namespace'),
    (object) => asString(at(object, 'status', 'phase')),
  ]),
  'v1/Service': serviceTable,
  'v1/PersistentVolumeClaim': claimTable,
  'v1/Event': eventTable,
  'v1/ServiceAccount': simple(),
  'v1/Node': simple([text('Status', 'The status of the node'), nodeStatus]),
  'v1/Endpoints': simple([text('Endpoints', describe('V1Endpoints', 'subsets')), endpointsCell]),
  'v1/ResourceQuota': {
    columns: [
      nameColumn,
      text(
        'Request',
        'Request represents a minimum amount of cpu/memory that a container may consume.',
      ),
      text(
        'Limit',
        'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      ),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameCell(object),
      quotaUse(object, false),
      quotaUse(object, true),
      ageCell(object, nowMs),
    ],
  },
  'networking.k8s.io/v1/Ingress': simple(
    [
      text(
        'Class',
        'The name of the IngressClass resource that should be used for additional configuration',
      ),
      (object) => orNone(at(object, 'spec', 'ingressClassName')),
    ],
    [
      text('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
      hosts,
    ],
    [
      text('Address', 'Address is a list containing ingress points for the load-balancer'),
      addresses,
    ],
    [
      text('Ports', 'Ports of TLS configurations that open'),
      (object) => (size(at(object, 'spec', 'tls')) > 0 ? '80, 443' : '80'),
    ],
  ),
  'networking.k8s.io/v1/NetworkPolicy': simple([
    text('Pod-Selector', podSelectorText),
    podSelector,
  ]),
  'policy/v1/PodDisruptionBudget': simple(
    [
      text('Min Available', 'The minimum number of pods that must be available.'),
      (object) => minMax(at(object, 'spec', 'minAvailable')),
    ],
    [
      text('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
      (object) => minMax(at(object, 'spec', 'maxUnavailable')),
    ],
    [
      integer(
        'Allowed Disruptions',
        'Calculated number of pods that may be disrupted at this time.',
      ),
      (object) => asNumber(at(object, 'status', 'disruptionsAllowed')),
    ],
  ),
  'coordination.k8s.io/v1/Lease': simple([
    text('Holder', describe('V1LeaseSpec', 'holderIdentity')),
    (object) => asString(at(object, 'spec', 'holderIdentity')),
  ]),
  'rbac.authorization.k8s.io/v1/Role': roleTable,
  'rbac.authorization.k8s.io/v1/ClusterRole': roleTable,
  'rbac.authorization.k8s.io/v1/RoleBinding': bindingTable,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': bindingTable,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': roleTable,
  'scheduling.k8s.io/v1/PriorityClass': simple(
    [integer('Value', describe('V1PriorityClass', 'value')), (object) => asNumber(object['value'])],
    [
      {
        name: 'Global-Default',
        type: 'boolean',
        description: describe('V1PriorityClass', 'globalDefault'),
        priority: 0,
      },
      (object) => object['globalDefault'] === true,
    ],
  ),
  'storage.k8s.io/v1/StorageClass': simple(
    [
      text('Provisioner', describe('V1StorageClass', 'provisioner')),
      (object) => asString(object['provisioner']),
    ],
    [
      text('ReclaimPolicy', describe('V1StorageClass', 'reclaimPolicy')),
      (object) => asString(object['reclaimPolicy']),
    ],
  ),
};

function minMax(value: Json | undefined): string {
  return value === undefined ? 'N/A' : goPrint(value);
}

function endpointsCell(endpoints: JsonObject): string {
  const found = asArray(endpoints['subsets']).flatMap((subset) =>
    asArray(at(subset, 'addresses')).flatMap((address) =>
      asArray(at(subset, 'ports')).map(
        (port) => `${asString(at(address, 'ip'))}:${asNumber(at(port, 'port'))}`,
      ),
    ),
  );
  if (found.length === 0) return '<none>';
  return found.length > 3
    ? `${found.slice(0, 3).join(',')} + ${found.length - 3} more...`
    : found.join(',');
}
