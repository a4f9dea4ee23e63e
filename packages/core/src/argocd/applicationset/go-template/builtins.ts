import { sprint, sprintf, sprintln } from './format.ts';
import { textAt, type GoFunction } from './go-function.ts';
import {
  compareBytes,
  GoInt,
  GoList,
  GoMap,
  isTrue,
  kindName,
  typeName,
  type GoValue,
} from './go-value.ts';
import { escapeHtml, escapeJavaScript, escapeQuery } from './escapes.ts';
import { byteLength, toBytes } from './utf8.ts';

/**
 * The functions that every Go template has. `and` and `or` are not here: they do not evaluate all
 * of their arguments. Source: Go, text/template/funcs.go.
 */
export const builtins: Readonly<Record<string, GoFunction>> = {
  html: escaper(escapeHtml),
  js: escaper(escapeJavaScript),
  urlquery: escaper(escapeQuery),
  index: {
    parameters: ['value'],
    rest: 'value',
    returnsAny: true,
    run: ([item, ...indexes]) => indexes.reduce(indexOne, notNil(item, 'index')),
  },
  len: { parameters: ['value'], run: ([item]) => new GoInt(lengthOf(item)) },
  not: { parameters: ['value'], run: ([value]) => !isTrue(value) },
  print: { parameters: [], rest: 'any', run: sprint },
  printf: {
    parameters: ['string'],
    rest: 'any',
    run: (args) => sprintf(textAt(args, 0), args.slice(1)),
  },
  println: { parameters: [], rest: 'any', run: sprintln },
  eq: {
    parameters: ['value'],
    rest: 'value',
    run: ([value, ...others]) => equalsAny(value, others),
  },
  ne: comparison((a, b) => !equalsAny(a, [b])),
  lt: comparison(isLess),
  le: comparison((a, b) => isLess(a, b) || equalsAny(a, [b])),
  gt: comparison((a, b) => !(isLess(a, b) || equalsAny(a, [b]))),
  ge: comparison((a, b) => !isLess(a, b)),
};

function comparison(run: (a: GoValue, b: GoValue) => boolean): GoFunction {
  return { parameters: ['value', 'value'], run: ([a, b]) => run(a, b) };
}

function escaper(escape: (text: string) => string): GoFunction {
  return {
    parameters: [],
    rest: 'any',
    run: (args) => {
      const [only] = args;
      return escape(args.length === 1 && typeof only === 'string' ? only : sprint(printable(args)));
    },
  };
}

/** Nil shows as `<no value>` where values are turned into text here. */
function printable(args: readonly GoValue[]): GoValue[] {
  return args.map((value) => (value === null || value === undefined ? '<no value>' : value));
}

function notNil(value: GoValue, what: string): GoValue {
  if (value === null || value === undefined) throw new Error(`${what} of untyped nil`);
  return value;
}

function indexOne(item: GoValue, index: GoValue): GoValue {
  if (item === null || item === undefined) throw new Error('index of nil pointer');
  if (item instanceof GoMap) return elementOf(item, index);
  if (item instanceof GoList) return item.items[positionOf(index, item.items.length)] ?? null;
  if (typeof item === 'string') {
    const bytes = toBytes(item);
    return new GoInt(bytes[positionOf(index, bytes.length)] ?? 0);
  }
  throw new Error(`can't index item of type ${typeName(item)}`);
}

function elementOf(map: GoMap, key: GoValue): GoValue {
  if (key === null || key === undefined) throw new Error('value is nil; should be of type string');
  if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
  return map.entries.get(key) ?? (map.element === 'string' ? '' : null);
}

function positionOf(index: GoValue, length: number): number {
  if (index === null || index === undefined) throw new Error('cannot index slice/array with nil');
  if (!(index instanceof GoInt)) {
    throw new Error(`cannot index slice/array with type ${typeName(index)}`);
  }
  if (index.value < 0n || index.value > BigInt(length)) {
    throw new Error(`index out of range: ${index.value}`);
  }
  if (index.value === BigInt(length)) throw new Error('reflect: slice index out of range');
  return Number(index.value);
}

function lengthOf(item: GoValue): number {
  if (item === undefined) {
    throw new Error('reflect: call of reflect.Value.Type on zero Value');
  }
  if (item === null) throw new Error('len of nil pointer');
  if (typeof item === 'string') return byteLength(item);
  if (item instanceof GoList) return item.items.length;
  if (item instanceof GoMap) return item.entries.size;
  throw new Error(`len of type ${typeName(item)}`);
}

type BasicKind = 'bool' | 'int' | 'float' | 'string' | undefined;

function basicKind(value: GoValue): BasicKind {
  if (value instanceof GoInt) return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float';
  return typeof value === 'string' ? 'string' : undefined;
}

function equalsAny(value: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => equals(value, other));
}

function equals(a: GoValue, b: GoValue): boolean {
  const [nilA, nilB] = [isNil(a), isNil(b)];
  if (basicKind(a) !== basicKind(b)) {
    if (nilA || nilB) return false;
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (nilA || nilB) return nilA && nilB;
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
  if (basicKind(a) !== undefined) return a === b;
  if (kindName(a) !== kindName(b)) {
    throw new Error(
      `non-comparable types ${sprint([a])}: ${typeName(a)}, ${typeName(b)}: ${sprint([b])}`,
    );
  }
  throw new Error(`non-comparable type ${sprintf('%s', [b])}: ${typeName(b)}`);
}

function isNil(value: GoValue): boolean {
  return value === null || value === undefined;
}

function isLess(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)];
  if (kindA === undefined || kindB === undefined) throw new Error('invalid type for comparison');
  if (kindA !== kindB) {
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (a instanceof GoInt && b instanceof GoInt) return a.value < b.value;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b) < 0;
  throw new Error('invalid type for comparison');
}
