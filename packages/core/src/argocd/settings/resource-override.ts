/** What of an object is ignored. */
export interface IgnoredFields {
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
  readonly managedFieldsManagers: readonly string[];
}

/** A field whose value has a known type, such as `core/v1/PodSpec`. */
export interface KnownTypeField {
  readonly field: string;
  readonly type: string;
}

/** What the settings say about a kind. */
export interface ResourceOverride {
  /** The health check in Lua; empty: none. */
  readonly healthLua: string;
  readonly useOpenLibs: boolean;
  /** The actions as YAML; empty: none. */
  readonly actions: string;
  readonly ignoreDifferences: IgnoredFields;
  readonly ignoreResourceUpdates: IgnoredFields;
  readonly knownTypeFields: readonly KnownTypeField[];
}

/** Overrides by `group/Kind`, or `Kind` in the core group; keys may have wildcards. */
export type ResourceOverrides = Readonly<Record<string, ResourceOverride>>;

export const nothingIgnored: IgnoredFields = {
  jsonPointers: [],
  jqPathExpressions: [],
  managedFieldsManagers: [],
};

export const emptyOverride: ResourceOverride = {
  healthLua: '',
  useOpenLibs: false,
  actions: '',
  ignoreDifferences: nothingIgnored,
  ignoreResourceUpdates: nothingIgnored,
  knownTypeFields: [],
};
