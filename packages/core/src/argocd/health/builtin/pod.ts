import type { ObjectHealth } from '../../sync/index.ts';
import type { Fields } from '../fields.ts';
import { health } from '../health-status.ts';

/** Source: gitops-engine/pkg/health/health_pod.go. */
export function podHealth(pod: Fields): ObjectHealth {
  const restarts = pod.text('spec', 'restartPolicy');
  const stuck = restarts === 'Always' ? stuckMessages(pod) : [];
  if (stuck.length > 0) return health('Degraded', stuck.join(', '));
  const message = pod.text('status', 'message');
  switch (pod.text('status', 'phase')) {
    case 'Pending':
      return health('Progressing', message);
    case 'Succeeded':
      return health('Healthy', message);
    case 'Failed':
      return health('Degraded', message === '' ? failureMessage(pod) : message);
    case 'Running':
      return runningHealth(pod, restarts);
    default:
      return health('Unknown', message);
  }
}

/** What containers that cannot start say. */
function stuckMessages(pod: Fields): string[] {
  return pod
    .list('status', 'containerStatuses')
    .map((container) => container.at('state', 'waiting'))
    .filter((waiting) => /^Err|Error$|BackOff$/.test(waiting.text('reason')))
    .map((waiting) => waiting.text('message'));
}

function failureMessage(pod: Fields): string {
  const containers = [
    ...pod.list('status', 'initContainerStatuses'),
    ...pod.list('status', 'containerStatuses'),
  ];
  return containers.map(containerFailure).find((text) => text !== '') ?? '';
}

function containerFailure(container: Fields): string {
  const ended = container.at('state', 'terminated');
  if (ended.text('message') !== '') return ended.text('message');
  if (ended.text('reason') === 'OOMKilled') return 'OOMKilled';
  const code = ended.number('exitCode');
  const name = JSON.stringify(container.text('name'));
  return code === 0 ? '' : `container ${name} failed with exit code ${code}`;
}

function runningHealth(pod: Fields, restarts: string): ObjectHealth {
  const message = pod.text('status', 'message');
  if (restarts === 'OnFailure' || restarts === 'Never') return health('Progressing', message);
  if (restarts !== 'Always') return health('Unknown', message);
  const isReady = pod
    .list('status', 'conditions')
    .find((condition) => condition.text('type') === 'Ready');
  if (isReady?.text('status') === 'True') return health('Healthy', message);
  const hasEnded = pod
    .list('status', 'containerStatuses')
    .some((container) => container.has('lastState', 'terminated'));
  return health(hasEnded ? 'Degraded' : 'Progressing', message);
}
