import { asArray, isObject, type Json, own } from '../json/value.ts';

type Step =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly filter: Filter };
interface Filter {
  readonly path: readonly Step[];
  readonly operator: '==' | '!=';
  readonly value: string;
}

/** Paths read so far. They mean the same everywhere. */
const known = new Map<string, readonly Step[]>();
const stepPattern =
  /\.\.?([A-Za-z0-9_$-]+(?:\\\.[A-Za-z0-9_$-]+)*)|\[(-?\d+)\]|\[\*\]|\.\*|\[\?\(@([^=!<>]+?)\s*(==|!=)\s*["']([^"']*)["']\)\]|\[['"]([^'"]+)['"]\]/gy;

function parse(text: string): readonly Step[] {
  const found = known.get(text);
  if (found !== undefined) return found;
  const steps: Step[] = [];
  stepPattern.lastIndex = text.startsWith('$') ? 1 : 0;
  for (;;) {
    const match = stepPattern.exec(text);
    if (match === null) break;
    const [whole, key, index, path, operator, value, quoted] = match;
    if (key !== undefined) steps.push({ key: key.replaceAll('\\.', '.') });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (path !== undefined)
      steps.push({
        filter: {
          path: parse(path),
          operator: operator === '!=' ? '!=' : '==',
          value: value ?? '',
        },
      });
    else if (quoted !== undefined) steps.push({ key: quoted });
    else if (whole.includes('*')) steps.push({ all: true });
  }
  known.set(text, steps);
  return steps;
}

/** All values that a JSONPath such as `.spec.ports[0].name` names. */
export function findPath(text: string, value: Json): Json[] {
  return parse(text).reduce<Json[]>(
    (current, step) => current.flatMap((entry) => follow(step, entry)),
    [value],
  );
}

function follow(step: Step, value: Json): Json[] {
  if ('key' in step) {
    const found = isObject(value) ? own(value, step.key) : undefined;
    return found === undefined ? [] : [found];
  }
  if ('index' in step) {
    const found = asArray(value).at(step.index);
    return found === undefined ? [] : [found];
  }
  if ('all' in step)
    return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return asArray(value).filter((entry) => matches(step.filter, entry));
}

function matches(filter: Filter, entry: Json): boolean {
  const found = filter.path.reduce<Json[]>(
    (current, step) => current.flatMap((value) => follow(step, value)),
    [entry],
  );
  const equal = found.some(
    (value) => (typeof value === 'string' ? value : JSON.stringify(value)) === filter.value,
  );
  return filter.operator === '==' ? equal : found.length > 0 && !equal;
}
