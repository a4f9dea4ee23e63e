import type { ObjectHealth } from '../../sync/index.ts';
import { Fields } from '../fields.ts';
import { health } from '../health-status.ts';

/** Source: gitops-engine/pkg/health/health_ingress.go. */
export function ingressHealth(object: Fields): ObjectHealth {
  const hasAddress = object.list('status', 'loadBalancer', 'ingress').length > 0;
  return health(hasAddress ? 'Healthy' : 'Progressing');
}

/** Source: gitops-engine/pkg/health/health_service.go. */
export function serviceHealth(object: Fields): ObjectHealth {
  return object.text('spec', 'type') === 'LoadBalancer' ? ingressHealth(object) : health('Healthy');
}

/** Source: gitops-engine/pkg/health/health_pvc.go. */
export function volumeClaimHealth(object: Fields): ObjectHealth {
  switch (object.text('status', 'phase')) {
    case 'Lost':
      return health('Degraded');
    case 'Pending':
      return health('Progressing');
    case 'Bound':
      return health('Healthy');
    default:
      return health('Unknown');
  }
}

/** Source: gitops-engine/pkg/health/health_apiservice.go. */
export function apiServiceHealth(object: Fields): ObjectHealth {
  const available = object
    .list('status', 'conditions')
    .find((condition) => condition.text('type') === 'Available');
  if (available === undefined) return health('Progressing', 'Waiting to be processed');
  const message = `${available.text('reason')}: ${available.text('message')}`;
  return health(available.text('status') === 'True' ? 'Healthy' : 'Progressing', message);
}

/** Source: gitops-engine/pkg/health/health_argo.go. */
export function workflowHealth(object: Fields): ObjectHealth {
  const message = object.text('status', 'message');
  switch (object.text('status', 'phase')) {
    case '':
    case 'Pending':
    case 'Running':
      return health('Progressing', message);
    case 'Succeeded':
      return health('Healthy', message);
    case 'Failed':
    case 'Error':
      return health('Degraded', message);
    default:
      return health('Unknown', message);
  }
}

const autoscalerFailures: Readonly<Record<string, readonly string[]>> = {
  AbleToScale: ['FailedGetScale', 'FailedUpdateScale'],
  ScalingActive: [
    'FailedGetResourceMetric',
    'FailedGetObjectMetric',
    'FailedGetPodsMetric',
    'FailedGetExternalMetric',
    'FailedComputeMetricsReplicas',
    'InvalidSelector',
  ],
};

/** Version 2 has conditions in its status. Source: gitops-engine/pkg/health/health_hpa.go. */
export function autoscalerHealth(object: Fields): ObjectHealth {
  return conditionsHealth(object.list('status', 'conditions'));
}

/** Version 1 has them as JSON in an annotation. Throws where that is none. */
export function autoscalerV1Health(object: Fields): ObjectHealth {
  const text = object.text('metadata', 'annotations', 'autoscaling.alpha.kubernetes.io/conditions');
  if (text === '') return conditionsHealth([]);
  let conditions: unknown;
  try {
    conditions = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to convert conditions annotation to typed: ${why}`, { cause: error });
  }
  return conditionsHealth(new Fields({ conditions }).list('conditions'));
}

function conditionsHealth(conditions: readonly Fields[]): ObjectHealth {
  const failed = conditions.find((condition) =>
    autoscalerFailures[condition.text('type')]?.includes(condition.text('reason')),
  );
  if (failed !== undefined) return health('Degraded', failed.text('message'));
  const fine = conditions.find(
    (condition) =>
      ['AbleToScale', 'ScalingLimited'].includes(condition.text('type')) &&
      condition.text('status') === 'True',
  );
  if (fine !== undefined) return health('Healthy', fine.text('message'));
  return health('Progressing', 'Waiting to Autoscale');
}
