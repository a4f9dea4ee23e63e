import type { SelfHealSettings } from '@tidegate/core/argocd/auto-sync';
import type { KubeClient, Timers } from '@tidegate/kube';
import { createSyncDriver } from './apply/index.ts';
import {
  readSetSettings,
  startApplicationSetController,
  type ApplicationSetController,
  type ApplicationSetSettings,
} from './application-sets/index.ts';
import { ApplicationController } from './applications/application-controller.ts';
import { createCanceller } from './cancel.ts';
import { createDiscovery } from './discovery/index.ts';
import { keepTrying } from './keep-trying.ts';
import type { LogEntry } from './log.ts';
import type { ManifestSource } from './ports/manifests.ts';
import {
  defaultApplyHabits,
  defaultTiming,
  type ApplyHabits,
  type ArgoCdTiming,
  type Surroundings,
} from './ports/surroundings.ts';
import { readControllerParameters } from './settings/controller-parameters.ts';
import { SettingsStore } from './settings/settings-store.ts';

export interface ArgoCdOptions extends Surroundings {
  /** A client with the rights of Argo CD's controllers. */
  readonly client: KubeClient;
  readonly manifests: ManifestSource;
  /** Where this instance lies: its settings, AppProjects, Applications and ApplicationSets. */
  readonly namespace: string;
  /** What is left out is as Argo CD 3.5.1 does. */
  readonly timing?: Partial<ArgoCdTiming>;
  readonly selfHeal?: SelfHealSettings;
  readonly applicationSets?: Partial<ApplicationSetSettings>;
  /** How writes that go on at the same time come to their end. */
  readonly applyHabits?: ApplyHabits;
  /** Timers of looks that nothing but time asks for; `timers` when left out. */
  readonly polls?: Timers;
  /** Hears of each decision, with its reasons as data, and of failures. */
  readonly log?: (entry: LogEntry) => void;
}

/** One Argo CD that runs. */
export interface ArgoCdInstance {
  /** Whether everything was read once and the controllers work. */
  hasSynced(): boolean;
  /** Ends the watches, and when all that is being worked on is done. */
  stop(): Promise<void>;
}

/**
 * Runs the application controller and the ApplicationSet controller of one Argo CD instance over a
 * Kubernetes API. The definitions of `argoCdDefinitions` have to be there.
 */
export function startArgoCd(options: ArgoCdOptions): ArgoCdInstance {
  return new Instance(options);
}

class Instance implements ArgoCdInstance {
  private readonly options: ArgoCdOptions;
  private readonly settings: SettingsStore;
  private readonly log: (entry: LogEntry) => void;
  private controller: ApplicationController | undefined;
  private sets: ApplicationSetController | undefined;
  private readonly canceller = createCanceller();

  constructor(options: ArgoCdOptions) {
    const { client, clock, timers, random, namespace } = options;
    this.options = options;
    this.log = options.log ?? (() => undefined);
    this.settings = new SettingsStore({
      clock,
      timers,
      random,
      client,
      namespace,
      onChange: () => this.controller?.settingsChanged(),
      onError: (error) => {
        this.log({ level: 'warn', object: `${namespace}/argocd-cm`, message: textOf(error) });
      },
    });
    void this.start();
  }

  hasSynced(): boolean {
    return this.controller?.hasSynced() === true && this.sets?.hasSynced() === true;
  }

  async stop(): Promise<void> {
    this.canceller.cancel();
    this.settings.stop();
    await Promise.all([this.controller?.stop(), this.sets?.stop()]);
  }

  private async start(): Promise<void> {
    const { timers } = this.options;
    const { cancellation } = this.canceller;
    await this.settings.start();
    const parameters = await keepTrying(() => this.settings.parameters(), {
      timers,
      cancellation,
      onError: (error) => {
        const object = `${this.options.namespace}/argocd-cmd-params-cm`;
        this.log({ level: 'warn', object, message: textOf(error) });
      },
    });
    if (parameters === undefined || cancellation.aborted) return;
    this.startControllers(parameters);
    await this.controller?.start();
  }

  private startControllers(parameters: Readonly<Record<string, string>>): void {
    const { client, clock, timers, random, manifests, namespace, polls = timers } = this.options;
    const surroundings = { clock, timers, random, polls, client, manifests, namespace };
    const read = readControllerParameters(parameters, this.settings.config());
    const timing = { ...defaultTiming, ...read.timing, ...this.options.timing };
    const discovery = createDiscovery(client);
    const driver = createSyncDriver({ client, discovery, timers, random });
    this.controller = new ApplicationController({
      ...surroundings,
      ...read,
      timing,
      selfHeal: this.options.selfHeal ?? read.selfHeal,
      discovery,
      applyHabits: this.options.applyHabits ?? defaultApplyHabits,
      log: this.log,
      settings: () => this.settings.current(),
      execute: (requests) => driver.answer(requests),
    });
    this.sets = startApplicationSetController({
      ...surroundings,
      log: this.log,
      settings: {
        requeueSeconds: timing.applicationSetRequeueMs / 1000,
        ...readSetSettings(parameters),
        ...this.options.applicationSets,
      },
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
