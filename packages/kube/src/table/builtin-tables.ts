import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  byKey,
  isObject,
  type Json,
  type JsonObject,
  goPrint,
} from '../json/value.ts';
import { formatSelector, selectorOf } from '../selectors/label-selector.ts';
import { ageOf } from './ages.ts';
import { ageColumn, createdColumn, describe, integer, nameColumn, text } from './columns.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';
import { boolean, firstThree, namedAndAged, tableModel } from './entries.ts';
import { otherTables } from './other-tables.ts';
import { policyTables } from './policy-tables.ts';
import { accessModes, phaseOf, storageClassOf, storageTables } from './storage-tables.ts';
import { selectorCellOfMap, workloadTables } from './workload-tables.ts';

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
  const balancer = balancerAddresses(service);
  switch (at(service, 'spec', 'type')) {
    case 'LoadBalancer':
      return [...balancer, ...given].join(',') || '<pending>';
    case 'ExternalName':
      return asString(at(service, 'spec', 'externalName'));
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

const claimTable: TableModel = {
  columns: [
    nameColumn,
    text('Status', describe('V1PersistentVolumeClaimStatus', 'phase')),
    text('Volume', describe('V1PersistentVolumeClaimSpec', 'volumeName')),
    text('Capacity', describe('V1PersistentVolumeClaimStatus', 'capacity')),
    text('Access Modes', describe('V1PersistentVolumeClaimStatus', 'accessModes')),
    text('StorageClass', 'StorageClass of the pvc'),
    text('VolumeAttributesClass', 'VolumeAttributesClass of the pvc'),
    ageColumn,
    text('VolumeMode', describe('V1PersistentVolumeClaimSpec', 'volumeMode'), 1),
  ],
  cells: (object, nowMs) => {
    const volume = asString(at(object, 'spec', 'volumeName'));
    return [
      nameCell(object),
      phaseOf(object),
      volume,
      volume === '' ? '' : asString(at(object, 'status', 'capacity', 'storage')),
      volume === '' ? '' : accessModes(at(object, 'status', 'accessModes')),
      storageClassOf(object),
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
    const series = asObject(object['series']);
    const isSeries = object['series'] !== undefined;
    const firstSeen = asString(object['firstTimestamp']) || asString(object['eventTime']);
    const lastSeen = asString(object['lastTimestamp']) || firstSeen;
    return [
      ageOf(isSeries ? asString(series['lastObservedTime']) : lastSeen, nowMs),
      asString(object['type']),
      asString(object['reason']),
      involved(object),
      asString(at(object, 'involvedObject', 'fieldPath')),
      sourceOf(object),
      asString(object['message']).trim(),
      ageOf(firstSeen, nowMs),
      isSeries ? asNumber(series['count']) : asNumber(object['count']) || 1,
      nameCell(object),
    ];
  },
};

function involved(event: JsonObject): string {
  const kind = asString(at(event, 'involvedObject', 'kind')).toLowerCase();
  const name = asString(at(event, 'involvedObject', 'name'));
  return name === '' ? kind : `${kind}/${name}`;
}

function sourceOf(event: JsonObject): string {
  const component = asString(at(event, 'source', 'component'));
  const host = asString(at(event, 'source', 'host'));
  const source = component || asString(event['reportingComponent']);
  const instance = host || asString(event['reportingInstance']);
  return instance === '' ? source : `${source}, ${instance}`;
}

/** Hosts of the first rules, as far as they have one; a rule more than three is counted. */
function hosts(ingress: JsonObject): string {
  const list: string[] = [];
  let more = false;
  const rules = asArray(at(ingress, 'spec', 'rules'));
  for (const rule of rules) {
    const host = asString(at(rule, 'host'));
    more ||= list.length === 3;
    if (!more && host !== '') list.push(host);
  }
  if (list.length === 0) return '*';
  return `${list.join(',')}${more ? ` + ${rules.length - 3} more...` : ''}`;
}

/** Addresses that a load balancer gave, each once, sorted. */
function balancerAddresses(object: JsonObject): string[] {
  const found = asArray(at(object, 'status', 'loadBalancer', 'ingress'))
    .map((entry) => asString(at(entry, 'ip')) || asString(at(entry, 'hostname')))
    .filter((address) => address !== '');
  return [...new Set(found)].sort(byKey);
}

function addresses(ingress: JsonObject): string {
  return balancerAddresses(ingress).join(',');
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

const bindingTable = (kind: 'roleBinding' | 'clusterRoleBinding'): TableModel => ({
  columns: [
    nameColumn,
    text(
      'Role',
      describe(kind === 'roleBinding' ? 'V1RoleBinding' : 'V1ClusterRoleBinding', 'roleRef'),
    ),
    ageColumn,
    text('Users', `Users in the ${kind}`, 1),
    text('Groups', `Groups in the ${kind}`, 1),
    text('ServiceAccounts', `ServiceAccounts in the ${kind}`, 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    roleOf(object),
    ageCell(object, nowMs),
    subjects(object, 'User'),
    subjects(object, 'Group'),
    subjects(object, 'ServiceAccount'),
  ],
});

const podSelectorText =
  "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.";

function podSelector(policy: JsonObject): string {
  return formatSelector(selectorOf(at(policy, 'spec', 'podSelector') ?? {})) || '<none>';
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

const priorityClassTable = tableModel(
  [nameColumn, nameCell],
  [integer('Value', describe('V1PriorityClass', 'value')), (object) => asNumber(object['value'])],
  [
    boolean('Global-Default', describe('V1PriorityClass', 'globalDefault')),
    (object) => object['globalDefault'] === true,
  ],
  [ageColumn, ageCell],
  [
    text('PreemptionPolicy', describe('V1PriorityClass', 'preemptionPolicy')),
    (object) => asString(object['preemptionPolicy']),
  ],
);

/** Tables of the built-in kinds, by `apiVersion/kind`. Others show name and age. */
export const builtinTables: Readonly<Record<string, TableModel>> = {
  ...workloadTables,
  ...otherTables,
  ...policyTables,
  ...storageTables,
  'v1/ConfigMap': namedAndAged([
    text('Data', describe('V1ConfigMap', 'data')),
    (object) => size(object['data']) + size(object['binaryData']),
  ]),
  'v1/Secret': namedAndAged(
    [text('Type', describe('V1Secret', 'type')), (object) => asString(object['type'])],
    [text('Data', describe('V1Secret', 'data')), (object) => size(object['data'])],
  ),
  'v1/Namespace': namedAndAged([
    text('Status', 'The status of the namespace'),
    (object) => asString(at(object, 'status', 'phase')),
  ]),
  'v1/Service': serviceTable,
  'v1/PersistentVolumeClaim': claimTable,
  'v1/Event': eventTable,
  'v1/ServiceAccount': namedAndAged(),
  'v1/Endpoints': namedAndAged([
    text('Endpoints', describe('V1Endpoints', 'subsets')),
    endpointsCell,
  ]),
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
  'networking.k8s.io/v1/Ingress': namedAndAged(
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
  'networking.k8s.io/v1/NetworkPolicy': namedAndAged([
    text('Pod-Selector', podSelectorText),
    podSelector,
  ]),
  'policy/v1/PodDisruptionBudget': namedAndAged(
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
  'coordination.k8s.io/v1/Lease': namedAndAged([
    text('Holder', describe('V1LeaseSpec', 'holderIdentity')),
    (object) => asString(at(object, 'spec', 'holderIdentity')),
  ]),
  'rbac.authorization.k8s.io/v1/Role': roleTable,
  'rbac.authorization.k8s.io/v1/ClusterRole': roleTable,
  'rbac.authorization.k8s.io/v1/RoleBinding': bindingTable('roleBinding'),
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': bindingTable('clusterRoleBinding'),
  'apiextensions.k8s.io/v1/CustomResourceDefinition': roleTable,
  'v1/LimitRange': roleTable,
  'scheduling.k8s.io/v1/PriorityClass': priorityClassTable,
};

function minMax(value: Json | undefined): string {
  return value === undefined ? 'N/A' : goPrint(value);
}

/** Addresses with each port, or alone where there is none; three of them, and how many more. */
function endpointsCell(endpoints: JsonObject): string {
  const subsets = asArray(endpoints['subsets']);
  if (subsets.length === 0) return '<none>';
  const found = subsets.flatMap((subset) => {
    const ips = asArray(at(subset, 'addresses')).map((address) => asString(at(address, 'ip')));
    const ports = asArray(at(subset, 'ports')).map((port) => asNumber(at(port, 'port')));
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => withPort(ip, port)));
  });
  return firstThree(found);
}

function withPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
