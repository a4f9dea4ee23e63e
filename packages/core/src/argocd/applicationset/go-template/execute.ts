import { printValue } from './format.ts';
import {
  isOfType,
  parameterTypeName,
  takesNil,
  type GoFunction,
  type ParameterType,
} from './go-function.ts';
import { quoteText } from './go-text.ts';
import { GoInt, GoList, GoMap, isTrue, sortedKeys, typeName, type GoValue } from './go-value.ts';
import {
  nodeText,
  templateName,
  type AnyNode,
  type BranchNode,
  type CallNode,
  type ChainNode,
  type CommandNode,
  type Expression,
  type IdentifierNode,
  type NumberNode,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from './nodes.ts';
import type { ParsedTemplate } from './parser.ts';
import { GoTemplateError, UnsupportedTemplateError } from './template-error.ts';
import { placeOf } from './tokens.ts';

/** What a template does with a key that a map does not have. */
export type MissingKey = 'invalid' | 'zero' | 'error';

/** What a template runs with. */
export interface ExecuteOptions {
  readonly functions: ReadonlyMap<string, GoFunction>;
  readonly missingKey: MissingKey;
}

/**
 * Executes a template. A Go value that is of type `interface{}` where it is taken from, such as a
 * map's element, is unwrapped at the end of each command; before that, messages show it.
 * Source: Go, text/template/exec.go.
 */
export function executeTemplate(
  template: ParsedTemplate,
  data: GoValue,
  options: ExecuteOptions,
): string {
  const execution = new Execution(template, options, templateName);
  return execution.run(data, template.root);
}

/** A value on its way through an expression. `boxed`: its type is `interface{}` there. */
interface Slot {
  readonly value: GoValue;
  readonly boxed: boolean;
}

const nothing: Slot = { value: undefined, boxed: false };
/** How many templates may call each other. Go allows 100,000, which the stack here does not. */
const depthMax = 500;

function bare(value: GoValue): Slot {
  return { value, boxed: false };
}

/** The value itself; nil inside an interface is no value. */
function unboxed({ value }: Slot): Slot {
  return bare(value ?? undefined);
}

function typeOf({ value, boxed }: Slot): string {
  return boxed ? 'interface {}' : typeName(value);
}

/** Leaving an iteration, or the whole loop. */
type Leave = 'break' | 'continue' | undefined;

class Execution {
  private readonly template: ParsedTemplate;
  private readonly options: ExecuteOptions;
  private readonly name: string;
  private readonly depth: number;
  private readonly output: string[];
  private variables: { readonly name: string; value: Slot }[] = [];
  private node: AnyNode | undefined;

  constructor(
    template: ParsedTemplate,
    options: ExecuteOptions,
    name: string,
    outer?: { readonly depth: number; readonly output: string[] },
  ) {
    this.template = template;
    this.options = options;
    this.name = name;
    this.depth = outer?.depth ?? 0;
    this.output = outer?.output ?? [];
  }

  run(data: GoValue, root: TemplateNode): string {
    this.variables = [{ name: '$', value: bare(data) }];
    this.walk(bare(data), root);
    return this.output.join('');
  }

  private walk(dot: Slot, node: TemplateNode): Leave {
    this.node = node;
    switch (node.kind) {
      case 'text':
        this.output.push(node.text);
        return undefined;
      case 'action':
        this.action(dot, node.pipe, node);
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
      case 'list':
        return this.walkAll(dot, node.nodes);
      case 'if':
      case 'with':
        return this.choose(dot, node);
      case 'range':
        return this.range(dot, node);
      case 'template':
        this.call(dot, node);
        return undefined;
    }
  }

  private walkAll(dot: Slot, nodes: readonly TemplateNode[]): Leave {
    for (const node of nodes) {
      const leave = this.walk(dot, node);
      if (leave !== undefined) return leave;
    }
    return undefined;
  }

  private action(dot: Slot, pipe: PipeNode, node: TemplateNode): void {
    const { value } = this.pipeline(dot, pipe);
    if (pipe.variables.length > 0) return;
    this.node = node;
    this.output.push(value === undefined ? '<no value>' : printValue(value));
  }

  private choose(dot: Slot, { kind, pipe, list, elseList }: BranchNode): Leave {
    const mark = this.variables.length;
    const value = this.pipeline(dot, pipe);
    const chosen = isTrue(value.value) ? list : elseList;
    const inner = kind === 'with' && chosen === list ? value : dot;
    const leave = chosen === undefined ? undefined : this.walk(inner, chosen);
    this.variables.length = mark;
    return leave;
  }

  private range(dot: Slot, node: BranchNode): Leave {
    const mark = this.variables.length;
    const { value } = this.pipeline(dot, node.pipe);
    const items = this.itemsOf(value, node.pipe.variables.length);
    const inner = this.variables.length;
    for (const [index, item] of items) {
      this.setRangeVariables(node.pipe, index, item);
      const leave = this.walk(item, node.list);
      this.variables.length = inner;
      if (leave === 'break') break;
    }
    let leave: Leave;
    if (items.length === 0 && node.elseList !== undefined) leave = this.walk(dot, node.elseList);
    this.variables.length = mark;
    return leave;
  }

  private itemsOf(value: GoValue, variables: number): readonly (readonly [Slot, Slot])[] {
    if (value === undefined || value === null) return [];
    if (value instanceof GoInt) return this.numbersBelow(value, variables);
    if (value instanceof GoList) {
      const boxed = value.element === 'any';
      return value.items.map((item, index) => [bare(new GoInt(index)), { value: item, boxed }]);
    }
    if (value instanceof GoMap) {
      const boxed = value.element === 'any';
      return sortedKeys(value).map((key) => [bare(key), { value: value.entries.get(key), boxed }]);
    }
    throw this.fail(`range can't iterate over ${printValue(value)}`);
  }

  private numbersBelow(value: GoInt, variables: number): readonly (readonly [Slot, Slot])[] {
    if (variables > 1) {
      throw this.fail(`can't use ${value.value} to iterate over more than one variable`);
    }
    if (value.value > 1_000_000n) {
      throw new UnsupportedTemplateError(`a template that counts to ${value.value}`);
    }
    const count = Math.max(0, Number(value.value));
    return Array.from({ length: count }, (_, index) => [
      nothing,
      bare(new GoInt(index, value.type)),
    ]);
  }

  private setRangeVariables({ variables, assigns }: PipeNode, index: Slot, item: Slot): void {
    const names = variables.map(({ names: [name = ''] }) => name);
    const values = names.length > 1 ? [index, item] : [item];
    for (const [at, name] of names.entries()) {
      const value = values[at] ?? nothing;
      if (assigns) this.assign(name, value);
      else {
        const top = this.variables[this.variables.length - names.length + at];
        if (top !== undefined) top.value = value;
      }
    }
  }

  private call(dot: Slot, node: CallNode): void {
    const list = this.template.templates.get(node.name);
    if (list === undefined) throw this.fail(`template ${quoteText(node.name)} not defined`);
    if (this.depth >= depthMax) {
      throw this.fail(`exceeded maximum template depth (${depthMax})`);
    }
    const data = node.pipe === undefined ? nothing : this.pipeline(dot, node.pipe);
    const outer = { depth: this.depth + 1, output: this.output };
    new Execution(this.template, this.options, node.name, outer).run(data.value, list);
  }

  private pipeline(dot: Slot, pipe: PipeNode): Slot {
    this.node = pipe;
    let value: Slot | undefined;
    for (const command of pipe.commands) value = unboxed(this.command(dot, command, value));
    const result = value ?? nothing;
    for (const { names } of pipe.variables) {
      const [name = ''] = names;
      if (pipe.assigns) this.assign(name, result);
      else this.variables.push({ name, value: result });
    }
    return result;
  }

  private assign(name: string, value: Slot): void {
    const variable = this.variables.findLast((one) => one.name === name);
    if (variable === undefined) throw this.fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  /** A command with the value of the one before it, which is its last argument. */
  private command(dot: Slot, node: CommandNode, final: Slot | undefined): Slot {
    const [first] = node.parts;
    if (first === undefined) return nothing;
    switch (first.kind) {
      case 'field':
        this.node = first;
        return this.fields({ names: first.names, args: node.parts, final }, dot);
      case 'chain':
        return this.chain(dot, first, { args: node.parts, final });
      case 'identifier':
        return this.function(dot, first, { node, args: node.parts, final });
      case 'pipe':
        this.refuseArguments(node.parts, final);
        return this.pipeline(dot, first);
      case 'variable':
        return this.variable(first, { args: node.parts, final });
      default:
        this.node = first;
        this.refuseArguments(node.parts, final);
        return this.literal(dot, first);
    }
  }

  private literal(dot: Slot, node: Expression): Slot {
    switch (node.kind) {
      case 'bool':
        return bare(node.value);
      case 'dot':
        return dot;
      case 'number':
        return bare(this.idealConstant(node));
      case 'string':
        return bare(node.text);
      default:
        throw this.fail(`${nodeText(node)} is not a command`);
    }
  }

  private refuseArguments(args: readonly Expression[], final: Slot | undefined): void {
    const [first] = args;
    if (first === undefined || (args.length === 1 && final === undefined)) return;
    throw this.fail(`can't give argument to non-function ${nodeText(first)}`);
  }

  /** A number where nothing says which type is wanted: a float when it looks like one. */
  private idealConstant(node: NumberNode): GoValue {
    this.node = node;
    const { text, float, integer } = node;
    const looksLikeFloat =
      !/^[+-]?0[xX]/.test(text) && !text.startsWith("'") && /[.eEpP]/.test(text);
    if (looksLikeFloat && float !== undefined) return float;
    if (integer === undefined) throw this.fail(`${text} overflows int`);
    return new GoInt(integer);
  }

  private chain(dot: Slot, node: ChainNode, { args, final }: Arguments): Slot {
    this.node = node;
    if (node.of.kind === 'nil') {
      throw this.fail(`indirection through explicit nil in ${nodeText(node)}`);
    }
    const receiver = this.argument(dot, undefined, node.of);
    return this.fields({ names: node.fields, args, final }, receiver);
  }

  private variable(node: VariableNode, { args, final }: Arguments): Slot {
    this.node = node;
    const [name = '', ...names] = node.names;
    const found = this.variables.findLast((one) => one.name === name);
    if (found === undefined) throw this.fail(`undefined variable: ${name}`);
    if (names.length > 0) return this.fields({ names, args, final }, found.value);
    this.refuseArguments(args ?? [], final);
    return found.value;
  }

  private fields({ names, args, final }: FieldAccess, receiver: Slot): Slot {
    return names.reduce((from, name, index) => {
      const last = index === names.length - 1;
      const hasArguments = last && ((args?.length ?? 0) > 1 || final !== undefined);
      return this.field(name, hasArguments, from);
    }, receiver);
  }

  private field(name: string, hasArguments: boolean, receiver: Slot): Slot {
    const { value, boxed } = receiver;
    if (value === undefined && !boxed) {
      if (this.options.missingKey !== 'error') return nothing;
      throw this.fail(`nil data; no entry for key ${quoteText(name)}`);
    }
    if (value === null || value === undefined) {
      throw this.fail(`nil pointer evaluating interface {}.${name}`);
    }
    if (!(value instanceof GoMap)) {
      throw this.fail(`can't evaluate field ${name} in type ${typeOf(receiver)}`);
    }
    if (hasArguments) throw this.fail(`${name} is not a method but has arguments`);
    const found = value.entries.get(name);
    if (found !== undefined) return { value: found, boxed: value.element === 'any' };
    return this.missing(name, value);
  }

  private missing(name: string, map: GoMap): Slot {
    const { missingKey } = this.options;
    if (missingKey === 'error') {
      throw this.fail(`map has no entry for key ${quoteText(name)}`);
    }
    if (missingKey === 'invalid') return nothing;
    return map.element === 'any' ? { value: null, boxed: true } : bare('');
  }

  private function(dot: Slot, node: IdentifierNode, call: FunctionCall): Slot {
    this.node = node;
    if (node.name === 'and' || node.name === 'or') return this.shortCircuit(dot, node.name, call);
    const found = this.options.functions.get(node.name);
    if (found === undefined) throw this.fail(`${quoteText(node.name)} is not a defined function`);
    const args = this.functionArguments(dot, node.name, found, call);
    try {
      return { value: found.run(args), boxed: found.returnsAny ?? false };
    } catch (error) {
      if (error instanceof UnsupportedTemplateError) throw error;
      this.node = call.node;
      const text = error instanceof Error ? error.message : String(error);
      throw this.fail(`error calling ${node.name}: ${text}`);
    }
  }

  private functionArguments(
    dot: Slot,
    name: string,
    { parameters, rest }: GoFunction,
    { args: parts = [], final }: FunctionCall,
  ): GoValue[] {
    const given = parts.slice(1);
    const count = given.length + (final === undefined ? 0 : 1);
    if (rest === undefined ? count !== parameters.length : count < parameters.length) {
      const wanted =
        rest === undefined ? `want ${parameters.length}` : `want at least ${parameters.length}`;
      const got = rest === undefined ? count : given.length;
      throw this.fail(`wrong number of args for ${name}: ${wanted} got ${got}`);
    }
    const typeAt = (index: number): ParameterType => parameters[index] ?? rest ?? 'any';
    const args = given.map((part, index) => this.argument(dot, typeAt(index), part).value);
    if (final !== undefined) args.push(this.converted(final, typeAt(given.length)).value);
    return args;
  }

  /** `and` and `or` evaluate no more arguments than they need. */
  private shortCircuit(
    dot: Slot,
    name: 'and' | 'or',
    { args: parts = [], final }: FunctionCall,
  ): Slot {
    const given = parts.slice(1);
    if (given.length === 0 && final === undefined) {
      throw this.fail(`wrong number of args for ${name}: want at least 1 got 0`);
    }
    let value = nothing;
    for (const part of given) {
      value = this.argument(dot, 'value', part);
      if (isTrue(value.value) === (name === 'or')) return value;
    }
    return final === undefined ? value : this.converted(final, 'value');
  }

  /** An argument for a parameter of a type; undefined: of any type, without conversion. */
  private argument(dot: Slot, type: ParameterType | undefined, node: Expression): Slot {
    this.node = node;
    switch (node.kind) {
      case 'dot':
        return this.converted(dot, type);
      case 'nil':
        if (type === undefined || takesNil(type)) return bare(null);
        throw this.fail(`cannot assign nil to ${parameterTypeName(type)}`);
      case 'field':
        return this.converted(
          this.fields({ names: node.names, args: [node], final: undefined }, dot),
          type,
        );
      case 'variable':
        return this.converted(this.variable(node, {}), type);
      case 'pipe':
        return this.converted(this.pipeline(dot, node), type);
      case 'identifier':
        return this.converted(this.function(dot, node, { node }), type);
      case 'chain':
        return this.converted(this.chain(dot, node, {}), type);
      default:
        return this.literalArgument(type ?? 'any', node);
    }
  }

  private literalArgument(type: ParameterType, node: Expression): Slot {
    switch (type) {
      case 'bool':
        if (node.kind === 'bool') return bare(node.value);
        throw this.fail(`expected bool; found ${nodeText(node)}`);
      case 'string':
        if (node.kind === 'string') return bare(node.text);
        throw this.fail(`expected string; found ${nodeText(node)}`);
      case 'int':
        if (node.kind === 'number' && node.integer !== undefined)
          return bare(new GoInt(node.integer));
        throw this.fail(`expected integer; found ${nodeText(node)}`);
      case 'float64':
        if (node.kind === 'number' && node.float !== undefined) return bare(node.float);
        throw this.fail(`expected float; found ${nodeText(node)}`);
      case 'map':
        throw this.fail(
          `can't handle ${nodeText(node)} for arg of type ${parameterTypeName(type)}`,
        );
      default:
        return this.literal(nothing, node);
    }
  }

  private converted(slot: Slot, type: ParameterType | undefined): Slot {
    if (type === undefined) return slot;
    const { value, boxed } = slot;
    if (value === undefined && !boxed) {
      if (takesNil(type)) return bare(type === 'value' ? undefined : null);
      throw this.fail(`invalid value; expected ${parameterTypeName(type)}`);
    }
    if (isOfType(value, type)) return slot;
    const got = boxed && (value === null || value === undefined) ? 'interface {}' : typeName(value);
    throw this.fail(`wrong type for value; expected ${parameterTypeName(type)}; got ${got}`);
  }

  private fail(message: string): GoTemplateError {
    const { node, name, template } = this;
    const at =
      node === undefined
        ? `template: ${name}`
        : `template: ${templateName}:${placeOf(template.text, node.position)}: ` +
          `executing ${quoteText(name)} at <${nodeText(node)}>`;
    return new GoTemplateError(`${at}: ${message}`);
  }
}

/** Arguments of a command: its parts with the first one, and the value piped into it. */
interface Arguments {
  readonly args?: readonly Expression[];
  readonly final?: Slot | undefined;
}

interface FunctionCall extends Arguments {
  /** What a message names when the function fails. */
  readonly node: CommandNode | IdentifierNode;
}

interface FieldAccess {
  readonly names: readonly string[];
  readonly args: readonly Expression[] | undefined;
  readonly final: Slot | undefined;
}
