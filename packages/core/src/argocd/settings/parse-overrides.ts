import { parseCompareOptions } from './compare-options.ts';
import {
  emptyOverride,
  type IgnoredFields,
  type KnownTypeField,
  type ResourceOverride,
  type ResourceOverrides,
} from './resource-override.ts';
import {
  asFields,
  asList,
  booleanField,
  parseBool,
  parseYaml,
  SettingsFault,
  strictTextField,
  textField,
  textsField,
} from './yaml-values.ts';

/** The data of the ConfigMap `argocd-cm`. */
export type ArgoCdConfig = Readonly<Record<string, string>>;

const mapKey = 'resource.customizations';

/**
 * What `argocd-cm` says about kinds: the map `resource.customizations`, then the keys
 * `resource.customizations.<what>.<group>_<Kind>`, then `/status` as ignored, as the compare options
 * want it. One key that is wrong makes all of it fail: throws a SettingsFault. Of several wrong ones the
 * first by name is told; Argo CD tells any.
 * Source: GetResourceOverrides in Argo CD 3.5.1 util/settings/settings.go.
 */
export function parseResourceOverrides(config: ArgoCdConfig): ResourceOverrides {
  const overrides = new Map<string, ResourceOverride>();
  for (const [key, value] of Object.entries(asFields(parseYaml(config[mapKey] ?? ''), 'map'))) {
    overrides.set(key, mapOverride(value));
  }
  for (const key of Object.keys(config).sort()) addSplitKey(overrides, key, config[key] ?? '');
  ignoreStatus(overrides, parseCompareOptions(config).ignoreResourceStatusField);
  return Object.fromEntries(overrides);
}

function mapOverride(value: unknown): ResourceOverride {
  const fields = asFields(value, 'v1alpha1.rawResourceOverride');
  return {
    healthLua: strictTextField(fields, 'health.lua'),
    useOpenLibs: booleanField(fields, 'health.lua.useOpenLibs', false),
    actions: strictTextField(fields, 'actions'),
    ignoreDifferences: parseIgnored(strictTextField(fields, 'ignoreDifferences')),
    ignoreResourceUpdates: parseIgnored(strictTextField(fields, 'ignoreResourceUpdates')),
    knownTypeFields: knownFields(fields['knownTypeFields']),
  };
}

function addSplitKey(overrides: Map<string, ResourceOverride>, key: string, value: string): void {
  if (!key.startsWith(mapKey)) return;
  const [, , what, ...rest] = key.split('.');
  if (what === undefined || rest.length === 0) return;
  const kind = overrideKey(rest.join('.'));
  const before = overrides.get(kind) ?? emptyOverride;
  overrides.set(kind, { ...before, ...partOf(what, value) });
}

function overrideKey(groupKind: string): string {
  const parts = groupKind.split('_');
  if (groupKind === 'all') return '*/*';
  if (parts.length === 2) return parts.join('/');
  if (parts.length === 1 && groupKind !== '') return groupKind;
  const forms =
    'group kind should be in format `resource.customizations.<type>.<group_kind>`' +
    ' or resource.customizations.<type>.<kind>`';
  throw new SettingsFault(`${forms}, got group kind: '${groupKind}'`);
}

function partOf(what: string, value: string): Partial<ResourceOverride> {
  switch (what) {
    case 'health':
      return { healthLua: value };
    case 'useOpenLibs':
      return { useOpenLibs: parseBool(value) };
    case 'actions':
      return { actions: value };
    case 'ignoreDifferences':
      return { ignoreDifferences: parseIgnored(value) };
    case 'ignoreResourceUpdates':
      return { ignoreResourceUpdates: parseIgnored(value) };
    case 'knownTypeFields':
      return { knownTypeFields: knownFields(parseYaml(value)) };
    default:
      throw new SettingsFault(`resource customization type ${what} not supported`);
  }
}

function parseIgnored(text: string): IgnoredFields {
  const fields = asFields(parseYaml(text), 'v1alpha1.OverrideIgnoreDiff');
  return {
    jsonPointers: textsField(fields, 'jsonPointers'),
    jqPathExpressions: textsField(fields, 'jqPathExpressions'),
    managedFieldsManagers: textsField(fields, 'managedFieldsManagers'),
  };
}

function knownFields(value: unknown): readonly KnownTypeField[] {
  return asList(value, '[]v1alpha1.KnownTypeField').map((item) => {
    const fields = asFields(item, 'v1alpha1.KnownTypeField');
    return { field: textField(fields, 'field'), type: textField(fields, 'type') };
  });
}

/** Also for a word that is not known, `/status` of all kinds is ignored. */
function ignoreStatus(overrides: Map<string, ResourceOverride>, where: string): void {
  if (['none', 'off', 'false'].includes(where)) return;
  const isDefinitionsOnly = where === 'crd';
  const kind = isDefinitionsOnly ? 'apiextensions.k8s.io/CustomResourceDefinition' : '*/*';
  addIgnoredPointer(overrides, kind, '/status');
}

function addIgnoredPointer(
  overrides: Map<string, ResourceOverride>,
  kind: string,
  pointer: string,
): void {
  const before = overrides.get(kind) ?? emptyOverride;
  const { ignoreDifferences } = before;
  const jsonPointers = [...ignoreDifferences.jsonPointers, pointer];
  overrides.set(kind, { ...before, ignoreDifferences: { ...ignoreDifferences, jsonPointers } });
}

/**
 * The overrides by which changes of live objects are no reason to compare again: what is ignored for
 * updates, with what is ignored for differences unless the compare options say otherwise, stands in
 * `ignoreDifferences`. Throws a SettingsFault.
 * Source: GetIgnoreResourceUpdatesOverrides in Argo CD 3.5.1 util/settings/settings.go.
 */
export function parseIgnoredUpdates(config: ArgoCdConfig): ResourceOverrides {
  const { ignoreDifferencesOnResourceUpdates } = parseCompareOptions(config);
  const overrides = new Map<string, ResourceOverride>();
  for (const [kind, override] of Object.entries(parseResourceOverrides(config))) {
    const { ignoreResourceUpdates, ignoreDifferences } = override;
    const ignored = ignoreDifferencesOnResourceUpdates
      ? joined(ignoreResourceUpdates, ignoreDifferences)
      : ignoreResourceUpdates;
    const { ignoreResourceUpdates: none } = emptyOverride;
    overrides.set(kind, { ...override, ignoreDifferences: ignored, ignoreResourceUpdates: none });
  }
  for (const field of ['resourceVersion', 'generation', 'managedFields']) {
    addIgnoredPointer(overrides, '*/*', `/metadata/${field}`);
  }
  return Object.fromEntries(overrides);
}

function joined(left: IgnoredFields, right: IgnoredFields): IgnoredFields {
  return {
    jsonPointers: [...left.jsonPointers, ...right.jsonPointers],
    jqPathExpressions: [...left.jqPathExpressions, ...right.jqPathExpressions],
    managedFieldsManagers: [...left.managedFieldsManagers, ...right.managedFieldsManagers],
  };
}
