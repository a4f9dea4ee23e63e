import { describe, expect, it, test } from 'vitest';
import type { KubeObject } from '../../sync/index.ts';
import { createHealthChecks } from '../index.ts';
import { hasUnmodelledCheck } from './index.ts';

const checks = createHealthChecks({}, { now: () => 0 });

function judge(type: string, rest: object = {}): unknown {
  const [apiVersion, kind] = type.split(' ');
  const { metadata = {}, ...fields } = rest as { metadata?: object };
  const object = { apiVersion, kind, metadata: { name: 'x', ...metadata }, ...fields };
  const { health, error } = checks.judge(object as KubeObject);
  const text =
    health?.message === undefined ? health?.status : `${health.status}: ${health.message}`;
  return error ?? text;
}

const seen = { metadata: { generation: 2 } };
const status = (fields: object): object => ({
  ...seen,
  status: { observedGeneration: 2, ...fields },
});
const condition = (type: string, value: string, rest: object = {}): object => ({
  conditions: [{ type, status: value, ...rest }],
});

describe('workloads', () => {
  const waiting = 'Progressing: Waiting for rollout to finish: ';
  const spec = { spec: { replicas: 3 } };
  it.each<[string, object, string]>([
    ['apps/v1 Deployment', { spec: { paused: true } }, 'Suspended: Deployment is paused'],
    [
      'apps/v1 Deployment',
      seen,
      `${waiting}observed deployment generation less than desired generation`,
    ],
    [
      'apps/v1 Deployment',
      status(condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' })),
      'Degraded: Deployment "x" exceeded its progress deadline',
    ],
    [
      'apps/v1 Deployment',
      { ...status({ updatedReplicas: 1 }), ...spec },
      `${waiting}1 out of 3 new replicas have been updated...`,
    ],
    [
      'apps/v1 Deployment',
      { ...status({ updatedReplicas: 3, replicas: 5 }), ...spec },
      `${waiting}2 old replicas are pending termination...`,
    ],
    [
      'apps/v1 Deployment',
      { ...status({ updatedReplicas: 3, replicas: 3, availableReplicas: 1 }), ...spec },
      `${waiting}1 of 3 updated replicas are available...`,
    ],
    [
      'apps/v1 Deployment',
      { ...status({ updatedReplicas: 3, replicas: 3, availableReplicas: 3 }), ...spec },
      'Healthy',
    ],
    ['apps/v1beta1 Deployment', {}, 'unsupported Deployment GVK: apps/v1beta1, Kind=Deployment'],
    [
      'apps/v1 ReplicaSet',
      seen,
      `${waiting}observed replica set generation less than desired generation`,
    ],
    [
      'apps/v1 ReplicaSet',
      status(condition('ReplicaFailure', 'True', { message: 'quota' })),
      'Degraded: quota',
    ],
    [
      'apps/v1 ReplicaSet',
      { ...status({ availableReplicas: 2 }), ...spec },
      `${waiting}2 out of 3 new replicas are available...`,
    ],
    ['apps/v1 ReplicaSet', { ...status({ availableReplicas: 3 }), ...spec }, 'Healthy'],
    [
      'apps/v1 StatefulSet',
      {},
      'Progressing: Waiting for statefulset spec update to be observed...',
    ],
    [
      'apps/v1 StatefulSet',
      { ...status({ readyReplicas: 1 }), ...spec },
      'Progressing: Waiting for 2 pods to be ready...',
    ],
    [
      'apps/v1 StatefulSet',
      {
        ...status({ readyReplicas: 3, updatedReplicas: 1 }),
        spec: {
          replicas: 3,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        },
      },
      'Progressing: Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...',
    ],
    [
      'apps/v1 StatefulSet',
      {
        ...status({ readyReplicas: 3, updatedReplicas: 2 }),
        spec: {
          replicas: 3,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        },
      },
      'Healthy: partitioned roll out complete: 2 new pods have been updated...',
    ],
    [
      'apps/v1 StatefulSet',
      {
        ...status({ readyReplicas: 3 }),
        spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } },
      },
      'Healthy: statefulset has 3 ready pods',
    ],
    [
      'apps/v1 StatefulSet',
      {
        ...status({
          readyReplicas: 3,
          updatedReplicas: 1,
          updateRevision: 'b',
          currentRevision: 'a',
        }),
        ...spec,
      },
      'Progressing: waiting for statefulset rolling update to complete 1 pods at revision b...',
    ],
    [
      'apps/v1 StatefulSet',
      {
        ...status({
          readyReplicas: 3,
          currentReplicas: 3,
          updateRevision: 'b',
          currentRevision: 'b',
        }),
        ...spec,
      },
      'Healthy: statefulset rolling update complete 3 pods at revision b...',
    ],
    [
      'apps/v1 DaemonSet',
      seen,
      `${waiting}observed daemon set generation less than desired generation`,
    ],
    [
      'apps/v1 DaemonSet',
      { ...status({ desiredNumberScheduled: 2 }), spec: { updateStrategy: { type: 'OnDelete' } } },
      'Healthy: daemon set 0 out of 2 new pods have been updated',
    ],
    [
      'apps/v1 DaemonSet',
      status({ desiredNumberScheduled: 2, updatedNumberScheduled: 1 }),
      'Progressing: Waiting for daemon set "x" rollout to finish: 1 out of 2 new pods have been updated...',
    ],
    [
      'apps/v1 DaemonSet',
      status({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
      'Progressing: Waiting for daemon set "x" rollout to finish: 1 of 2 updated pods are available...',
    ],
    [
      'apps/v1 DaemonSet',
      status({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
      'Healthy',
    ],
    ['batch/v1 Job', {}, 'Progressing'],
    [
      'batch/v1 Job',
      { status: condition('Complete', 'True', { message: 'done' }) },
      'Healthy: done',
    ],
    [
      'batch/v1 Job',
      { status: condition('Failed', 'True', { message: 'limit' }) },
      'Degraded: limit',
    ],
    ['batch/v1 Job', { status: condition('Suspended', 'True', { message: 'held' }) }, 'Suspended'],
    ['batch/v1 Job', { status: condition('Suspended', 'False', { message: 'on' }) }, 'Healthy: on'],
  ])('%s %j', (type, rest, expected) => {
    expect(judge(type, rest)).toBe(expected);
  });
});

describe('pods', () => {
  const pod = (restartPolicy: string, phase: string, rest: object = {}): object => ({
    spec: { restartPolicy },
    status: { phase, ...rest },
  });
  const container = (state: object): object => ({ containerStatuses: [{ name: 'c', state }] });
  it.each<[object, string]>([
    [pod('Always', 'Pending', { message: 'm' }), 'Progressing: m'],
    [
      pod(
        'Always',
        'Running',
        container({ waiting: { reason: 'ImagePullBackOff', message: 'no' } }),
      ),
      'Degraded: no',
    ],
    [pod('Never', 'Pending', container({ waiting: { reason: 'ErrImagePull' } })), 'Progressing'],
    [pod('Always', 'Running', condition('Ready', 'True')), 'Healthy'],
    [pod('Always', 'Running', condition('Ready', 'False')), 'Progressing'],
    [
      pod('Always', 'Running', { containerStatuses: [{ lastState: { terminated: {} } }] }),
      'Degraded',
    ],
    [pod('Never', 'Running'), 'Progressing'],
    [pod('Never', 'Succeeded'), 'Healthy'],
    [pod('Never', 'Failed', { message: 'evicted' }), 'Degraded: evicted'],
    [
      pod('Never', 'Failed', container({ terminated: { exitCode: 3 } })),
      'Degraded: container "c" failed with exit code 3',
    ],
    [
      pod('Never', 'Failed', container({ terminated: { reason: 'OOMKilled', exitCode: 137 } })),
      'Degraded: OOMKilled',
    ],
    [pod('Never', 'Failed', container({ terminated: { exitCode: 0 } })), 'Degraded'],
    [pod('Never', 'Odd'), 'Unknown'],
  ])('%j', (rest, expected) => {
    expect(judge('v1 Pod', rest)).toBe(expected);
  });
});

describe('other kinds', () => {
  const address = { loadBalancer: { ingress: [{}] } };
  const autoscaler = {
    metadata: {
      annotations: {
        'autoscaling.alpha.kubernetes.io/conditions':
          '[{"type":"AbleToScale","status":"True","message":"ok"}]',
      },
    },
  };
  it.each<[string, object, string | undefined]>([
    ['v1 ConfigMap', {}, undefined],
    ['argoproj.io/v1alpha1 Application', {}, undefined],
    ['v1 Service', {}, 'Healthy'],
    ['v1 Service', { spec: { type: 'LoadBalancer' } }, 'Progressing'],
    ['v1 Service', { spec: { type: 'LoadBalancer' }, status: address }, 'Healthy'],
    ['networking.k8s.io/v1 Ingress', {}, 'Progressing'],
    ['extensions/v1beta1 Ingress', { status: address }, 'Healthy'],
    ['v1 PersistentVolumeClaim', { status: { phase: 'Bound' } }, 'Healthy'],
    ['v1 PersistentVolumeClaim', { status: { phase: 'Pending' } }, 'Progressing'],
    ['v1 PersistentVolumeClaim', { status: { phase: 'Lost' } }, 'Degraded'],
    ['v1 PersistentVolumeClaim', {}, 'Unknown'],
    ['apiregistration.k8s.io/v1 APIService', {}, 'Progressing: Waiting to be processed'],
    [
      'apiregistration.k8s.io/v1 APIService',
      { status: condition('Available', 'False', { reason: 'r', message: 'm' }) },
      'Progressing: r: m',
    ],
    [
      'apiregistration.k8s.io/v1beta1 APIService',
      { status: condition('Available', 'True', { reason: 'r', message: 'm' }) },
      'Healthy: r: m',
    ],
    ['argoproj.io/v1alpha1 Workflow', { status: { phase: 'Error', message: 'm' } }, 'Degraded: m'],
    ['argoproj.io/v1alpha1 Workflow', { status: { phase: 'Succeeded' } }, 'Healthy'],
    ['argoproj.io/v1alpha1 Workflow', {}, 'Progressing'],
    ['autoscaling/v2 HorizontalPodAutoscaler', {}, 'Progressing: Waiting to Autoscale'],
    [
      'autoscaling/v2 HorizontalPodAutoscaler',
      { status: condition('ScalingActive', 'False', { reason: 'InvalidSelector', message: 'm' }) },
      'Degraded: m',
    ],
    [
      'autoscaling/v2 HorizontalPodAutoscaler',
      { status: condition('ScalingLimited', 'True', { message: 'm' }) },
      'Healthy: m',
    ],
    ['autoscaling/v1 HorizontalPodAutoscaler', autoscaler, 'Healthy: ok'],
    ['autoscaling/v1 HorizontalPodAutoscaler', {}, 'Progressing: Waiting to Autoscale'],
    [
      'autoscaling/v2beta2 HorizontalPodAutoscaler',
      {},
      'unsupported HPA GVK: autoscaling/v2beta2, Kind=HorizontalPodAutoscaler',
    ],
  ])('%s %j', (type, rest, expected) => {
    expect(judge(type, rest)).toBe(expected);
  });
});

describe('checks that Argo CD has in Lua', () => {
  const definition = 'apiextensions.k8s.io/v1 CustomResourceDefinition';
  const set = 'argoproj.io/v1alpha1 ApplicationSet';
  it.each<[string, object, string]>([
    [set, {}, 'Progressing: Waiting for the status to be reported'],
    [set, { status: condition('ErrorOccurred', 'True', { message: 'no' }) }, 'Degraded: no'],
    [set, { status: condition('ResourcesUpToDate', 'False', { message: 'no' }) }, 'Degraded: no'],
    [set, { status: condition('ResourcesUpToDate', 'True', { message: 'ok' }) }, 'Healthy: ok'],
    [
      set,
      {
        status: {
          conditions: [
            { type: 'ResourcesUpToDate', status: 'True' },
            { type: 'RolloutProgressing', status: 'True', message: 'on' },
          ],
        },
      },
      'Progressing: on',
    ],
    [definition, { status: {} }, 'Progressing: Status conditions not found'],
    [definition, { status: condition('Established', 'True') }, 'Healthy: CRD is healthy'],
    [
      definition,
      { status: condition('Established', 'False', { reason: 'Installing' }) },
      'Progressing: CRD is being installed',
    ],
    [
      definition,
      { status: condition('NamesAccepted', 'False', { message: 'taken' }) },
      'Degraded: CRD names have not been accepted: taken',
    ],
    [
      definition,
      { status: condition('NamesAccepted', 'True') },
      'Degraded: CRD is not established',
    ],
    [
      definition,
      {},
      "failed to get resource health for /x: <string>:10: attempt to index a non-table object(nil) with key 'conditions'",
    ],
    ['batch/v1 CronJob', { status: {} }, 'Healthy: CronJob has not been scheduled yet'],
    ['batch/v1 CronJob', { spec: { suspend: true } }, 'Healthy: CronJob is Suspended'],
    [
      'batch/v1 CronJob',
      {
        status: {
          lastScheduleTime: '2024-02-01T00:00:00Z',
          lastSuccessfulTime: '2024-01-01T00:00:00Z',
        },
      },
      'Degraded: CronJob has not completed its last execution successfully',
    ],
    [
      'policy/v1 PodDisruptionBudget',
      { status: condition('DisruptionAllowed', 'False', { reason: 'SyncFailed' }) },
      'Degraded: PodDisruptionBudget has SyncFailed',
    ],
    [
      'policy/v1 PodDisruptionBudget',
      { status: condition('DisruptionAllowed', 'False', { reason: 'InsufficientPods' }) },
      'Healthy: PodDisruptionBudget has InsufficientPods',
    ],
  ])('%s %j', (type, rest, expected) => {
    expect(judge(type, rest)).toBe(expected);
  });

  test('that are not modelled are named, not guessed', () => {
    expect(judge('cert-manager.io/v1 Certificate')).toBe(
      'failed to get resource health for /x: Argo CD has a health check for cert-manager.io/Certificate' +
        ' that is not modelled; set resource.customizations.health.cert-manager.io_Certificate to give one',
    );
    expect(hasUnmodelledCheck({ group: 's3.aws.upbound.io', kind: 'Bucket' })).toBe(true);
    expect(hasUnmodelledCheck({ group: 'upbound.io', kind: 'Bucket' })).toBe(false);
    expect(hasUnmodelledCheck({ group: 'argoproj.io', kind: 'ApplicationSet' })).toBe(false);
    expect(hasUnmodelledCheck({ group: '', kind: 'ConfigMap' })).toBe(false);
  });
});
