import { at, type JsonObject } from '../json/value.ts';
import type { Context } from '../server/context.ts';
import type { StoreEvent } from '../store/store.ts';
import { claimController } from './claims.ts';
import { daemonSetController } from './daemon-sets.ts';
import { definitionController } from './definitions.ts';
import { deploymentController } from './deployments.ts';
import { endpointsController } from './endpoints.ts';
import { garbageController } from './garbage.ts';
import { jobController } from './jobs.ts';
import { fakeKubelet, type KubeletOptions, registerNode } from './kubelet.ts';
import { type Controller, type ControllerManager, createControllerManager } from './manager.ts';
import { namespaceController } from './namespaces.ts';
import { quotaController } from './quotas.ts';
import { replicaSetController } from './replica-sets.ts';
import { statefulSetController } from './stateful-sets.ts';

export interface ControllerOptions {
  /** Runs pods on a fake node. Without it pods stay pending until somebody writes their status. */
  readonly kubelet?: KubeletOptions;
  /** Makes a volume for each claim that finds none. */
  readonly provision?: boolean;
  /** How late the Job controller looks at changes of pods and of a Job's status, in milliseconds; Kubernetes gathers them for 1000. */
  readonly jobPodLagMs?: number;
}

/** All controllers that the server has built in. */
export function builtinControllers(options: ControllerOptions = {}): readonly Controller[] {
  return [
    definitionController,
    garbageController,
    namespaceController,
    deploymentController,
    replicaSetController,
    statefulSetController,
    daemonSetController,
    withPodLag(jobController, options.jobPodLagMs ?? 0),
    claimController({ provision: options.provision === true }),
    endpointsController,
    quotaController,
    ...(options.kubelet === undefined ? [] : [fakeKubelet(options.kubelet)]),
  ];
}

function withPodLag(controller: Controller, lagMs: number): Controller {
  const waits = (event: StoreEvent): boolean => event.resource === 'pods' || isSameSpec(event);
  return { ...controller, lagMs: (event) => (waits(event) ? lagMs : 0) };
}

/** Whether an object that was there before has changed in its status or metadata only. */
function isSameSpec({ object, previous }: StoreEvent): boolean {
  const generation = (of: JsonObject | undefined): unknown => at(of, 'metadata', 'generation');
  return generation(previous) !== undefined && generation(object) === generation(previous);
}

/** Runs the built-in controllers over a server. */
export function startControllers(
  context: Context,
  options: ControllerOptions = {},
): ControllerManager {
  const manager = createControllerManager(context, builtinControllers(options));
  if (options.kubelet !== undefined) registerNode(context, options.kubelet.nodeName);
  return manager;
}
