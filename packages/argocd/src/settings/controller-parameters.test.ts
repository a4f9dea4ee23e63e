import { describe, expect, it } from 'vitest';
import { readControllerParameters } from './controller-parameters.ts';

describe('parameters of the controller', () => {
  it('leaves to the defaults what is not given', () => {
    expect(readControllerParameters({}, {})).toEqual({
      timing: {},
      selfHeal: {
        timeoutMilliseconds: 0,
        backoff: { milliseconds: 2000, factor: 3, capMilliseconds: 300_000 },
      },
      statusWorkers: 20,
      operationWorkers: 10,
    });
  });

  it('reads seconds, numbers and the times of argocd-cm', () => {
    const parameters = {
      'controller.sync.wave.delay.seconds': '5',
      'controller.sync.timeout.seconds': '600',
      'controller.repo.error.grace.period.seconds': '0',
      'controller.self.heal.backoff.factor': '2',
      'controller.status.processors': '4',
    };
    const config = { 'timeout.reconciliation': '30s', 'timeout.reconciliation.jitter': '0s' };
    expect(readControllerParameters(parameters, config)).toMatchObject({
      timing: {
        waveDelayMs: 5000,
        syncTimeoutMs: 600_000,
        repositoryErrorGraceMs: 0,
        reconciliationMs: 30_000,
        reconciliationJitterMs: 0,
        revisionCacheMs: 30_000,
      },
      selfHeal: { backoff: { factor: 2 } },
      statusWorkers: 4,
    });
  });

  it.each(['', 'five', '-1', '2.5', '5s'])('takes %j as not given', (text) => {
    const { timing } = readControllerParameters({ 'controller.sync.wave.delay.seconds': text }, {});
    expect(timing).toEqual({});
  });
});
