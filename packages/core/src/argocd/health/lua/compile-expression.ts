import type { Frame, Site } from './frame.ts';
import { LuaFunction, type Box, type Prototype } from './function.ts';
import {
  concat,
  isEqual,
  isLess,
  isLessOrEqual,
  lengthOf,
  mixedArithmetic,
  negate,
  numberOperator,
} from './operators.ts';
import {
  hasManyValues,
  type BinaryNode,
  type CallNode,
  type ConcatNode,
  type Expression,
  type FunctionNode,
  type IndexNode,
  type LocalVariable,
  type MethodCallNode,
  type NameNode,
  type TableNode,
  type UnaryNode,
} from './syntax-tree.ts';
import { LuaTable, type LuaValue } from './table.ts';
import { isTruthy } from './values.ts';

/** An expression, compiled: its value in a frame. */
export type Evaluate = (frame: Frame) => LuaValue;
/** An expression, compiled: all its values in a frame. The list is the caller's. */
export type EvaluateAll = (frame: Frame) => LuaValue[];
/** Compiles the statements of a function. */
export type CompileFunction = (node: FunctionNode) => Prototype;

/** Compiles expressions into closures. */
export class ExpressionCompiler {
  readonly #compileFunction: CompileFunction;

  constructor(compileFunction: CompileFunction) {
    this.#compileFunction = compileFunction;
  }

  /** One value. */
  one(node: Expression): Evaluate {
    switch (node.kind) {
      case 'constant': {
        const { value } = node;
        return () => value;
      }
      case 'name':
        return this.#name(node);
      case 'index':
        return this.#index(node);
      case 'call':
      case 'method': {
        const all = this.#call(node);
        return (frame) => all(frame)[0];
      }
      case 'function':
        return this.#function(node);
      case 'table':
        return this.#table(node);
      case 'variadic':
        return (frame) => frame.variadic[0];
      case 'parentheses':
        return this.one(node.inner);
      default:
        return this.#operation(node);
    }
  }

  #operation(node: BinaryNode | ConcatNode | UnaryNode): Evaluate {
    if (node.kind === 'binary') return this.#binary(node);
    if (node.kind === 'unary') return this.#unary(node);
    return this.#concat(node.parts, site(node.line));
  }

  /** All values of a list of expressions: one of each, and all of the last. */
  all(nodes: readonly Expression[]): EvaluateAll {
    const last = nodes.at(-1);
    if (last === undefined) return () => [];
    if (!hasManyValues(last)) return this.#ones(nodes);
    const many = this.#many(last);
    if (nodes.length === 1) return many;
    const firsts = this.#ones(nodes.slice(0, -1));
    return (frame) => {
      const values = firsts(frame);
      for (const value of many(frame)) values.push(value);
      return values;
    };
  }

  #ones(nodes: readonly Expression[]): EvaluateAll {
    const [first, second] = nodes.map((node) => this.one(node));
    if (nodes.length === 1 && first !== undefined) return (frame) => [first(frame)];
    if (nodes.length === 2 && first !== undefined && second !== undefined) {
      return (frame) => [first(frame), second(frame)];
    }
    const evaluates = nodes.map((node) => this.one(node));
    return (frame) => evaluates.map((evaluate) => evaluate(frame));
  }

  #many(node: Expression): EvaluateAll {
    if (node.kind === 'call' || node.kind === 'method') return this.#call(node);
    if (node.kind === 'variadic') return (frame) => [...frame.variadic];
    return this.#ones([node]);
  }

  #name({ name, target, line }: NameNode): Evaluate {
    if (target.kind === 'local') {
      const { slot, isCaptured } = target.variable;
      if (isCaptured) return (frame) => (frame.slots[slot] as Box).value;
      return (frame) => frame.slots[slot] as LuaValue;
    }
    if (target.kind === 'upvalue') {
      const { index } = target;
      return (frame) => frame.fn.upvalues[index]?.value;
    }
    const place = site(line);
    return (frame) => {
      const { environment } = frame.fn;
      const value = environment?.get(name);
      if (value !== undefined || environment?.metatable === undefined) return value;
      frame.site = place;
      return frame.machine.index(environment, name);
    };
  }

  #index({ object, key, line }: IndexNode): Evaluate {
    const place = site(line);
    const owner = this.one(object);
    if (key.kind === 'constant') {
      const { value: name } = key;
      return (frame) => {
        const table = owner(frame);
        const value = table instanceof LuaTable ? table.get(name) : undefined;
        if (value !== undefined) return value;
        frame.site = place;
        return frame.machine.index(table, name);
      };
    }
    const keyOf = this.one(key);
    return (frame) => {
      const table = owner(frame);
      const name = keyOf(frame);
      const value = table instanceof LuaTable ? table.get(name) : undefined;
      if (value !== undefined) return value;
      frame.site = place;
      return frame.machine.index(table, name);
    };
  }

  #call(node: CallNode | MethodCallNode): EvaluateAll {
    const place = callSite(node);
    if (node.kind === 'call') {
      const calleeOf = this.one(node.callee);
      const argsOf = this.all(node.args);
      return (frame) => {
        const callee = calleeOf(frame);
        const args = argsOf(frame);
        frame.site = place;
        return frame.machine.call(callee, args);
      };
    }
    const prepare = this.prepareCall(node);
    return (frame) => {
      const { callee, args } = prepare(frame);
      frame.site = place;
      return frame.machine.call(callee, args);
    };
  }

  /** What is called with which arguments, for a call that takes the place of its caller as well. */
  prepareCall(
    node: CallNode | MethodCallNode,
  ): (frame: Frame) => { callee: LuaValue; args: LuaValue[] } {
    const argsOf = this.all(node.args);
    if (node.kind === 'call') {
      const calleeOf = this.one(node.callee);
      return (frame) => ({ callee: calleeOf(frame), args: argsOf(frame) });
    }
    const objectOf = this.one(node.object);
    const { method } = node;
    const place = site(node.line);
    return (frame) => {
      const object = objectOf(frame);
      frame.site = place;
      const callee = frame.machine.index(object, method);
      return { callee, args: [object, ...argsOf(frame)] };
    };
  }

  #function(node: FunctionNode): Evaluate {
    const prototype = this.#compileFunction(node);
    const { upvalues } = prototype;
    return (frame) => {
      frame.machine.allocate(64);
      const boxes = upvalues.map((source) =>
        source.kind === 'local'
          ? (frame.slots[source.variable.slot] as Box)
          : (frame.fn.upvalues[source.index] ?? { value: undefined }),
      );
      return LuaFunction.ofScript(prototype, boxes, frame.fn.environment);
    };
  }

  #table({ fields, line }: TableNode): Evaluate {
    const place = site(line);
    const steps = this.#tableSteps(fields);
    return (frame) => {
      frame.machine.allocate(64);
      const table = new LuaTable();
      for (const step of steps) {
        step(frame, table);
        frame.site = place;
      }
      return table;
    };
  }

  #tableSteps(fields: TableNode['fields']): ((frame: Frame, table: LuaTable) => void)[] {
    let listed = 0;
    return fields.map(({ key, value }, index) => {
      if (key === undefined) {
        listed += 1;
        return this.#listed(value, listed, index === fields.length - 1);
      }
      const keyOf = this.one(key);
      const valueOf = this.one(value);
      const place = site(key.line);
      return (frame, table) => {
        const name = keyOf(frame);
        const content = valueOf(frame);
        frame.site = place;
        frame.machine.rawSet(table, name, content);
      };
    });
  }

  #listed(
    value: Expression,
    place: number,
    isLast: boolean,
  ): (frame: Frame, table: LuaTable) => void {
    if (isLast && hasManyValues(value)) {
      const many = this.#many(value);
      return (frame, table) => {
        const values = many(frame);
        frame.machine.allocate(values.length * 16);
        values.forEach((one, index) => table.set(place + index, one));
      };
    }
    const one = this.one(value);
    return (frame, table) => {
      table.set(place, one(frame));
    };
  }

  #binary(node: BinaryNode): Evaluate {
    const left = this.one(node.left);
    const right = this.one(node.right);
    switch (node.operator) {
      case 'and':
        return (frame) => {
          const value = left(frame);
          return value === undefined || value === false ? value : right(frame);
        };
      case 'or':
        return (frame) => {
          const value = left(frame);
          return value === undefined || value === false ? right(frame) : value;
        };
      case '==':
      case '~=':
        return this.#equality(node, left, right);
      case '<':
      case '<=':
        return order(node, left, right);
      case '>':
      case '>=':
        return order(node, right, left);
      default:
        return arithmetic(node, left, right);
    }
  }

  #equality(node: BinaryNode, left: Evaluate, right: Evaluate): Evaluate {
    const isWanted = node.operator === '==';
    const place = site(node.line);
    return (frame) => {
      const first = left(frame);
      const second = right(frame);
      if (first === second) return isWanted;
      if (typeof first !== 'object' || typeof second !== 'object') return !isWanted;
      frame.site = place;
      return isEqual(frame.machine, first, second) === isWanted;
    };
  }

  #concat(parts: readonly Expression[], place: Site): Evaluate {
    const evaluates = parts.map((part) => this.one(part));
    return (frame) => {
      const values = evaluates.map((evaluate) => evaluate(frame));
      frame.site = place;
      return concat(frame.machine, values);
    };
  }

  #unary({ operator, operand, line }: UnaryNode): Evaluate {
    const evaluate = this.one(operand);
    if (operator === 'not') return (frame) => !isTruthy(evaluate(frame));
    if (operator === '-' && operand.kind === 'constant' && typeof operand.value === 'number') {
      const value = -operand.value;
      return () => value;
    }
    const apply = operator === '-' ? negate : lengthOf;
    const place = site(line);
    return (frame) => {
      const value = evaluate(frame);
      frame.site = place;
      return apply(frame.machine, value);
    };
  }
}

/** The left side is evaluated first, whichever of the two is the smaller one. */
function order(node: BinaryNode, smaller: Evaluate, larger: Evaluate): Evaluate {
  const place = site(node.line);
  const isSwapped = node.operator.startsWith('>');
  const compare = node.operator.endsWith('=') ? isLessOrEqual : isLess;
  const [first, second] = isSwapped ? [larger, smaller] : [smaller, larger];
  return (frame) => {
    const left = first(frame);
    const right = second(frame);
    frame.site = place;
    return isSwapped ? compare(frame.machine, right, left) : compare(frame.machine, left, right);
  };
}

function arithmetic(node: BinaryNode, left: Evaluate, right: Evaluate): Evaluate {
  const { operator, line } = node;
  const apply = numberOperator(operator);
  const place = site(line);
  return (frame) => {
    const first = left(frame);
    const second = right(frame);
    if (typeof first === 'number' && typeof second === 'number') return apply(first, second);
    frame.site = place;
    return mixedArithmetic(frame.machine, operator, [first, second]);
  };
}

/** A place in the script where nothing is called by name. */
export function site(line: number): Site {
  return { line, callee: undefined };
}

export function callSite(node: CallNode | MethodCallNode): Site {
  return {
    line: node.line,
    callee: node.kind === 'method' ? node.method : calleeName(node.callee),
  };
}

function calleeName(node: Expression): string {
  if (node.kind === 'parentheses') return calleeName(node.inner);
  if (node.kind === 'name') return node.name;
  const key = node.kind === 'index' && node.key.kind === 'constant' ? node.key.value : undefined;
  return typeof key === 'string' ? key : '?';
}

/** Sets a variable that a statement declares. */
export function declare(frame: Frame, variable: LocalVariable, value: LuaValue): void {
  frame.slots[variable.slot] = variable.isCaptured ? { value } : value;
}

/** Gives an existing variable another value. */
export function assignLocal(frame: Frame, variable: LocalVariable, value: LuaValue): void {
  if (variable.isCaptured) (frame.slots[variable.slot] as Box).value = value;
  else frame.slots[variable.slot] = value;
}
