import { GoInt, GoMap, type GoValue } from './go-value.ts';

/** Types of parameters. `any` and `value` take everything; Go tells them apart in messages. */
export type ParameterType = 'any' | 'value' | 'string' | 'int' | 'bool' | 'float64' | 'map';

/** A function of the template language. What it throws stops the template, with its message. */
export interface GoFunction {
  readonly parameters: readonly ParameterType[];
  /** The type of all further arguments. */
  readonly rest?: ParameterType;
  /** Whether the result is of type `interface{}`, which shows in some messages. */
  readonly returnsAny?: boolean;
  readonly run: (args: readonly GoValue[]) => GoValue;
}

const typeNames: Readonly<Record<ParameterType, string>> = {
  any: 'interface {}',
  value: 'reflect.Value',
  string: 'string',
  int: 'int',
  bool: 'bool',
  float64: 'float64',
  map: 'map[string]interface {}',
};

export function parameterTypeName(type: ParameterType): string {
  return typeNames[type];
}

/** Whether a parameter of the type takes nil. */
export function takesNil(type: ParameterType): boolean {
  return type === 'any' || type === 'value' || type === 'map';
}

/** Whether a value is of a parameter's type. */
export function isOfType(value: GoValue, type: ParameterType): boolean {
  switch (type) {
    case 'any':
    case 'value':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return value instanceof GoInt && value.type === 'int';
    case 'bool':
      return typeof value === 'boolean';
    case 'float64':
      return typeof value === 'number';
    case 'map':
      return value instanceof GoMap && value.element === 'any';
  }
}

/** Arguments as their declared types; only for functions whose parameters have those types. */
export function textAt(args: readonly GoValue[], index: number): string {
  const value = args[index];
  return typeof value === 'string' ? value : '';
}

export function intAt(args: readonly GoValue[], index: number): number {
  const value = args[index];
  return value instanceof GoInt ? Number(value.value) : 0;
}

/** A map argument; nil is an empty map. */
export function mapAt(args: readonly GoValue[], index: number): GoMap {
  const value = args[index];
  return value instanceof GoMap ? value : new GoMap([]);
}

/** A function of texts that returns a text. */
export function textFunction(count: number, run: (...texts: string[]) => GoValue): GoFunction {
  return {
    parameters: Array.from({ length: count }, () => 'string' as const),
    run: (args) => run(...args.map((_, index) => textAt(args, index))),
  };
}

/** A function of any values. */
export function anyFunction(count: number, run: (...values: GoValue[]) => GoValue): GoFunction {
  return {
    parameters: Array.from({ length: count }, () => 'any' as const),
    run: (args) => run(...args),
  };
}
