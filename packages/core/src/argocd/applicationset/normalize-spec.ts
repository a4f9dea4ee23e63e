/** Data with fields. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * An Application's spec as Argo CD normalises it: a default project, and no field that holds nothing.
 * In a spec with several sources Argo CD leaves those as they are.
 * Source: `NormalizeApplicationSpec` in util/argo/argo.go.
 */
export function normalizeSpec(spec: Fields): Fields {
  const { project, syncPolicy, source, ...rest } = spec;
  const sources = Array.isArray(spec['sources']) ? spec['sources'] : [];
  return {
    ...rest,
    project: project === undefined || project === null || project === '' ? 'default' : project,
    ...(hasContent(syncPolicy) ? { syncPolicy } : {}),
    ...(source === undefined || source === null
      ? {}
      : { source: sources.length > 0 ? source : normalizeSource(source) }),
  };
}

function normalizeSource(source: unknown): unknown {
  if (!isFields(source)) return source;
  const { helm, kustomize, directory, ...rest } = source;
  return {
    ...rest,
    ...(hasContent(helm) ? { helm } : {}),
    ...(hasContent(kustomize) ? { kustomize } : {}),
    ...(hasContent(directory) ? { directory } : {}),
  };
}

/** Whether anything in some data is more than the zero value of its type. */
export function hasContent(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isFields(value)) return Object.values(value).some(hasInnerContent);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}

/** Within a field, an object that is there counts even when it is empty, as `automated: {}` does. */
function hasInnerContent(value: unknown): boolean {
  return isFields(value) ? true : hasContent(value);
}

/** Scalars that Argo CD keeps although they hold the zero value, because it knows unset from zero. */
const keptZeros: ReadonlySet<string> = new Set([
  'prune',
  'selfHeal',
  'allowEmpty',
  'enabled',
  'revisionHistoryLimit',
  'factor',
]);
/** Objects that vanish when they are empty: maps, and structures without content of their own. */
const vanishing: ReadonlySet<string> = new Set(['labels', 'annotations', 'jsonnet', 'matchLabels']);

/**
 * Data as Argo CD's types hold it: without null, empty texts, false, zero, empty lists and maps.
 * Two objects that are the same for Argo CD are then equal.
 */
export function withoutZeros(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutZeros(item));
  if (!isFields(value) || key === 'valuesObject') return value;
  const entries = Object.entries(value)
    .map(([name, item]) => [name, withoutZeros(item, name)] as const)
    .filter(([name, item]) => !isZero(name, item));
  return Object.fromEntries(entries);
}

function isZero(key: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (value === false || value === 0) return !keptZeros.has(key);
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0 && vanishing.has(key);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
