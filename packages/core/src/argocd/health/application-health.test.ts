import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { emptyOverride } from '../settings/index.ts';
import type { KubeObject } from '../sync/index.ts';
import {
  createHealthChecks,
  healthStatuses,
  isWorse,
  judgeApplication,
  withTransitionTime,
  type ManagedResource,
} from './index.ts';

const healthLua =
  'if obj.state == "error" then error("no") end if obj.state == nil then return nil end ' +
  'return {status = obj.state, message = "m"}';
const own = { ...emptyOverride, healthLua };
const checks = createHealthChecks(
  { 'example.dev/Gate': own, 'argoproj.io/Application': own },
  { now: () => 0 },
);
const application = { name: 'app', namespace: 'argocd', uid: 'u' };

function live(state?: string, annotations = {}, kind = 'Gate'): KubeObject {
  const apiVersion = kind === 'Gate' ? 'example.dev/v1' : 'argoproj.io/v1alpha1';
  const metadata = { name: 'x', namespace: 'argocd', annotations };
  return { apiVersion, kind, metadata, ...(state === undefined ? {} : { state }) };
}

function resource(found: KubeObject | undefined, target = found ?? live()): ManagedResource {
  const group = target.kind === 'Application' ? 'argoproj.io' : 'example.dev';
  return { group, kind: target.kind ?? '', target, live: found };
}

function judge(
  resources: readonly ManagedResource[],
  persistResourceHealth = true,
): ReturnType<typeof judgeApplication> {
  return judgeApplication({ resources, checks, application, persistResourceHealth });
}

describe('an Application', () => {
  it('without objects is healthy', () => {
    expect(judge([])).toEqual({
      status: 'Healthy',
      resources: [],
      resourceHealthSource: '',
      error: undefined,
    });
  });

  it('is as bad as the worst of its objects', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...healthStatuses)), (states) => {
        const { status } = judge(states.map((state) => resource(live(state))));
        expect(states.every((state) => !isWorse(status, state))).toBe(true);
        expect(['Healthy', ...states]).toContain(status);
      }),
    );
  });

  it('is missing when nothing of it is there, and not when something is', () => {
    expect(judge([resource(undefined)])).toMatchObject({
      status: 'Missing',
      resources: [{ health: { status: 'Missing' }, reason: 'missing' }],
    });
    expect(judge([resource(undefined), resource(live('Healthy'))]).status).toBe('Healthy');
    const ignored = live('Degraded', { 'argocd.argoproj.io/ignore-healthcheck': 'true' });
    expect(judge([resource(undefined), resource(ignored)]).status).toBe('Healthy');
  });

  it.each<[string, ManagedResource, string]>([
    [
      'skipped',
      resource(live('Degraded'), live('', { 'argocd.argoproj.io/hook': 'Skip' })),
      'skipped',
    ],
    ['hooks', resource(live('Degraded', { 'argocd.argoproj.io/hook': 'Sync' })), 'hook'],
    ['unknown hooks', resource(live('Degraded', { 'argocd.argoproj.io/hook': 'Odd' })), 'hook'],
    [
      'ignored',
      resource(live('Degraded', { 'argocd.argoproj.io/ignore-healthcheck': 'true' })),
      'ignored by annotation',
    ],
    [
      'child Applications that are missing',
      resource(live('Missing', {}, 'Application')),
      'child Application',
    ],
    [
      'child Applications that are unknown',
      resource(live('Unknown', {}, 'Application')),
      'child Application',
    ],
    ['empty answers', resource(live()), 'counts'],
  ])('does not mind: %s', (_name, one, reason) => {
    const judged = judge([one]);
    expect(judged.status).toBe('Healthy');
    expect(judged.resources[0]?.reason).toBe(reason);
  });

  it('does not judge itself', () => {
    const self = live('Degraded', {}, 'Application');
    const named = { ...self, metadata: { ...self.metadata, name: 'app', uid: 'u' } };
    expect(judge([resource(named)])).toMatchObject({
      status: 'Healthy',
      resources: [{ reason: 'the Application itself' }],
    });
    const other = { ...named, metadata: { ...named.metadata, uid: 'v' } };
    expect(judge([resource(other)]).status).toBe('Degraded');
  });

  it('is unknown where a check fails, and tells the first failure', () => {
    expect(judge([resource(live('error')), resource(live('error'))])).toMatchObject({
      status: 'Unknown',
      error:
        'failed to get resource health for "Gate" with name "x" in namespace "argocd": ' +
        'failed to get resource health for argocd/x: <string>:1: no',
    });
  });

  it('shows the health of objects only where it is kept in the status', () => {
    expect(judge([resource(live('Degraded'))], false)).toEqual({
      status: 'Degraded',
      resources: [{ health: undefined, reason: 'counts' }],
      resourceHealthSource: 'appTree',
      error: undefined,
    });
  });
});

test('the time of a health is that of its last change', () => {
  const before = { status: 'Healthy', lastTransitionTime: '1' };
  expect(withTransitionTime('Healthy', before, '2')).toEqual(before);
  expect(withTransitionTime('Healthy', { status: 'Healthy' }, '2')).toEqual({ status: 'Healthy' });
  expect(withTransitionTime('Degraded', before, '2')).toEqual({
    status: 'Degraded',
    lastTransitionTime: '2',
  });
  expect(withTransitionTime('Healthy', undefined, '2')).toEqual({
    status: 'Healthy',
    lastTransitionTime: '2',
  });
});
