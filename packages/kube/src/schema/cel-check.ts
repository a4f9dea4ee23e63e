import { Environment } from '@marcbachmann/cel-js';
import { asObject, asString, isObject, type JsonObject } from '../json/value.ts';
import { registerLibrary } from './cel-library.ts';
import { escapeName } from './cel-values.ts';

/** What a schema says to be: scalars by their format, lists and maps by what they hold, objects by their fields. */
const scalars: Readonly<Record<string, string>> = {
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  string: 'string',
};
const formats: Readonly<Record<string, string>> = {
  'date-time': 'google.protobuf.Timestamp',
  date: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  byte: 'bytes',
};

const metadata = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};
const standardFields = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata };

/** Declares the types of a schema in an environment; answers the name of that of the schema itself. */
class TypeDeclarer {
  private count = 0;
  private readonly target: Environment;

  constructor(target: Environment) {
    this.target = target;
  }

  declare(schema: JsonObject, isRoot: boolean): string {
    if (schema['x-kubernetes-int-or-string'] === true) return 'dyn';
    const type = asString(schema['type']);
    if (type === 'string') return formats[asString(schema['format'])] ?? 'string';
    if (type === 'array') return `list<${this.declare(asObject(schema['items']), false)}>`;
    return type === 'object' || isRoot ? this.object(schema, isRoot) : (scalars[type] ?? 'dyn');
  }

  private object(schema: JsonObject, isRoot: boolean): string {
    const own = asObject(schema['properties']);
    const additional = schema['additionalProperties'];
    if (Object.keys(own).length === 0 && isObject(additional))
      return `map<string, ${this.declare(additional, false)}>`;
    const isWhole = isRoot || schema['x-kubernetes-embedded-resource'] === true;
    const properties = isWhole ? { ...own, ...standardFields } : own;
    const isFree = schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (isFree && Object.keys(properties).length === 0) return 'dyn';
    const fields: Record<string, string> = {};
    for (const [key, field] of Object.entries(properties))
      fields[escapeName(key)] = this.declare(asObject(field), false);
    this.count += 1;
    const name = `object${this.count}`;
    this.target.registerType(name, { fields });
    // Registers `!=` as well.
    this.target.registerOperator(`${name} == ${name}`, () => true);
    return name;
  }
}

let base: Environment | undefined;

function baseEnvironment(): Environment {
  if (base === undefined) {
    base = new Environment({
      unlistedVariablesAreDyn: false,
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
    });
    registerLibrary(base);
  }
  return base;
}

/** What a rule is checked against. */
export interface RuleTarget {
  readonly schema: JsonObject;
  readonly isRoot: boolean;
  /** Whether oldSelf may not be there, so that it is optional. */
  readonly optionalOldSelf: boolean;
}

/** What came of checking an expression: its type, or why it cannot be compiled. */
export type CheckedRule = { readonly type: string } | { readonly fault: string };

/** Checks the types of an expression over the values of a schema, in the words of Kubernetes' compiler. */
export function checkExpression(text: string, target: RuleTarget): CheckedRule {
  const environment = baseEnvironment().clone();
  const type = new TypeDeclarer(environment).declare(target.schema, target.isRoot);
  environment.registerVariable('self', type);
  environment.registerVariable('oldSelf', target.optionalOldSelf ? 'optional' : type);
  const found = check(environment, text);
  if (found instanceof Error) return { fault: faultText(text, found, environment) };
  const absent = absentField(environment, text);
  return absent === undefined ? { type: found } : { fault: absent };
}

function check(environment: Environment, text: string): string | Error {
  try {
    const result = environment.check(text);
    return result.valid ? String(result.type) : (result.error ?? new Error('invalid'));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A part of an expression, as the parser leaves it with an error. */
interface Node {
  readonly op?: string;
  readonly start?: number;
  readonly end?: number;
  readonly pos?: number;
  readonly args?: unknown;
}

function nodeOf(error: Error): Node {
  return (error as { readonly node?: Node }).node ?? {};
}

/** `has` takes any field here, and only those that there are in Kubernetes. */
function absentField(environment: Environment, text: string): string | undefined {
  for (const found of text.matchAll(/\bhas\(([\w.[\]'"]+)\)/g)) {
    const [, inner = ''] = found;
    const error = check(environment, inner);
    const field = error instanceof Error ? /^No such key: (.*)$/m.exec(error.message) : null;
    if (field !== null) {
      const column = found.index + 4;
      return located(text, column, `undefined field '${field[1] ?? ''}'`);
    }
  }
  return undefined;
}

/** A message with its place, below the line of the expression. */
function located(text: string, column: number, message: string): string {
  const before = text.slice(0, Math.max(0, column - 1)).split('\n');
  const line = text.split('\n')[before.length - 1] ?? '';
  const place = (before.at(-1) ?? '').length + 1;
  return `ERROR: <input>:${before.length}:${place}: ${message}\n | ${line}\n | ${'.'.repeat(place - 1)}^`;
}

const expectedTokens =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function faultText(text: string, error: Error, environment: Environment): string {
  const [message = ''] = error.message.split('\n');
  const node = nodeOf(error);
  const column = (node.pos ?? 0) + 1;
  const field = /^No such key: (.*)$/.exec(message);
  if (field !== null) return located(text, column - 1, `undefined field '${field[1] ?? ''}'`);
  const variable = /^Unknown variable: (.*)$/.exec(message);
  if (variable !== null)
    return located(
      text,
      column,
      `undeclared reference to '${variable[1] ?? ''}' (in container '')`,
    );
  const index = /^Cannot index type '(.*)'$/.exec(message);
  if (index !== null) {
    const why = `type '${celType(index[1] ?? '')}' does not support field selection`;
    return located(text, column - 1, why);
  }
  if (message === 'Unexpected token: EOF') {
    const why = `Syntax error: mismatched input '<EOF>' expecting ${expectedTokens}`;
    return located(text, text.length + 1, why);
  }
  return overloadText(text, message, node, environment);
}

function overloadText(
  text: string,
  message: string,
  ...[node, environment]: [Node, Environment]
): string {
  const place = { text, message, node };
  return (
    operatorText(place) ??
    unaryText(place) ??
    callText(place, environment) ??
    located(text, (node.pos ?? 0) + 1, message)
  );
}

interface Place {
  readonly text: string;
  readonly message: string;
  readonly node: Node;
}

const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in|&&|\|\|) (.+)$/;

function operatorText({ text, message, node }: Place): string | undefined {
  const found = binary.exec(message);
  if (found === null) return undefined;
  const [, left = '', name = '', right = ''] = found;
  const shown = name === 'in' ? '@in' : `_${name}_`;
  const applied = `(${celType(left)}, ${celType(right)})`;
  const why = `found no matching overload for '${shown}' applied to '${applied}'`;
  return located(text, operatorPlace(text, node, name), why);
}

function unaryText({ text, message, node }: Place): string | undefined {
  const found = /^no such overload: ([!-])(.+)$/.exec(message);
  if (found === null) return undefined;
  const [, name = '', type = ''] = found;
  const why = `found no matching overload for '${name}_' applied to '(${celType(type)})'`;
  return located(text, (node.start ?? 0) + 1, why);
}

function callText({ text, message, node }: Place, environment: Environment): string | undefined {
  const found = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(message);
  if (found === null) return undefined;
  const [, receiver, name = '', given = ''] = found;
  const applied = `${receiver === undefined ? '' : `${celType(receiver)}.`}(${celTypes(given)})`;
  const isKnown = environment.getDefinitions().functions.some((entry) => entry.name === name);
  const why = isKnown
    ? `found no matching overload for '${name}' applied to '${applied}'`
    : `undeclared reference to '${name}' (in container '')`;
  return located(text, callPlace(text, node, name), why);
}

/** Where an operator stands: between its operands. */
function operatorPlace(text: string, node: Node, operator: string): number {
  const operands = Array.isArray(node.args) ? (node.args as Node[]) : [];
  const from = operands[0]?.end ?? node.start ?? 0;
  return Math.max(0, text.indexOf(operator, from)) + 1;
}

/** Where the arguments of a call begin. */
function callPlace(text: string, node: Node, name: string): number {
  const parts = Array.isArray(node.args) ? (node.args as unknown[]) : [];
  const receiver = node.op === 'rcall' ? (parts[1] as Node | undefined) : undefined;
  const from = receiver?.end ?? node.start ?? 0;
  const at = text.indexOf(name, from);
  return Math.max(0, text.indexOf('(', Math.max(at, from))) + 1;
}

/** A list of types, separated by commas outside of brackets. */
function celTypes(list: string): string {
  return list
    .split(/, (?![^<]*>)/)
    .map(celType)
    .join(', ');
}

/** A type as Kubernetes' compiler writes it. */
function celType(type: string): string {
  const list = /^list<(.*)>$/.exec(type);
  if (list !== null) return `list(${celType(list[1] ?? '')})`;
  const map = /^map<(\w+), (.*)>$/.exec(type);
  if (map !== null) return `map(${map[1] ?? ''}, ${celType(map[2] ?? '')})`;
  switch (type) {
    case 'google.protobuf.Timestamp':
      return 'timestamp';
    case 'google.protobuf.Duration':
      return 'duration';
    case 'null_type':
      return 'null';
    default:
      return type;
  }
}
