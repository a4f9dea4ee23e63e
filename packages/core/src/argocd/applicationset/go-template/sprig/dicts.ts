import { anyFunction, mapAt, textAt, type GoFunction } from '../go-function.ts';
import {
  deepEqual,
  GoList,
  GoMap,
  isTrue,
  kindName,
  sortedKeys,
  typeName,
  type GoValue,
} from '../go-value.ts';
import { mergeMaps } from '../merge-maps.ts';
import { textOf } from './strings.ts';

/**
 * Functions on maps, defaults and types. Where Go walks a map in random order (`keys`, `values`)
 * the keys are sorted here. Source: Masterminds/sprig v3.3.0, dict.go, defaults.go and reflect.go.
 */
export const dictFunctions: Readonly<Record<string, GoFunction>> = {
  dict: { parameters: [], rest: 'any', run: dict },
  get: {
    parameters: ['map', 'string'],
    returnsAny: true,
    run: (args) => {
      const found = mapAt(args, 0).entries.get(textAt(args, 1));
      return found === undefined ? '' : found;
    },
  },
  set: {
    parameters: ['map', 'string', 'any'],
    run: (args) => {
      if (!(args[0] instanceof GoMap)) throw new Error('assignment to entry in nil map');
      args[0].entries.set(textAt(args, 1), args[2] ?? null);
      return args[0];
    },
  },
  unset: {
    parameters: ['map', 'string'],
    run: (args) => {
      mapAt(args, 0).entries.delete(textAt(args, 1));
      return args[0];
    },
  },
  hasKey: {
    parameters: ['map', 'string'],
    run: (args) => mapAt(args, 0).entries.has(textAt(args, 1)),
  },
  pluck: {
    parameters: ['string'],
    rest: 'map',
    run: (args) =>
      new GoList(
        args.slice(1).flatMap((_, index) => {
          const found = mapAt(args, index + 1).entries.get(textAt(args, 0));
          return found === undefined ? [] : [found];
        }),
      ),
  },
  keys: {
    parameters: [],
    rest: 'map',
    run: (args) =>
      new GoList(
        args.flatMap((_, index) => sortedKeys(mapAt(args, index))),
        'string',
      ),
  },
  values: {
    parameters: ['map'],
    run: (args) => {
      const map = mapAt(args, 0);
      return new GoList(sortedKeys(map).map((key) => map.entries.get(key)));
    },
  },
  pick: selection((named) => named),
  omit: selection((named) => !named),
  merge: merging(false),
  mustMerge: merging(false),
  mergeOverwrite: merging(true),
  mustMergeOverwrite: merging(true),
  deepCopy: { ...anyFunction(1, deepCopy), returnsAny: true },
  mustDeepCopy: { ...anyFunction(1, deepCopy), returnsAny: true },
  dig: { parameters: [], rest: 'any', returnsAny: true, run: dig },
  default: {
    parameters: ['any'],
    rest: 'any',
    returnsAny: true,
    run: ([fallback, given]) => (isTrue(given) ? given : fallback),
  },
  empty: anyFunction(1, (value) => !isTrue(value)),
  ternary: {
    parameters: ['any', 'any', 'bool'],
    returnsAny: true,
    run: ([whenTrue, whenFalse, condition]) => (condition === true ? whenTrue : whenFalse),
  },
  typeOf: anyFunction(1, typeName),
  kindOf: anyFunction(1, kindName),
  typeIs: typeTest(typeName),
  typeIsLike: typeTest(typeName),
  kindIs: typeTest(kindName),
  deepEqual: anyFunction(2, deepEqual),
  fail: {
    parameters: ['string'],
    run: (args) => {
      throw new Error(textAt(args, 0));
    },
  },
};

function typeTest(nameOf: (value: GoValue) => string): GoFunction {
  return { parameters: ['string', 'any'], run: ([name, value]) => name === nameOf(value) };
}

function dict(args: readonly GoValue[]): GoMap {
  const entries: [string, GoValue][] = [];
  for (let index = 0; index < args.length; index += 2) {
    entries.push([textOf(args[index]), index + 1 < args.length ? (args[index + 1] ?? null) : '']);
  }
  return new GoMap(entries);
}

function selection(keep: (named: boolean) => boolean): GoFunction {
  return {
    parameters: ['map'],
    rest: 'string',
    run: (args) => {
      const names = new Set(args.slice(1));
      const entries = [...mapAt(args, 0).entries].filter(([key]) => keep(names.has(key)));
      return new GoMap(entries);
    },
  };
}

function merging(override: boolean): GoFunction {
  return {
    parameters: ['map'],
    rest: 'map',
    returnsAny: true,
    run: (args) => {
      const [into] = args;
      const target = into instanceof GoMap ? into : new GoMap([]);
      for (const [index] of args.slice(1).entries()) {
        mergeMaps(target, mapAt(args, index + 1), override);
      }
      return target;
    },
  };
}

function deepCopy(value: GoValue): GoValue {
  if (value instanceof GoList) return new GoList(value.items.map(deepCopy), value.element);
  if (!(value instanceof GoMap)) return value;
  return new GoMap(
    [...value.entries].map(([key, item]) => [key, deepCopy(item)] as const),
    value.element,
  );
}

function dig(args: readonly GoValue[]): GoValue {
  if (args.length < 3) throw new Error('dig needs at least three arguments');
  const fallback = args.at(-2);
  const keys = args.slice(0, -2);
  let step = args.at(-1);
  for (const key of keys) {
    if (typeof key !== 'string') throw notOfType(key, 'string');
    if (!(step instanceof GoMap) || step.element !== 'any') {
      throw notOfType(step, 'map[string]interface {}');
    }
    if (!step.entries.has(key)) return fallback;
    step = step.entries.get(key);
  }
  return step;
}

function notOfType(value: GoValue, type: string): Error {
  const nil = value === null || value === undefined;
  return new Error(
    `interface conversion: interface {} is ${nil ? 'nil' : typeName(value)}, not ${type}`,
  );
}
