import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  byKey,
  type JsonObject,
} from '../json/value.ts';
import { humanDuration } from './ages.ts';
import { describe, integer, nameColumn, text } from './columns.ts';
import {
  ageEntry,
  type Cell,
  condition,
  defaultMark,
  firstThree,
  namedAndAged,
  nameEntry,
  number,
  tableModel,
  value,
  valueOr,
} from './entries.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';

import { namesAndImages, selectorCellOfMap } from './workload-tables.ts';

function nodeStatus(node: JsonObject): string {
  const ready = condition(node, 'Ready');
  const word = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(node: JsonObject): string {
  const roles = Object.entries(asObject(at(node, 'metadata', 'labels'))).flatMap(([key, given]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' ? [asString(given)] : [];
  });
  const named = [...new Set(roles.filter((role) => role !== ''))];
  return named.sort(byKey).join(',') || '<none>';
}

function nodeAddress(type: string): Cell {
  return (node) => {
    const found = asArray(at(node, 'status', 'addresses')).find(
      (address) => at(address, 'type') === type,
    );
    return found === undefined ? '<none>' : asString(at(found, 'address'));
  };
}

function nodeInfo(key: string): Cell {
  return (node) => asString(at(node, 'status', 'nodeInfo', key)) || '<unknown>';
}

function kernel(node: JsonObject, nowMs: number): string {
  const architecture = asString(at(node, 'status', 'nodeInfo', 'architecture'));
  const version = asString(nodeInfo('kernelVersion')(node, nowMs));
  return architecture === '' ? version : `${version} (${architecture})`;
}

const systemInfo = 'V1NodeSystemInfo';
const addressText = describe('V1NodeStatus', 'addresses');

const nodeTable = tableModel(
  nameEntry,
  [text('Status', 'The status of the node'), nodeStatus],
  [text('Roles', 'The roles of the node'), nodeRoles],
  ageEntry,
  [
    text('Version', describe(systemInfo, 'kubeletVersion')),
    value('status', 'nodeInfo', 'kubeletVersion'),
  ],
  [text('Internal-IP', addressText, 1), nodeAddress('InternalIP')],
  [text('External-IP', addressText, 1), nodeAddress('ExternalIP')],
  [text('OS-Image', describe(systemInfo, 'osImage'), 1), nodeInfo('osImage')],
  [text('Kernel-Version', describe(systemInfo, 'kernelVersion'), 1), kernel],
  [
    text('Container-Runtime', describe(systemInfo, 'containerRuntimeVersion'), 1),
    nodeInfo('containerRuntimeVersion'),
  ],
);

const replicationTable = tableModel(
  nameEntry,
  [
    integer('Desired', describe('V1ReplicationControllerSpec', 'replicas')),
    number('spec', 'replicas'),
  ],
  [
    integer('Current', describe('V1ReplicationControllerStatus', 'replicas')),
    number('status', 'replicas'),
  ],
  [
    integer('Ready', describe('V1ReplicationControllerStatus', 'readyReplicas')),
    number('status', 'readyReplicas'),
  ],
  ageEntry,
  [
    text('Containers', 'Names of each container in the template.', 1),
    (object) => namesAndImages(object, 'spec', 'template', 'spec')[0],
  ],
  [
    text('Images', 'Images referenced by each container in the template.', 1),
    (object) => namesAndImages(object, 'spec', 'template', 'spec')[1],
  ],
  [
    text('Selector', describe('V1ReplicationControllerSpec', 'selector'), 1),
    (object) => selectorCellOfMap(at(object, 'spec', 'selector')),
  ],
);

const podTemplateTable = tableModel(
  nameEntry,
  [
    text('Containers', 'Names of each container in the template.'),
    (object) => namesAndImages(object, 'template', 'spec')[0],
  ],
  [
    text('Images', 'Images referenced by each container in the template.'),
    (object) => namesAndImages(object, 'template', 'spec')[1],
  ],
  [
    text('Pod Labels', 'The labels for the pod template.'),
    (object) => selectorCellOfMap(at(object, 'template', 'metadata', 'labels')),
  ],
);

function componentHealth(key: 'status' | 'message' | 'error'): Cell {
  return (object) => {
    const healthy = asArray(object['conditions']).find((entry) => at(entry, 'type') === 'Healthy');
    if (key !== 'status') return asString(at(healthy, key));
    if (healthy === undefined) return 'Unknown';
    return at(healthy, 'status') === 'True' ? 'Healthy' : 'Unhealthy';
  };
}

function controllerOf(object: JsonObject): string {
  const owner = asArray(at(object, 'metadata', 'ownerReferences')).find(
    (entry) => at(entry, 'controller') === true,
  );
  if (owner === undefined) return '<none>';
  const [group = '', version] = asString(at(owner, 'apiVersion')).split('/');
  const kind = asString(at(owner, 'kind')).toLowerCase();
  return `${version === undefined ? kind : `${kind}.${group}`}/${asString(at(owner, 'name'))}`;
}

interface Target {
  readonly source: string;
  readonly label: boolean;
}

const metricSources: Readonly<Record<string, Target>> = {
  External: { source: 'external', label: false },
  Pods: { source: 'pods', label: false },
  Object: { source: 'object', label: false },
  Resource: { source: 'resource', label: true },
  ContainerResource: { source: 'containerResource', label: true },
};

/** One metric of an autoscaler: what it is now, and what it is to be. */
function metricText(metric: JsonObject, status: JsonObject): string {
  const about = metricSources[asString(metric['type'])];
  if (about === undefined) return '<unknown type>';
  const { source, label } = about;
  const current = (key: string): string => {
    const found = at(status, source, 'current', key);
    return found === undefined ? '<unknown>' : String(asString(found) || asNumber(found));
  };
  const target = asObject(at(metric, source, 'target'));
  const head = label ? `${asString(at(metric, source, 'name'))}: ` : '';
  const average = target['averageValue'];
  if (average !== undefined) {
    const mark = source === 'external' || source === 'object' ? ' (avg)' : '';
    return `${head}${current('averageValue')}/${asString(average)}${mark}`;
  }
  if (!label) return `${current('value')}/${asString(target['value'])}`;
  const used = current('averageUtilization');
  const wanted = target['averageUtilization'];
  const shown = used === '<unknown>' ? used : `${used}%`;
  return `${head}${shown}/${wanted === undefined ? '<auto>' : `${asNumber(wanted)}%`}`;
}

function metricsCell(object: JsonObject): string {
  const metrics = asArray(at(object, 'spec', 'metrics')).map(asObject);
  if (metrics.length === 0) return '<none>';
  const statuses = asArray(at(object, 'status', 'currentMetrics')).map(asObject);
  const list = metrics.map((metric, index) => metricText(metric, statuses[index] ?? {}));
  const shown = list.slice(0, 2).join(', ');
  return list.length > 2 ? `${shown} + ${list.length - 2} more...` : shown;
}

const autoscalerSpec = 'V2HorizontalPodAutoscalerSpec';

const autoscalerTable = namedAndAged(
  [
    text('Reference', describe(autoscalerSpec, 'scaleTargetRef')),
    (object) =>
      `${asString(at(object, 'spec', 'scaleTargetRef', 'kind'))}/${asString(at(object, 'spec', 'scaleTargetRef', 'name'))}`,
  ],
  [text('Targets', describe(autoscalerSpec, 'metrics')), metricsCell],
  [
    text('MinPods', describe(autoscalerSpec, 'minReplicas')),
    (object) => {
      const least = at(object, 'spec', 'minReplicas');
      return least === undefined ? '<unset>' : String(asNumber(least));
    },
  ],
  [text('MaxPods', describe(autoscalerSpec, 'maxReplicas')), number('spec', 'maxReplicas')],
  [
    text('Replicas', describe('V2HorizontalPodAutoscalerStatus', 'currentReplicas')),
    number('status', 'currentReplicas'),
  ],
);

function signingStatus(request: JsonObject): string {
  const has = (type: string): boolean => condition(request, type) !== undefined;
  const word = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  const failed = has('Failed') ? ',Failed' : '';
  return `${word}${failed}${asString(at(request, 'status', 'certificate')) === '' ? '' : ',Issued'}`;
}

const signingSpec = 'V1CertificateSigningRequestSpec';

const signingTable = tableModel(
  nameEntry,
  ageEntry,
  [
    text('SignerName', describe(signingSpec, 'signerName')),
    valueOr('<none>', 'spec', 'signerName'),
  ],
  [text('Requestor', describe(signingSpec, 'request')), value('spec', 'username')],
  [
    text('RequestedDuration', describe(signingSpec, 'expirationSeconds')),
    (object) => {
      const seconds = at(object, 'spec', 'expirationSeconds');
      return seconds === undefined ? '<none>' : humanDuration(asNumber(seconds) * 1000);
    },
  ],
  [text('Condition', describe('V1CertificateSigningRequestStatus', 'conditions')), signingStatus],
);

function orUnset(list: readonly string[]): string {
  return firstThree(list) || '<unset>';
}

const sliceTable = namedAndAged(
  [text('AddressType', describe('V1EndpointSlice', 'addressType')), value('addressType')],
  [
    text('Ports', describe('V1EndpointSlice', 'ports')),
    (object) =>
      orUnset(
        asArray(object['ports']).map((port) => {
          const given = at(port, 'port');
          return given === undefined ? asString(at(port, 'name') ?? '*') : String(asNumber(given));
        }),
      ),
  ],
  [
    text('Endpoints', describe('V1EndpointSlice', 'endpoints')),
    (object) =>
      orUnset(
        asArray(object['endpoints']).flatMap((entry) =>
          asArray(at(entry, 'addresses')).map(asString),
        ),
      ),
  ],
);

function parametersOf(ingressClass: JsonObject): string {
  const given = at(ingressClass, 'spec', 'parameters');
  if (given === undefined) return '<none>';
  const group = at(given, 'apiGroup');
  const kind = asString(at(given, 'kind'));
  const full = group === undefined ? kind : `${kind}.${asString(group)}`;
  return `${full}/${asString(at(given, 'name'))}`;
}

const ingressClassTable = tableModel(
  [nameColumn, defaultMark(['ingressclass.kubernetes.io/is-default-class'])],
  [
    text('Controller', 'Controller that is responsible for handling this class'),
    value('spec', 'controller'),
  ],
  [text('Parameters', 'A reference to a resource with additional parameters'), parametersOf],
  ageEntry,
);

function parentOf(address: JsonObject): string {
  const parent = at(address, 'spec', 'parentRef');
  if (parent === undefined) return '<none>';
  const [group, resource] = [asString(at(parent, 'group')), asString(at(parent, 'resource'))];
  const type = (group === '' ? resource : `${resource}.${group}`).toLowerCase();
  const namespace = asString(at(parent, 'namespace'));
  return [type, ...(namespace === '' ? [] : [namespace]), asString(at(parent, 'name'))].join('/');
}

/** Tables of built-in kinds that are neither workloads nor among the commonest. */
export const otherTables: Readonly<Record<string, TableModel>> = {
  'v1/Node': nodeTable,
  'v1/ReplicationController': replicationTable,
  'v1/PodTemplate': podTemplateTable,
  'v1/ComponentStatus': tableModel(
    nameEntry,
    [text('Status', 'Status of the component conditions'), componentHealth('status')],
    [text('Message', 'Message of the component conditions'), componentHealth('message')],
    [text('Error', 'Error of the component conditions'), componentHealth('error')],
  ),
  'apps/v1/ControllerRevision': namedAndAged(
    [text('Controller', 'Controller of the object'), controllerOf],
    [text('Revision', describe('V1ControllerRevision', 'revision')), number('revision')],
  ),
  'autoscaling/v2/HorizontalPodAutoscaler': autoscalerTable,
  'certificates.k8s.io/v1/CertificateSigningRequest': signingTable,
  'discovery.k8s.io/v1/EndpointSlice': sliceTable,
  'node.k8s.io/v1/RuntimeClass': namedAndAged([
    text('Handler', describe('V1RuntimeClass', 'handler')),
    value('handler'),
  ]),
  'networking.k8s.io/v1/IngressClass': ingressClassTable,
  'networking.k8s.io/v1/IPAddress': {
    // Kubernetes names two columns and fills three cells.
    columns: [nameColumn, text('ParentRef', describe('V1IPAddressSpec', 'parentRef'))],
    cells: (object, nowMs) => [nameCell(object), parentOf(object), ageCell(object, nowMs)],
  },
  'networking.k8s.io/v1/ServiceCIDR': namedAndAged([
    text('CIDRs', describe('V1ServiceCIDRSpec', 'cidrs')),
    (object) =>
      asArray(at(object, 'spec', 'cidrs'))
        .map(asString)
        .join(','),
  ]),
};
