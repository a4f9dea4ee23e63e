import { isRecord } from '../../generate/value-at.ts';
import type { GeneratedApplication } from './application-template.ts';
import { mismatch, readGoYaml } from './go-template/go-yaml.ts';

/**
 * Applies a set's `templatePatch`, JSON or YAML, to an Application. The project cannot be changed.
 * Lists of an Application are replaced whole, but `finalizers` are merged, and `ignoreDifferences`,
 * `info` and the like have no merge key. Source: applicationset/controllers/template/patch.go.
 */
export function applyTemplatePatch(
  application: GeneratedApplication,
  patch: string,
): GeneratedApplication {
  const data = readPatch(patch);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(
      `invalid templatePatch ${JSON.stringify(JSON.stringify(data))}: ${jsonMismatch(data)}`,
    );
  }
  const merged = mergeStrategically(application, data, '') as GeneratedApplication;
  const { project } = application.spec;
  return { ...merged, spec: withField(merged.spec, 'project', project) };
}

function withField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const others = Object.entries(fields).filter(([key]) => key !== name);
  return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
}

function readPatch(patch: string): unknown {
  if (patch.trim().startsWith('{')) {
    try {
      return JSON.parse(patch);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`invalid templatePatch ${JSON.stringify(patch)}: ${text}`, { cause: error });
    }
  }
  try {
    return readGoYaml(patch);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`error while converting template to json ${JSON.stringify(patch)}: ${text}`, {
      cause: error,
    });
  }
}

function jsonMismatch(data: unknown): string {
  const prefix = 'error unmarshaling JSON: while decoding JSON: ';
  return mismatch(data, 'v1alpha1.Application').message.slice(prefix.length);
}

/** Lists that a strategic merge patch merges instead of replacing them. */
const mergedLists: ReadonlySet<string> = new Set(['metadata.finalizers']);

function mergeStrategically(original: unknown, patch: unknown, path: string): unknown {
  if (Array.isArray(patch)) {
    if (!mergedLists.has(path) || !Array.isArray(original)) return patch;
    return [...new Set<unknown>([...(original as unknown[]), ...(patch as unknown[])])];
  }
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(isRecord(original) ? original : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) throw new Error(`templatePatch uses "${key}", which is not modelled`);
    const inner = path === '' ? key : `${path}.${key}`;
    if (value === null) result.delete(key);
    else result.set(key, mergeStrategically(result.get(key), value, inner));
  }
  return Object.fromEntries(result);
}
