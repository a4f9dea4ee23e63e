import type { ObjectHealth } from '../../sync/index.ts';
import { health } from '../health-status.ts';
import type { Fields } from '../fields.ts';

/** Whether a controller has not yet seen the object's last change. */
function isUnseen(object: Fields): boolean {
  return object.number('metadata', 'generation') > object.number('status', 'observedGeneration');
}

/** Source: gitops-engine/pkg/health/health_deployment.go. */
export function deploymentHealth(object: Fields): ObjectHealth {
  if (object.isTrue('spec', 'paused')) return health('Suspended', 'Deployment is paused');
  const waiting = (what: string): ObjectHealth =>
    health('Progressing', `Waiting for rollout to finish: ${what}`);
  if (isUnseen(object)) {
    return waiting('observed deployment generation less than desired generation');
  }
  const progress = object
    .list('status', 'conditions')
    .find((condition) => condition.text('type') === 'Progressing');
  if (progress?.text('reason') === 'ProgressDeadlineExceeded') {
    const name = JSON.stringify(object.text('metadata', 'name'));
    return health('Degraded', `Deployment ${name} exceeded its progress deadline`);
  }
  const wanted = object.optionalNumber('spec', 'replicas');
  const status = object.at('status');
  const updated = status.number('updatedReplicas');
  const old = status.number('replicas') - updated;
  const available = status.number('availableReplicas');
  if (wanted !== undefined && updated < wanted) {
    return waiting(`${updated} out of ${wanted} new replicas have been updated...`);
  }
  if (old > 0) return waiting(`${old} old replicas are pending termination...`);
  if (available < updated) {
    return waiting(`${available} of ${updated} updated replicas are available...`);
  }
  return health('Healthy');
}

/** Source: gitops-engine/pkg/health/health_replicaset.go. */
export function replicaSetHealth(object: Fields): ObjectHealth {
  const waiting = (what: string): ObjectHealth =>
    health('Progressing', `Waiting for rollout to finish: ${what}`);
  if (isUnseen(object)) {
    return waiting('observed replica set generation less than desired generation');
  }
  const failure = object
    .list('status', 'conditions')
    .find((condition) => condition.text('type') === 'ReplicaFailure');
  if (failure?.text('status') === 'True') return health('Degraded', failure.text('message'));
  const wanted = object.optionalNumber('spec', 'replicas');
  const available = object.number('status', 'availableReplicas');
  if (wanted !== undefined && available < wanted) {
    return waiting(`${available} out of ${wanted} new replicas are available...`);
  }
  return health('Healthy');
}

/** Source: gitops-engine/pkg/health/health_statefulset.go. */
export function statefulSetHealth(object: Fields): ObjectHealth {
  const status = object.at('status');
  if (status.number('observedGeneration') === 0 || isUnseen(object)) {
    return health('Progressing', 'Waiting for statefulset spec update to be observed...');
  }
  const wanted = object.optionalNumber('spec', 'replicas');
  const ready = status.number('readyReplicas');
  if (wanted !== undefined && ready < wanted) {
    return health('Progressing', `Waiting for ${wanted - ready} pods to be ready...`);
  }
  const strategy = object.at('spec', 'updateStrategy');
  const type = strategy.text('type');
  if (type === 'RollingUpdate' && strategy.has('rollingUpdate')) {
    return partitionHealth(object, wanted);
  }
  if (type === 'OnDelete') return health('Healthy', `statefulset has ${ready} ready pods`);
  return revisionHealth(status);
}

function partitionHealth(object: Fields, wanted: number | undefined): ObjectHealth {
  const updated = object.number('status', 'updatedReplicas');
  const partition = object.optionalNumber('spec', 'updateStrategy', 'rollingUpdate', 'partition');
  if (wanted !== undefined && partition !== undefined && updated < wanted - partition) {
    const text = `${updated} out of ${wanted - partition} new pods have been updated...`;
    return health('Progressing', `Waiting for partitioned roll out to finish: ${text}`);
  }
  const text = `partitioned roll out complete: ${updated} new pods have been updated...`;
  return health('Healthy', text);
}

function revisionHealth(status: Fields): ObjectHealth {
  const current = status.text('currentRevision');
  const next = status.text('updateRevision');
  if (next !== current) {
    const pods = status.number('updatedReplicas');
    const text = `waiting for statefulset rolling update to complete ${pods} pods at revision ${next}...`;
    return health('Progressing', text);
  }
  const pods = status.number('currentReplicas');
  const text = `statefulset rolling update complete ${pods} pods at revision ${current}...`;
  return health('Healthy', text);
}

/** Source: gitops-engine/pkg/health/health_daemonset.go. */
export function daemonSetHealth(object: Fields): ObjectHealth {
  if (isUnseen(object)) {
    const text =
      'Waiting for rollout to finish: observed daemon set generation less than desired generation';
    return health('Progressing', text);
  }
  const status = object.at('status');
  const wanted = status.number('desiredNumberScheduled');
  const updated = status.number('updatedNumberScheduled');
  if (object.text('spec', 'updateStrategy', 'type') === 'OnDelete') {
    const text = `daemon set ${updated} out of ${wanted} new pods have been updated`;
    return health('Healthy', text);
  }
  const name = JSON.stringify(object.text('metadata', 'name'));
  const waiting = (what: string): ObjectHealth =>
    health('Progressing', `Waiting for daemon set ${name} rollout to finish: ${what}`);
  if (updated < wanted) {
    return waiting(`${updated} out of ${wanted} new pods have been updated...`);
  }
  const available = status.number('numberAvailable');
  if (available < wanted) return waiting(`${available} of ${wanted} updated pods are available...`);
  return health('Healthy');
}

/** Source: gitops-engine/pkg/health/health_job.go. */
export function jobHealth(object: Fields): ObjectHealth {
  let failure: string | undefined;
  let message: string | undefined;
  let isSuspended = false;
  for (const condition of object.list('status', 'conditions')) {
    const type = condition.text('type');
    if (type === 'Failed') failure = condition.text('message');
    if (type === 'Complete' || type === 'Suspended') message = condition.text('message');
    if (type === 'Suspended' && condition.text('status') === 'True') isSuspended = true;
  }
  if (failure !== undefined) return health('Degraded', failure);
  if (message === undefined) return health('Progressing');
  // Argo CD shows no message for a suspended Job.
  return isSuspended ? health('Suspended') : health('Healthy', message);
}
