import { describe, expect, it } from 'vitest';
import { emptyOverride, parseIgnoredUpdates, parseResourceOverrides } from './index.ts';

const status = { ...emptyOverride.ignoreDifferences, jsonPointers: ['/status'] };
const all = { ...emptyOverride, ignoreDifferences: status };

describe('overrides', () => {
  it('ignore the status of everything where nothing is said', () => {
    expect(parseResourceOverrides({})).toEqual({ '*/*': all });
  });

  it('come from keys of their own', () => {
    expect(
      parseResourceOverrides({
        'resource.customizations.health.example.dev_Gate': 'return {}',
        'resource.customizations.useOpenLibs.example.dev_Gate': 'true',
        'resource.customizations.health.Service': 'return nil',
        'resource.customizations.ignoreDifferences.all': 'jsonPointers: [/spec/x]',
        'resource.customizations.ignoreResourceUpdates.apps_Deployment':
          'jqPathExpressions: [.a]\nmanagedFieldsManagers: [m, 5]',
        'resource.customizations.knownTypeFields.a_B': '- {field: spec, type: core/v1/PodSpec}',
        'resource.customizations.actions.a_B': 'discovery.lua: x',
        'resource.customizations.short': 'ignored',
        'other.key': 'ignored',
      }),
    ).toEqual({
      'example.dev/Gate': { ...emptyOverride, healthLua: 'return {}', useOpenLibs: true },
      Service: { ...emptyOverride, healthLua: 'return nil' },
      '*/*': { ...all, ignoreDifferences: { ...status, jsonPointers: ['/spec/x', '/status'] } },
      'apps/Deployment': {
        ...emptyOverride,
        ignoreResourceUpdates: {
          jsonPointers: [],
          jqPathExpressions: ['.a'],
          managedFieldsManagers: ['m', '5'],
        },
      },
      'a/B': {
        ...emptyOverride,
        knownTypeFields: [{ field: 'spec', type: 'core/v1/PodSpec' }],
        actions: 'discovery.lua: x',
      },
    });
  });

  it('come from one map, which keys of their own go before', () => {
    const map = [
      '"*.example.dev/*":',
      '  health.lua: return 1',
      '  health.lua.useOpenLibs: on',
      'a/B:',
      '  health.lua: return 2',
      '  actions: x',
      '  ignoreDifferences: "jsonPointers: [/a]"',
    ].join('\n');
    const overrides = parseResourceOverrides({
      'resource.customizations': map,
      'resource.customizations.health.a_B': 'return 3',
    });
    expect(overrides['*.example.dev/*']).toEqual({
      ...emptyOverride,
      healthLua: 'return 1',
      useOpenLibs: true,
    });
    expect(overrides['a/B']).toEqual({
      ...emptyOverride,
      healthLua: 'return 3',
      actions: 'x',
      ignoreDifferences: { ...emptyOverride.ignoreDifferences, jsonPointers: ['/a'] },
    });
  });

  it.each([
    ['crd', ['apiextensions.k8s.io/CustomResourceDefinition']],
    ['none', []],
    ['off', []],
    ['"off"', []],
    ['all', ['*/*']],
    ['odd', ['*/*']],
  ])('ignoreResourceStatusField: %s', (where, keys) => {
    const config = { 'resource.compareoptions': `ignoreResourceStatusField: ${where}` };
    expect(Object.keys(parseResourceOverrides(config))).toEqual(keys);
  });

  it.each([
    [{ 'resource.customizations.health.a_b_c': '' }, "got group kind: 'a_b_c'"],
    [{ 'resource.customizations.health.': '' }, "got group kind: ''"],
    [{ 'resource.customizations.odd.a_B': '' }, 'resource customization type odd not supported'],
    [
      { 'resource.customizations.useOpenLibs.a_B': 'yes' },
      'strconv.ParseBool: parsing "yes": invalid syntax',
    ],
    [{ 'resource.customizations.ignoreDifferences.a_B': '[' }, 'error converting YAML to JSON'],
    [
      { 'resource.customizations.ignoreDifferences.a_B': 'jsonPointers: x' },
      'cannot unmarshal string',
    ],
    [{ 'resource.customizations.ignoreDifferences.a_B': '- x' }, 'cannot unmarshal array'],
    [{ 'resource.customizations': 'a/B: {health.lua: 5}' }, 'cannot unmarshal number'],
    [{ 'resource.customizations': '- a' }, 'cannot unmarshal array'],
    [{ 'resource.compareoptions': 'ignoreAggregatedRoles: x' }, 'cannot unmarshal string'],
  ])('%j fails as a whole', (config: Readonly<Record<string, string>>, message) => {
    const good = { 'resource.customizations.health.Service': 'return nil' };
    expect(() => parseResourceOverrides({ ...good, ...config })).toThrow(message);
  });
});

describe('ignored updates', () => {
  const config = {
    'resource.customizations.ignoreDifferences.a_B': 'jsonPointers: [/a]',
    'resource.customizations.ignoreResourceUpdates.a_B': 'jsonPointers: [/b]',
  };
  const metadata = ['/metadata/resourceVersion', '/metadata/generation', '/metadata/managedFields'];

  it('are those of both kinds, the status and what changes with every write', () => {
    const overrides = parseIgnoredUpdates(config);
    expect(overrides['a/B']?.ignoreDifferences.jsonPointers).toEqual(['/b', '/a']);
    expect(overrides['a/B']?.ignoreResourceUpdates.jsonPointers).toEqual([]);
    expect(overrides['*/*']?.ignoreDifferences.jsonPointers).toEqual(['/status', ...metadata]);
  });

  it('leave differences out where the options say so', () => {
    const options = 'ignoreDifferencesOnResourceUpdates: false';
    const overrides = parseIgnoredUpdates({ ...config, 'resource.compareoptions': options });
    expect(overrides['a/B']?.ignoreDifferences.jsonPointers).toEqual(['/b']);
    expect(overrides['*/*']?.ignoreDifferences.jsonPointers).toEqual(metadata);
  });
});
