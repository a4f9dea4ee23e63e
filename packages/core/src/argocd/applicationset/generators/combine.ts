import { printValue } from '../go-template/format.ts';
import { writeJson } from '../go-template/go-json.ts';
import { fromGoValue, GoMap, holdsText, toGoValue } from '../go-template/go-value.ts';
import { mergeMaps } from '../go-template/merge-maps.ts';
import type { Params, TemplateDialect } from '../render-text.ts';

/** What is wrong with a generator made of others, in Argo CD's words. */
export const combineFaults = {
  tooFewInMatrix: 'found less than two generators, Matrix support only two',
  tooManyInMatrix: 'found more than two generators, Matrix support only two',
  severalInOne: 'found more than one generator in matrix.Generators',
  tooFewInMerge: 'found less than two generators, Merge requires two or more',
  noMergeKeys: 'no merge keys were specified, Merge requires at least one',
  notUnique:
    'the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique',
} as const;

/**
 * The parameters of a pair in a matrix: with Go templates merged, the first generator's winning;
 * without, all as texts, and two of the same name have to be equal.
 * Source: applicationset/generators/matrix.go and utils/map.go.
 */
export function combinePair(
  first: Params,
  second: Params,
  { goTemplate }: TemplateDialect,
): Params {
  if (goTemplate) return mergeParams(second, first);
  const texts = new Map(Object.entries(first).map(([key, value]) => [key, textOf(value)] as const));
  for (const [key, value] of Object.entries(second)) {
    const [text, existing] = [textOf(value), texts.get(key)];
    if (existing !== undefined && existing !== text) {
      throw new Error(
        'failed to combine string maps with merging params for the matrix generator: ' +
          `found duplicate key ${key} with different value, a: ${existing} ,b: ${text}`,
      );
    }
    texts.set(key, text);
  }
  return Object.fromEntries(texts);
}

function textOf(value: unknown): string {
  return printValue(toGoValue(value));
}

/** Merges parameters deeply; those of `over` win. */
function mergeParams(base: Params, over: Params): Params {
  const merged = new GoMap([]);
  for (const source of [base, over]) {
    const value = toGoValue(source);
    if (value instanceof GoMap) mergeMaps(merged, value, true);
  }
  return withMarks(fromGoValue(merged) as Params, base, over);
}

/** Keeps what is known of Go's types at the places where it was. */
function withMarks(merged: Params, ...sources: readonly Params[]): Params {
  const entries = Object.entries(merged).map(([key, value]) => {
    const origins = sources.map((source) => source[key]).filter(isObject);
    const marked = origins.some((origin) => holdsText in origin);
    if (!isObject(value)) return [key, value] as const;
    const inner = Array.isArray(value) ? value : withMarks(value, ...origins);
    return [key, marked ? Object.assign(inner, { [holdsText]: true }) : inner] as const;
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null;
}

/**
 * The parameters of the first generator, each with those of the others that have the same merge
 * keys laid over. Argo CD gives them in no certain order; here it is the first generator's.
 * Source: applicationset/generators/merge.go.
 */
export function mergeParamSets(
  sets: readonly (readonly Params[])[],
  mergeKeys: readonly string[],
  { goTemplate }: TemplateDialect,
): Params[] {
  const [base = [], ...others] = sets;
  const merged = byMergeKey(base, mergeKeys);
  for (const other of others) {
    const over = byMergeKey(other, mergeKeys);
    for (const [key, params] of merged) {
      const found = over.get(key);
      if (found === undefined) continue;
      merged.set(key, goTemplate ? mergeParams(params, found) : { ...params, ...found });
    }
  }
  return [...merged.values()];
}

function byMergeKey(sets: readonly Params[], mergeKeys: readonly string[]): Map<string, Params> {
  if (mergeKeys.length === 0) {
    throw new Error(`error getting param sets by merge key: ${combineFaults.noMergeKeys}`);
  }
  const found = new Map<string, Params>();
  for (const params of sets) {
    const keys = new GoMap(mergeKeys.map((key) => [key, toGoValue(params[key])]));
    const id = writeJson(keys, { escapeHtml: true });
    if (found.has(id)) {
      throw new Error(
        `error getting param sets by merge key: ${combineFaults.notUnique}. Duplicate key was ${id}`,
      );
    }
    found.set(id, params);
  }
  return found;
}
