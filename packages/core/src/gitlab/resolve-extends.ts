import { InputError } from '../errors/tidegate-error.ts';

/** A `.gitlab-ci.yml`, or a job of it, as plain data, with what it includes merged into it. */
export type CiConfig = Readonly<Record<string, unknown>>;

/** GitLab follows `extends` this deep. */
const levelsMax = 11;

/**
 * A job with what it extends: maps are merged key by key, the job's own and later parents win, anything
 * else is replaced. Throws InputError for a parent that is not there, and for parents in a circle.
 */
export function resolveExtends(config: CiConfig, name: string, level: number = 0): CiConfig {
  const job = Object.hasOwn(config, name) ? config[name] : undefined;
  if (!isMap(job)) throw new InputError(`job "${name}" is not there, or no map`);
  if (level > levelsMax) throw new InputError(`job "${name}" is extended too deep, or by itself`);
  const { extends: parents, ...own } = job;
  const names = (Array.isArray(parents) ? (parents as unknown[]) : [parents]).filter(
    (parent) => typeof parent === 'string',
  );
  const resolved = names.map((parent) => resolveExtends(config, parent, level + 1));
  return [...resolved, own].reduce(merge, {});
}

function merge(base: CiConfig, over: CiConfig): CiConfig {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is CiConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
