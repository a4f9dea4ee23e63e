import type { Difference } from '../form.ts';
import type { Variables } from './case.ts';

export type Dictionary = Readonly<Record<string, unknown>>;

export function isDictionary(value: unknown): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON pointer finds. */
export type Found = { readonly value: unknown } | undefined;

/** What is at a JSON pointer; the empty pointer is the whole, `-1` the last entry of a list. */
export function pointer(value: unknown, path: string): Found {
  if (path === '') return { value };
  let current: unknown = value;
  for (const part of path.replace(/^\/+/, '').split('/')) {
    const step = inside(current, part.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (step === undefined) return undefined;
    current = step.value;
  }
  return { value: current };
}

function inside(value: unknown, key: string): Found {
  if (isDictionary(value)) return Object.hasOwn(value, key) ? { value: value[key] } : undefined;
  if (!Array.isArray(value) || !/^-*\d+$/.test(key)) return undefined;
  const index = Number(key);
  const place = index < 0 || Object.is(index, -0) ? value.length + index : index;
  return place >= 0 && place < value.length ? { value: value[place] as unknown } : undefined;
}

const variable = /\$\{([A-Za-z0-9_]+)\}/g;

/**
 * Puts values in the place of `${name}`. `{"$base": "x", "$change": {...}}` is the value x with a JSON merge patch
 * laid over it; `{"$repeat": "x", "times": 3}` is `xxx`.
 */
export function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fillText(value, variables);
  if (Array.isArray(value)) return value.map((entry) => fill(entry, variables));
  if (!isDictionary(value)) return value;
  if (Object.hasOwn(value, '$repeat'))
    return String(value['$repeat']).repeat(Number(value['times']));
  if (Object.hasOwn(value, '$base')) {
    const name = String(value['$base']);
    if (!variables.has(name)) throw new Error(`nothing was saved as ${name}`);
    return merge(variables.get(name), fill(value['$change'] ?? {}, variables));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      asText(fill(key, variables)),
      fill(entry, variables),
    ]),
  );
}

function fillText(text: string, variables: Variables): unknown {
  const whole = /^\$\{([A-Za-z0-9_]+)\}$/.exec(text)?.[1];
  if (whole !== undefined && variables.has(whole)) return variables.get(whole);
  return text.replace(variable, (found, name: string) =>
    variables.has(name) ? asText(variables.get(name)) : found,
  );
}

/** A filled value as text. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A JSON merge patch laid over a value. */
function merge(base: unknown, change: unknown): unknown {
  if (!isDictionary(change)) return change;
  const out = new Map(Object.entries(isDictionary(base) ? base : {}));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) out.delete(key);
    else out.set(key, merge(out.get(key), value));
  }
  return Object.fromEntries(out);
}

/** Only the variables that are texts: the others never stand in what is expected. */
export function texts(variables: Variables): Variables {
  return new Map([...variables].filter(([, value]) => typeof value === 'string'));
}

/** Where two JSON values differ, by JSON pointers. Null and absent are not the same. */
export function jsonDifferences(expected: unknown, got: unknown, at = ''): Difference[] {
  if (isDictionary(expected) && isDictionary(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return [...keys].flatMap((key) => fieldDifferences(expected, got, { key, at }));
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length: Difference[] =
      expected.length === got.length
        ? []
        : [{ where: at, expected: `${expected.length} entries`, got: entries(got) }];
    const both = Math.min(expected.length, got.length);
    const inner = (expected as unknown[])
      .slice(0, both)
      .flatMap((entry, index) => jsonDifferences(entry, got[index], `${at}/${index}`));
    return [...length, ...inner];
  }
  return expected === got ? [] : [{ where: at === '' ? '/' : at, expected, got }];
}

function entries(list: readonly unknown[]): string {
  return `${list.length} entries: ${JSON.stringify(list)}`;
}

function fieldDifferences(
  expected: Dictionary,
  got: Dictionary,
  { key, at }: { readonly key: string; readonly at: string },
): Difference[] {
  const where = `${at}/${key}`;
  if (!Object.hasOwn(got, key)) return [{ where, expected: expected[key], got: undefined }];
  if (!Object.hasOwn(expected, key)) return [{ where, expected: undefined, got: got[key] }];
  return jsonDifferences(expected[key], got[key], where);
}

/** Whether a value stands in a relation to another: `==`, `!=`, and by numbers `>`, `<`, `>=`, `<=`. */
export function relates(operator: string, left: unknown, right: unknown): boolean {
  if (operator === '==') return jsonDifferences(right, left).length === 0;
  if (operator === '!=') return jsonDifferences(right, left).length > 0;
  const [first, second] = [wholeNumber(left), wholeNumber(right)];
  if (first === undefined || second === undefined) return false;
  switch (operator) {
    case '>':
      return first > second;
    case '<':
      return first < second;
    case '>=':
      return first >= second;
    case '<=':
      return first <= second;
    default:
      throw new Error(`unknown relation ${operator}`);
  }
}

function wholeNumber(value: unknown): bigint | undefined {
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  const isText = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value);
  return isNumber || isText ? BigInt(String(value).trim().replace(/^\+/, '')) : undefined;
}
