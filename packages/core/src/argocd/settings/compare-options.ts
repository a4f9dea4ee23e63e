import { asFields, booleanField, parseYaml, textField } from './yaml-values.ts';

/** `resource.compareoptions` of `argocd-cm`. */
export interface CompareOptions {
  readonly ignoreAggregatedRoles: boolean;
  /** `all`, `crd` or `none`; whatever else counts as `all`, except `off` and `false`. */
  readonly ignoreResourceStatusField: string;
  /** Whether what is ignored for differences is ignored for updates as well. */
  readonly ignoreDifferencesOnResourceUpdates: boolean;
}

/** Reads the compare options, with Argo CD's defaults. Throws a SettingsFault. */
export function parseCompareOptions(config: Readonly<Record<string, string>>): CompareOptions {
  const fields = asFields(
    parseYaml(config['resource.compareoptions'] ?? ''),
    'settings.ArgoCDDiffOptions',
  );
  const where = textField(fields, 'ignoreResourceStatusField');
  return {
    ignoreAggregatedRoles: booleanField(fields, 'ignoreAggregatedRoles', false),
    ignoreResourceStatusField: where === '' ? 'all' : where,
    ignoreDifferencesOnResourceUpdates: booleanField(
      fields,
      'ignoreDifferencesOnResourceUpdates',
      true,
    ),
  };
}
