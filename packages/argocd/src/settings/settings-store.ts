import {
  createInformer,
  isNotFound,
  type Informer,
  type JsonObject,
  type KubeClient,
} from '@tidegate/kube';
import { createCanceller } from '../cancel.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { sleep } from '../sleep.ts';
import type { InstanceSettings } from './instance-settings.ts';
import { parseSettings } from './parse-settings.ts';

export interface SettingsStoreOptions extends Surroundings {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Hears of settings that changed after the start. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

const configMaps = { apiVersion: 'v1', plural: 'configmaps' };

/** The settings of an instance: `argocd-cm` as it is now. */
export class SettingsStore {
  private readonly options: SettingsStoreOptions;
  private readonly informer: Informer;
  private readonly canceller = createCanceller();
  private started = false;
  private settings: InstanceSettings;

  constructor(options: SettingsStoreOptions) {
    this.options = options;
    this.settings = this.parse({});
    const { namespace, client, timers, random, onError } = options;
    this.informer = createInformer({
      client,
      timers,
      random,
      onError,
      type: configMaps,
      select: { namespace, fieldSelector: 'metadata.name=argocd-cm' },
    });
    const changed = (): void => {
      this.read();
    };
    this.informer.handle({ added: changed, updated: changed, deleted: changed });
  }

  async start(): Promise<void> {
    void this.informer.run(this.canceller.cancellation);
    const { cancellation } = this.canceller;
    while (!cancellation.aborted && !this.informer.hasSynced()) await sleep(this.options.timers, 1);
    this.started = true;
  }

  stop(): void {
    this.canceller.cancel();
  }

  /** `argocd-cm` as it is. */
  config(): Readonly<Record<string, string>> {
    return this.dataOf(this.informer.get(`${this.options.namespace}/argocd-cm`));
  }

  /** `argocd-cmd-params-cm`, which controllers read when they start. Throws KubeError. */
  async parameters(): Promise<Readonly<Record<string, string>>> {
    const { client, namespace } = this.options;
    try {
      return this.dataOf(await client.get(configMaps, { name: 'argocd-cmd-params-cm', namespace }));
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
  }

  current(): InstanceSettings {
    return this.settings;
  }

  private read(): void {
    this.settings = this.parse(this.config());
    if (this.started) this.options.onChange();
  }

  private dataOf(object: JsonObject | undefined): Readonly<Record<string, string>> {
    return (object?.['data'] ?? {}) as Readonly<Record<string, string>>;
  }

  private parse(data: Readonly<Record<string, string>>): InstanceSettings {
    const { clock, random } = this.options;
    return parseSettings(data, { lua: { now: () => clock.nowMs(), random } });
  }
}
