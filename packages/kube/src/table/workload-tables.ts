import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import { formatSelector, selectorOf } from '../selectors/label-selector.ts';
import { ageOf, humanDuration } from './ages.ts';
import { ageColumn, describe, integer, nameColumn, text } from './columns.ts';
import { podStatus } from './pod-status.ts';
import { ageCell, nameCell, type TableModel } from './model.ts';

const containers = text('Containers', 'Names of each container in the template.', 1);
const images = text('Images', 'Images referenced by each container in the template.', 1);

function containersOf(object: JsonObject, ...path: string[]): JsonObject[] {
  return asArray(at(object, ...path, 'containers')).map(asObject);
}

export function namesAndImages(object: JsonObject, ...path: string[]): [string, string] {
  const list = containersOf(object, ...path);
  return [
    list.map((container) => asString(container['name'])).join(','),
    list.map((container) => asString(container['image'])).join(','),
  ];
}

function templateCells(object: JsonObject): [string, string] {
  return namesAndImages(object, 'spec', 'template', 'spec');
}

function selectorCell(object: JsonObject, ...path: string[]): string {
  const found = at(object, ...path);
  if (found === undefined) return '<none>';
  return formatSelector(selectorOf(found)) || '<none>';
}

function status(object: JsonObject, key: string): number {
  return asNumber(at(object, 'status', key));
}

const podTable: TableModel = {
  columns: [
    nameColumn,
    text('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    text('Status', 'The aggregate status of the containers in this pod.'),
    text(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn,
    text('IP', describe('V1PodStatus', 'podIP'), 1),
    text('Node', describe('V1PodSpec', 'nodeName'), 1),
    text('Nominated Node', describe('V1PodStatus', 'nominatedNodeName'), 1),
    text('Readiness Gates', describe('V1PodSpec', 'readinessGates'), 1),
  ],
  cells: (object, nowMs) => {
    const found = podStatus(object, nowMs);
    return [
      nameCell(object),
      found.ready,
      found.status,
      found.restarts,
      ageCell(object, nowMs),
      asString(at(object, 'status', 'podIP')) || '<none>',
      asString(at(object, 'spec', 'nodeName')) || '<none>',
      asString(at(object, 'status', 'nominatedNodeName')) || '<none>',
      gates(object),
    ];
  },
};

function gates(pod: JsonObject): string {
  const wanted = asArray(at(pod, 'spec', 'readinessGates'));
  if (wanted.length === 0) return '<none>';
  const conditions = asArray(at(pod, 'status', 'conditions')).map(asObject);
  const met = wanted.filter((gate) =>
    conditions.some(
      (condition) =>
        condition['type'] === at(gate, 'conditionType') && condition['status'] === 'True',
    ),
  );
  return `${met.length}/${wanted.length}`;
}

const deploymentTable: TableModel = {
  columns: [
    nameColumn,
    text('Ready', 'Number of the pod with ready state'),
    text('Up-to-date', describe('V1DeploymentStatus', 'updatedReplicas')),
    text('Available', describe('V1DeploymentStatus', 'availableReplicas')),
    ageColumn,
    containers,
    images,
    text('Selector', describe('V1DeploymentSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    `${status(object, 'readyReplicas')}/${asNumber(at(object, 'spec', 'replicas'))}`,
    status(object, 'updatedReplicas'),
    status(object, 'availableReplicas'),
    ageCell(object, nowMs),
    ...templateCells(object),
    selectorCell(object, 'spec', 'selector'),
  ],
};

const replicaSetTable: TableModel = {
  columns: [
    nameColumn,
    integer('Desired', describe('V1ReplicaSetSpec', 'replicas')),
    integer('Current', describe('V1ReplicaSetStatus', 'replicas')),
    integer('Ready', describe('V1ReplicaSetStatus', 'readyReplicas')),
    ageColumn,
    containers,
    images,
    text('Selector', describe('V1ReplicaSetSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    asNumber(at(object, 'spec', 'replicas')),
    status(object, 'replicas'),
    status(object, 'readyReplicas'),
    ageCell(object, nowMs),
    ...templateCells(object),
    selectorCell(object, 'spec', 'selector'),
  ],
};

const statefulSetTable: TableModel = {
  columns: [
    nameColumn,
    text('Ready', 'Number of the pod with ready state'),
    ageColumn,
    containers,
    images,
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    `${status(object, 'readyReplicas')}/${asNumber(at(object, 'spec', 'replicas'))}`,
    ageCell(object, nowMs),
    ...templateCells(object),
  ],
};

const daemonSetTable: TableModel = {
  columns: [
    nameColumn,
    integer('Desired', describe('V1DaemonSetStatus', 'desiredNumberScheduled')),
    integer('Current', describe('V1DaemonSetStatus', 'currentNumberScheduled')),
    integer('Ready', describe('V1DaemonSetStatus', 'numberReady')),
    integer('Up-to-date', describe('V1DaemonSetStatus', 'updatedNumberScheduled')),
    integer('Available', describe('V1DaemonSetStatus', 'numberAvailable')),
    text('Node Selector', describe('V1PodSpec', 'nodeSelector')),
    ageColumn,
    containers,
    images,
    text('Selector', describe('V1DaemonSetSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    status(object, 'desiredNumberScheduled'),
    status(object, 'currentNumberScheduled'),
    status(object, 'numberReady'),
    status(object, 'updatedNumberScheduled'),
    status(object, 'numberAvailable'),
    selectorCellOfMap(at(object, 'spec', 'template', 'spec', 'nodeSelector')),
    ageCell(object, nowMs),
    ...templateCells(object),
    selectorCell(object, 'spec', 'selector'),
  ],
};

export function selectorCellOfMap(map: Json | undefined): string {
  return formatSelector(selectorOf({ matchLabels: map ?? {} })) || '<none>';
}

const jobTable: TableModel = {
  columns: [
    nameColumn,
    text('Status', 'Status of the job.'),
    text('Completions', describe('V1JobStatus', 'succeeded')),
    text('Duration', 'Time required to complete the job.'),
    ageColumn,
    containers,
    images,
    text('Selector', describe('V1JobSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => [
    nameCell(object),
    jobStatus(object),
    completions(object),
    jobDuration(object, nowMs),
    ageCell(object, nowMs),
    ...templateCells(object),
    selectorCell(object, 'spec', 'selector'),
  ],
};

function jobStatus(job: JsonObject): string {
  const has = (type: string): boolean =>
    asArray(at(job, 'status', 'conditions')).some(
      (condition) => at(condition, 'type') === type && at(condition, 'status') === 'True',
    );
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(job: JsonObject): string {
  const wanted = at(job, 'spec', 'completions');
  const done = status(job, 'succeeded');
  if (typeof wanted === 'number') return `${done}/${wanted}`;
  const parallel = asNumber(at(job, 'spec', 'parallelism'), 1);
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
}

function jobDuration(job: JsonObject, nowMs: number): string {
  const start = asString(at(job, 'status', 'startTime'));
  if (start === '') return '';
  const end = asString(at(job, 'status', 'completionTime'));
  return humanDuration((end === '' ? nowMs : Date.parse(end)) - Date.parse(start));
}

const cronJobTable: TableModel = {
  columns: [
    nameColumn,
    text('Schedule', describe('V1CronJobSpec', 'schedule')),
    text('Timezone', describe('V1CronJobSpec', 'timeZone')),
    {
      name: 'Suspend',
      type: 'boolean',
      description: describe('V1CronJobSpec', 'suspend'),
      priority: 0,
    },
    integer('Active', describe('V1CronJobStatus', 'active')),
    text('Last Schedule', describe('V1CronJobStatus', 'lastScheduleTime')),
    ageColumn,
    containers,
    images,
    text('Selector', describe('V1JobSpec', 'selector'), 1),
  ],
  cells: (object, nowMs) => {
    const last = asString(at(object, 'status', 'lastScheduleTime'));
    return [
      nameCell(object),
      asString(at(object, 'spec', 'schedule')),
      asString(at(object, 'spec', 'timeZone')) || '<none>',
      at(object, 'spec', 'suspend') === true ? 'True' : 'False',
      asArray(at(object, 'status', 'active')).length,
      last === '' ? '<none>' : ageOf(last, nowMs),
      ageCell(object, nowMs),
      ...namesAndImages(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec'),
      selectorCell(object, 'spec', 'jobTemplate', 'spec', 'selector'),
    ];
  },
};

/** Tables of pods and of what makes pods. */
export const workloadTables: Readonly<Record<string, TableModel>> = {
  'v1/Pod': podTable,
  'apps/v1/Deployment': deploymentTable,
  'apps/v1/ReplicaSet': replicaSetTable,
  'apps/v1/StatefulSet': statefulSetTable,
  'apps/v1/DaemonSet': daemonSetTable,
  'batch/v1/Job': jobTable,
  'batch/v1/CronJob': cronJobTable,
};
