import { describe, expect, it } from 'vitest';
import { annotationOption, annotationValues, optionValue } from './annotations.ts';
import {
  hookDeletePolicies,
  hookTypes,
  isAnyHook,
  isHook,
  isIgnoredHook,
  isSkipped,
  syncPhasesOf,
  withoutDeletionHooks,
} from './hooks.ts';
import type { KubeObject } from './kube-object.ts';
import { waveOf } from './waves.ts';

function job(annotations: Record<string, string>): KubeObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job', annotations } };
}

const hook = (value: string): KubeObject => job({ 'argocd.argoproj.io/hook': value });
const helm = (value: string): KubeObject => job({ 'helm.sh/hook': value });

describe('annotation lists', () => {
  it('are trimmed, each value once', () => {
    expect(annotationValues(job({ a: ' x ,y,, x' }), 'a')).toStrictEqual(['x', 'y']);
    expect(annotationValues({}, 'a')).toStrictEqual([]);
  });

  it('give the first value of an option', () => {
    expect(annotationOption(job({ a: 'Prune=false,Prune=confirm' }), 'a', 'Prune')).toBe('false');
    expect(optionValue(['Prune'], 'Prune')).toBeUndefined();
    expect(optionValue(['Prune='], 'Prune')).toBe('');
  });
});

describe('hooks', () => {
  it.each([
    ['PostSync, PreSync', true, ['PostSync', 'PreSync'], ['PostSync', 'PreSync']],
    ['Skip', false, ['Skip'], []],
    ['Skip,Sync', true, ['Skip', 'Sync'], ['Sync']],
    ['presync', true, [], []],
    ['', true, [], []],
  ])('by annotation %j', (value, isOne, types, phases) => {
    expect(isHook(hook(value))).toBe(isOne);
    expect(hookTypes(hook(value))).toStrictEqual(types);
    expect(syncPhasesOf(hook(value))).toStrictEqual(phases);
  });

  it('of Helm stand for phases, once each', () => {
    expect(syncPhasesOf(helm('pre-install,pre-upgrade'))).toStrictEqual(['PreSync']);
    expect(syncPhasesOf(helm('post-install'))).toStrictEqual(['PostSync']);
    expect(isHook(helm('crd-install'))).toBe(false);
    expect(syncPhasesOf(helm('crd-install'))).toStrictEqual(['Sync']);
    expect(isIgnoredHook(helm('test'))).toBe(true);
  });

  it('of Helm do not count besides one of Argo CD', () => {
    const both = job({ 'argocd.argoproj.io/hook': 'Sync', 'helm.sh/hook': 'pre-install' });
    expect(hookTypes(both)).toStrictEqual(['Sync']);
    const unknown = job({ 'argocd.argoproj.io/hook': 'Other', 'helm.sh/hook': 'pre-install' });
    expect(hookTypes(unknown)).toStrictEqual(['PreSync']);
  });

  it('are skipped only where nothing else is named', () => {
    expect(isSkipped(hook('Skip'))).toBe(true);
    expect(isSkipped(hook('Skip,Skip'))).toBe(true);
    expect(isSkipped(hook('Skip,PostSync'))).toBe(false);
  });

  it('are deleted before the next creation unless they say otherwise', () => {
    const policy = 'argocd.argoproj.io/hook-delete-policy';
    expect(hookDeletePolicies(hook('Sync'))).toStrictEqual(['BeforeHookCreation']);
    expect(hookDeletePolicies(job({ [policy]: 'HookFailed,HookSucceeded' }))).toStrictEqual([
      'HookFailed',
      'HookSucceeded',
    ]);
    expect(hookDeletePolicies(job({ [policy]: 'Never' }))).toStrictEqual(['BeforeHookCreation']);
    expect(
      hookDeletePolicies(job({ 'helm.sh/hook-delete-policy': 'hook-succeeded,other' })),
    ).toStrictEqual(['HookSucceeded']);
  });

  it('of a deletion are no part of a sync, unless they are of both', () => {
    const [pre, post, both, plain] = [
      hook('PreDelete'),
      helm('post-delete'),
      hook('PostDelete,PostSync'),
      job({}),
    ];
    const result = withoutDeletionHooks([pre, post, both, plain]);
    expect(result.manifests).toStrictEqual([both, plain]);
    expect(result).toMatchObject({ hasPreDeleteHooks: true, hasPostDeleteHooks: true });
    expect(withoutDeletionHooks([plain])).toMatchObject({
      hasPreDeleteHooks: false,
      hasPostDeleteHooks: false,
    });
    expect([pre, post, plain].map(isAnyHook)).toStrictEqual([true, true, false]);
  });
});

describe('waves', () => {
  it.each([
    ['-3', -3],
    ['+4', 4],
    ['0x1', 0],
    [' 1', 0],
    ['1e2', 0],
    ['9223372036854775808', 0],
  ])('annotation %j is wave %i', (value, wave) => {
    expect(waveOf(job({ 'argocd.argoproj.io/sync-wave': value }))).toBe(wave);
  });

  it("fall back to a Helm hook's weight", () => {
    expect(waveOf(job({ 'helm.sh/hook-weight': '-5' }))).toBe(-5);
    expect(waveOf(job({ 'argocd.argoproj.io/sync-wave': 'x', 'helm.sh/hook-weight': '2' }))).toBe(
      2,
    );
  });
});
