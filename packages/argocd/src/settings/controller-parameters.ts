import type { SelfHealSettings } from '@tidegate/core/argocd/auto-sync';
import { parseInstanceOptions, SettingsFault } from '@tidegate/core/argocd/settings';
import type { ArgoCdTiming } from '../ports/surroundings.ts';

type Config = Readonly<Record<string, string>>;

/** What an instance reads once, when it starts. */
export interface ControllerParameters {
  readonly timing: Partial<ArgoCdTiming>;
  readonly selfHeal: SelfHealSettings;
  /** How many Applications are compared, and how many operated on, at the same time. */
  readonly statusWorkers: number;
  readonly operationWorkers: number;
}

/**
 * Parameters of the application controller: `argocd-cmd-params-cm`, and the times of `argocd-cm`. A value
 * that is no whole number counts as not given, as Argo CD takes it.
 * Source: cmd/argocd-application-controller/commands/argocd_application_controller.go.
 */
export function readControllerParameters(parameters: Config, config: Config): ControllerParameters {
  const number = (name: string, otherwise: number): number =>
    wholeNumber(parameters[`controller.${name}`]) ?? otherwise;
  return {
    timing: timesOf(parameters, config),
    selfHeal: {
      timeoutMilliseconds: number('self.heal.timeout.seconds', 0) * 1000,
      backoff: {
        milliseconds: number('self.heal.backoff.timeout.seconds', 2) * 1000,
        factor: number('self.heal.backoff.factor', 3),
        capMilliseconds: number('self.heal.backoff.cap.seconds', 300) * 1000,
      },
    },
    statusWorkers: Math.max(1, number('status.processors', 20)),
    operationWorkers: Math.max(1, number('operation.processors', 10)),
  };
}

const seconds: Readonly<Record<string, keyof ArgoCdTiming>> = {
  'sync.wave.delay.seconds': 'waveDelayMs',
  'sync.timeout.seconds': 'syncTimeoutMs',
  'repo.error.grace.period.seconds': 'repositoryErrorGraceMs',
};

function timesOf(parameters: Config, config: Config): Partial<ArgoCdTiming> {
  const given = Object.entries(seconds).flatMap(([name, field]) => {
    const value = wholeNumber(parameters[`controller.${name}`]);
    return value === undefined ? [] : [[field, value * 1000] as const];
  });
  return { ...pollingOf(config), ...Object.fromEntries(given) };
}

/** The times that `argocd-cm` gives; those that it does not are left out. */
function pollingOf(config: Config): Partial<ArgoCdTiming> {
  try {
    const { reconciliationMs, reconciliationJitterMs } = parseInstanceOptions(config);
    return {
      ...(config['timeout.reconciliation'] === undefined
        ? {}
        : { reconciliationMs, revisionCacheMs: reconciliationMs }),
      ...(config['timeout.reconciliation.jitter'] === undefined ? {} : { reconciliationJitterMs }),
    };
  } catch (error) {
    if (error instanceof SettingsFault) return {};
    throw error;
  }
}

function wholeNumber(text = ''): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
