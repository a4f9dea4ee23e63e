import type { Json, JsonObject } from '@tidegate/kube';

/** Replaces what changes from run to run, as the recordings did. */
export interface Scrubber {
  text(text: string): string;
  value(value: Json): Json;
  object(value: JsonObject): JsonObject;
}

const plain: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/(?<=Retrying attempt #\d+ at )\d{1,2}:\d\d[AP]M/g, '<time>'],
  [/(?:--api-versions \S+ ?)+/g, '<api versions removed> '],
  [/"\/(?:tmp|dev\/shm)\/[-\w./]+"/g, '"<temporary file>"'],
  [
    /\/(?:tmp|dev\/shm)\/[-\w./]*?(?=\/[-\w.]+\.(?:ya?ml|json)\b|[\s"':])/g,
    '<path to cached source>',
  ],
];

/** @param commits - names such as `c1`, by the hash that they stand for; it may grow later */
export function createScrubber(commits: ReadonlyMap<string, string>): Scrubber {
  const text = (given: string): string => {
    let found = given;
    for (const [hash, id] of commits) found = found.replaceAll(hash, `<${id}>`);
    for (const [pattern, word] of plain) found = found.replace(pattern, word);
    return found;
  };
  const value = (given: Json): Json => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    return typeof given === 'object' && given !== null ? object(given) : given;
  };
  const object = (given: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(given).map(([key, item]) => [key, value(item ?? null)]));
  return { text, value, object };
}
