import {
  setResources,
  withOutcome,
  type ApplicationSetStatus,
  type GeneratedApplication,
  type SetOutcome,
  type SetResource,
} from '@tidegate/core/argocd/applicationset';
import { isConflict, type JsonObject, type KubeClient, type ObjectRef } from '@tidegate/kube';
import type { Surroundings } from '../ports/surroundings.ts';
import { sleep } from '../sleep.ts';
import { setType } from './types.ts';

export interface SetStatusOptions extends Surroundings {
  readonly client: KubeClient;
}

/** How often a status is tried again when somebody else wrote in between. */
const attempts = 5;
const attemptDelayMs = 10;

/**
 * Writes the status of sets: read anew, changed and written, and once more after 10 ms when somebody
 * else was faster. Source: applicationset/controllers/applicationset_controller.go.
 */
export class SetStatusWriter {
  private readonly options: SetStatusOptions;

  constructor(options: SetStatusOptions) {
    this.options = options;
  }

  /** Writes conditions and health after an outcome. */
  writeOutcome(ref: ObjectRef, outcome: SetOutcome): Promise<void> {
    return this.write(ref, (status) => {
      const now = new Date(this.options.clock.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z');
      const found = withOutcome(status, outcome, now);
      // Conditions that stay the same leave the health as it is, too.
      return found.conditions === status.conditions ? status : { ...status, ...found };
    });
  }

  /** Writes the Applications of the set, `maximum` of them at most; 0: all of them. */
  writeResources(
    ref: ObjectRef,
    applications: readonly GeneratedApplication[],
    maximum: number,
  ): Promise<void> {
    const { resources, resourcesCount } = setResources(applications, maximum);
    return this.write(ref, (status) => {
      const listed = resources.length === 0 ? {} : { resources: resources.map(writtenResource) };
      const counted = resourcesCount === 0 ? {} : { resourcesCount };
      return { ...without(status, 'resources', 'resourcesCount'), ...listed, ...counted };
    });
  }

  /** Takes away what progressive syncs, which are off, may have left. */
  clearRollout(ref: ObjectRef): Promise<void> {
    return this.write(ref, (status) => without(status, 'applicationStatus'));
  }

  private async write(
    ref: ObjectRef,
    change: (status: ApplicationSetStatus) => ApplicationSetStatus,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.writeOnce(ref, change);
      } catch (error) {
        if (!isConflict(error) || attempt === attempts) throw error;
      }
      await sleep(this.options.timers, attemptDelayMs * (1 + this.options.random() / 10));
    }
  }

  private async writeOnce(
    ref: ObjectRef,
    change: (status: ApplicationSetStatus) => ApplicationSetStatus,
  ): Promise<void> {
    const { client } = this.options;
    const set = await client.get(setType, ref);
    const before = (set['status'] ?? {}) as ApplicationSetStatus;
    const after = { health: {}, ...change(before) } as unknown as JsonObject;
    if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(after))) return;
    await client.update(setType, { ...set, status: after }, { subresource: 'status' });
  }
}

function without(status: ApplicationSetStatus, ...fields: readonly string[]): ApplicationSetStatus {
  return Object.fromEntries(Object.entries(status).filter(([key]) => !fields.includes(key)));
}

function writtenResource({ status, health, ...rest }: SetResource): SetResource {
  const shown = health.status === '' ? {} : health;
  return { ...rest, ...(status === '' ? {} : { status }), health: shown } as SetResource;
}

/** Data with its fields in order, to compare it as text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
