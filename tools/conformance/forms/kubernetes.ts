import type { ConformanceForm, JsonObject } from '../form.ts';
import type { KubernetesCase } from '../kubernetes/case.ts';
import { runKubernetesCase } from '../kubernetes/run-case.ts';

/** Fields that tell what a step does; each step of a recorded case has one of them. */
const stepFields = ['method', 'argv', 'watch', 'waitMs', 'hook'];

function steps(one: JsonObject): readonly JsonObject[] | undefined {
  const { requests } = one;
  if (!Array.isArray(requests) || requests.length === 0 || 'argv' in one) return undefined;
  const isStep = (step: unknown): step is JsonObject =>
    typeof step === 'object' && step !== null && stepFields.some((field) => field in step);
  return (requests as unknown[]).every(isStep) ? requests : undefined;
}

function isSession(one: JsonObject): boolean {
  return steps(one)?.some((step) => 'argv' in step) === true;
}

const run = (one: JsonObject): ReturnType<ConformanceForm['run']> =>
  runKubernetesCase(one as unknown as KubernetesCase);

/** What a real Kubernetes API server answered, request by request, and sessions of the real kubectl. */
export const forms: readonly ConformanceForm[] = [
  { name: 'kubectl session', key: 'cases', concurrency: 4, fits: isSession, run },
  {
    name: 'Kubernetes requests',
    key: 'cases',
    concurrency: 8,
    fits: (one) => steps(one) !== undefined,
    run,
  },
];
