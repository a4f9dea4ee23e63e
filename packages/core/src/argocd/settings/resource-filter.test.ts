import { describe, expect, it } from 'vitest';
import { isExcludedResource, parseResourceFilter } from './index.ts';

const cluster = 'https://kubernetes.default.svc';
const inclusions = '- {apiGroups: [apps], kinds: [Deployment], clusters: ["https://*"]}';
const exclusions = '- {apiGroups: ["*.dev"], kinds: ["*"]}\n- {kinds: [Secret], clusters: [other]}';

function isExcluded(
  config: Readonly<Record<string, string>>,
  group: string,
  kind: string,
): boolean {
  return isExcludedResource(parseResourceFilter(config), { group, kind, cluster });
}

describe('what is not watched', () => {
  const included = { 'resource.inclusions': inclusions };
  const excluded = { 'resource.exclusions': exclusions };
  const both = { ...included, 'resource.exclusions': '- {apiGroups: [apps]}' };
  it.each<[object, string, string, boolean]>([
    [{}, '', 'ConfigMap', false],
    [{}, '', 'Event', true],
    [{}, 'events.k8s.io', 'Event', true],
    [{}, 'metrics.k8s.io', 'PodMetrics', true],
    [{}, 'coordination.k8s.io', 'Lease', true],
    [included, 'apps', 'Deployment', false],
    [included, 'apps', 'ReplicaSet', true],
    [included, '', 'ConfigMap', true],
    [excluded, 'example.dev', 'Gate', true],
    [excluded, 'example.org', 'Gate', false],
    [excluded, '', 'Secret', false],
    [both, 'apps', 'Deployment', true],
    [{ 'resource.inclusions': '- {apiGroups: [apps], clusters: [other]}' }, '', 'ConfigMap', false],
    [{ 'resource.exclusions': '- {apiGroups: ["["]}' }, '', 'ConfigMap', false],
    [{ 'resource.exclusions': '- {}' }, '', 'ConfigMap', true],
  ])('%j: %s/%s', (config, group, kind, expected) => {
    expect(isExcluded(config as Record<string, string>, group, kind)).toBe(expected);
  });

  it('says which setting cannot be read', () => {
    expect(() => parseResourceFilter({ 'resource.exclusions': '{}' })).toThrow(
      'error unmarshalling excluded resources error unmarshaling JSON',
    );
    expect(() => parseResourceFilter({ 'resource.inclusions': '- [' })).toThrow(
      'error unmarshalling included resources error converting YAML to JSON',
    );
  });
});
