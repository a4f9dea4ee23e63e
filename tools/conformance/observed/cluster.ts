import {
  administrator,
  builtinControllers,
  createControllerManager,
  createServer,
  type ApiServer,
  type ResourceType,
} from '@tidegate/kube';
import { recordingKubelet } from './fake-kubelet.ts';
import { virtualTime, type VirtualTime } from './virtual-time.ts';

/** Kubernetes gathers changes of a Job's pods for so long. */
const jobPodLagMs = 1000;

/** A cluster without Argo CD on a virtual clock, with Kubernetes' controllers and the recordings' pods. */
export function startCluster(startMs: number): { time: VirtualTime; server: ApiServer } {
  let hasWork = true;
  const time = virtualTime(startMs, () => {
    if (!hasWork) return false;
    hasWork = false;
    plan(manager.step());
    return true;
  });
  let cancel: () => void = () => undefined;
  const plan = (dueMs: number | undefined): void => {
    cancel();
    if (dueMs === undefined) return;
    cancel = time.timers.after(dueMs - time.clock.nowMs(), () => {
      hasWork = true;
    });
  };
  const server = createServer({
    clock: time.clock,
    timers: time.timers,
    random: seededRandom(1),
    tokens: new Map([['recorder', administrator]]),
    noAuth: true,
    signingKey: 'recording',
  });
  const manager = createControllerManager(server.context, [
    ...builtinControllers({ jobPodLagMs }),
    recordingKubelet(() => server),
  ]);
  manager.onWork(() => {
    hasWork = true;
  });
  return { time, server };
}

/** The resource by which objects of a kind are read and written. */
export function resourceFinder(
  server: ApiServer,
): (kind: string, apiVersion?: string) => ResourceType {
  return (kind, apiVersion) => {
    const { resources } = server.context;
    const found =
      apiVersion === undefined
        ? resources.all().find((resource) => resource.kind === kind)
        : resources.byKind(apiVersion, kind);
    if (found === undefined) throw new Error(`the cluster serves no ${kind}`);
    const { group, version, plural } = found;
    return { apiVersion: group === '' ? version : `${group}/${version}`, plural };
  };
}

/** Numbers that look random and come again with the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
