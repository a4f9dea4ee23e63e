import { describe, expect, it, test } from 'vitest';
import { emptyOverride, type ResourceOverrides } from '../settings/index.ts';
import type { KubeObject } from '../sync/index.ts';
import { createHealthChecks, healthOf, isWorse, healthStatuses } from './index.ts';

const surroundings = { now: () => 0 };
const says = (status: string): ResourceOverrides[string] => ({
  ...emptyOverride,
  healthLua: `return {status = "${status}"}`,
});
const gate: KubeObject = {
  apiVersion: 'example.dev/v1',
  kind: 'Gate',
  metadata: { name: 'gate', namespace: 'gates' },
};

function judge(overrides: ResourceOverrides, object: KubeObject = gate): unknown {
  return createHealthChecks(overrides, surroundings).judge(object);
}

describe('which check counts', () => {
  it('the settings’ own before wildcards, before Argo CD’s', () => {
    const exact = { 'example.dev/Gate': says('Degraded') };
    expect(judge({ '*/*': says('Healthy'), ...exact })).toEqual({
      health: { status: 'Degraded' },
      by: 'settings',
    });
    expect(judge({ 'example.*/*': says('Suspended') })).toMatchObject({
      health: { status: 'Suspended' },
    });
    expect(judge({ 'example.dev/Gate': emptyOverride, '*': says('Suspended') })).toMatchObject({
      health: { status: 'Suspended' },
    });
    const deployment = { ...gate, apiVersion: 'apps/v1', kind: 'Deployment' };
    expect(judge(exact, deployment)).toEqual({ health: { status: 'Healthy' }, by: 'argo-cd' });
    expect(judge({ 'apps/Deployment': says('Missing') }, deployment)).toMatchObject({
      health: { status: 'Missing' },
    });
  });

  it('none, where nobody has one', () => {
    expect(judge({ '[': says('Healthy') })).toEqual({ health: undefined, by: 'nothing' });
    expect(judge({ Service: says('Healthy') })).toEqual({ health: undefined, by: 'nothing' });
  });

  it('none of them for an object that is being deleted, unless a hook holds it', () => {
    const metadata = { ...gate.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' };
    const overrides = { 'example.dev/Gate': says('Healthy') };
    expect(judge(overrides, { ...gate, metadata })).toEqual({
      health: { status: 'Progressing', message: 'Pending deletion' },
      by: 'deletion',
    });
    const finalizers = ['argocd.argoproj.io/hook-finalizer'];
    expect(judge(overrides, { ...gate, metadata: { ...metadata, finalizers } })).toMatchObject({
      health: { status: 'Healthy' },
    });
  });
});

test('open libraries are opened where the settings say so', () => {
  const healthLua = 'return {status = ("healthy"):gsub("^h", "H")}';
  const closed = { ...emptyOverride, healthLua };
  expect(judge({ 'example.dev/Gate': closed })).toMatchObject({
    health: { status: 'Unknown' },
    error:
      'failed to get resource health for gates/gate: <string>:1: ' +
      "attempt to index a non-table object(string) with key 'gsub'",
  });
  expect(judge({ 'example.dev/Gate': { ...closed, useOpenLibs: true } })).toEqual({
    health: { status: 'Healthy' },
    by: 'settings',
  });
});

test('what a sync sees: a health, none, or why a check failed', () => {
  const error = 'failed to get resource health for gates/gate: <string>:1: no';
  const failing = { ...emptyOverride, healthLua: 'error("no")' };
  const checks = createHealthChecks({ 'example.dev/Gate': failing }, surroundings);
  expect(checks.judge(gate)).toEqual({
    health: { status: 'Unknown', message: '<string>:1: no' },
    error,
    by: 'settings',
  });
  expect(healthOf(gate, checks)).toEqual({ error });
  expect(healthOf({ ...gate, kind: 'Other' }, checks)).toBeUndefined();
  const empty = createHealthChecks(
    { 'example.dev/Gate': { ...emptyOverride, healthLua: 'return nil' } },
    surroundings,
  );
  expect(healthOf(gate, empty)).toEqual({ status: '' });
});

test('states have an order', () => {
  healthStatuses.forEach((left, index) => {
    healthStatuses.forEach((right, other) => {
      expect(isWorse(left, right)).toBe(other > index);
    });
  });
  expect(isWorse('Healthy', '')).toBe(false);
});
