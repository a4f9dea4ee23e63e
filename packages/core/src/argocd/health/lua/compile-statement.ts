import {
  assignLocal,
  callSite,
  declare,
  ExpressionCompiler,
  site,
  type Evaluate,
  type EvaluateAll,
} from './compile-expression.ts';
import type { Frame } from './frame.ts';
import { ending, LuaFunction, type Ending, type Prototype, type TableStep } from './function.ts';
import {
  hasManyValues,
  type AssignmentTarget,
  type Block,
  type Expression,
  type FunctionNode,
  type Label,
  type LocalVariable,
  type Statement,
} from './syntax-tree.ts';
import { LuaTable, type LuaValue } from './table.ts';
import { isTruthy } from './values.ts';

type Execute = (frame: Frame) => Ending;
type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** Compiles a function of a script. What comes of it belongs to no run and may be kept. */
export function compileFunction(node: FunctionNode, chunkName: string): Prototype {
  const compiler = new StatementCompiler((inner) => compileFunction(inner, chunkName));
  const { parameters, isVariadic, arg, usesVariadic, slotCount, upvalues, line } = node;
  const shape = { parameters, isVariadic, arg, usesVariadic, slotCount, upvalues, line };
  return { ...shape, chunkName, body: compiler.block(node.body) };
}

class StatementCompiler {
  readonly #expressions: ExpressionCompiler;

  constructor(compile: (node: FunctionNode) => Prototype) {
    this.#expressions = new ExpressionCompiler(compile);
  }

  block({ statements }: Block): Execute {
    const steps = statements.map((statement) => this.#statement(statement));
    const labels = new Map<Label, number>();
    statements.forEach((statement, index) => {
      if (statement.kind === 'label') labels.set(statement.label, index);
    });
    const [only] = steps;
    if (labels.size > 0) return withLabels(steps, labels);
    if (steps.length === 1 && only !== undefined) return only;
    return (frame) => {
      for (const step of steps) {
        const end = step(frame);
        if (end !== ending.next) return end;
      }
      return ending.next;
    };
  }

  #statement(statement: Statement): Execute {
    switch (statement.kind) {
      case 'assign':
        return this.#assign(statement);
      case 'local':
        return this.#local(statement);
      case 'do-call':
        return this.#doCall(statement);
      case 'do':
        return this.block(statement.block);
      case 'while':
        return this.#while(statement);
      case 'repeat':
        return this.#repeat(statement);
      case 'if':
        return this.#if(statement);
      case 'for-number':
        return this.#forNumber(statement);
      case 'for-in':
        return this.#forIn(statement);
      case 'return':
        return this.#return(statement);
      default:
        return jump(statement);
    }
  }

  #doCall({ call }: Of<'do-call'>): Execute {
    const evaluate = this.#expressions.one(call);
    return (frame) => {
      evaluate(frame);
      return ending.next;
    };
  }

  #local({ variables, values }: Of<'local'>): Execute {
    const [variable] = variables;
    const [value] = values;
    if (variables.length === 1 && values.length === 1 && variable && value) {
      return this.#localOne(variable, value);
    }
    const all = this.#expressions.all(values);
    const mayCapture = values.some(({ kind }) => kind === 'function');
    return (frame) => {
      if (mayCapture) for (const one of variables) declare(frame, one, undefined);
      const found = all(frame);
      variables.forEach((one, index) => {
        declare(frame, one, found[index]);
      });
      return ending.next;
    };
  }

  #localOne(variable: LocalVariable, value: Expression): Execute {
    const evaluate = this.#expressions.one(value);
    if (value.kind !== 'function') {
      return (frame) => {
        declare(frame, variable, evaluate(frame));
        return ending.next;
      };
    }
    // A function sees its own name.
    return (frame) => {
      declare(frame, variable, undefined);
      assignLocal(frame, variable, evaluate(frame));
      return ending.next;
    };
  }

  #assign({ targets, values }: Of<'assign'>): Execute {
    const [target] = targets;
    const [value] = values;
    if (targets.length !== 1 || values.length !== 1 || !target || !value) {
      return this.#assignMany(targets, values);
    }
    const prepare = this.#target(target);
    const evaluate = this.#expressions.one(value);
    return (frame) => {
      const set = prepare(frame);
      set(evaluate(frame));
      return ending.next;
    };
  }

  /**
   * gopher-lua sets variables of the function itself while it still evaluates, from the left, so that
   * `a, b = b, a` does not swap them; all other targets are set afterwards, from the right.
   */
  #assignMany(targets: readonly AssignmentTarget[], values: readonly Expression[]): Execute {
    const prepares = targets.map((target) => this.#target(target));
    const isSpread = hasManyValues(values.at(-1)) && values.length <= targets.length;
    const singles = values
      .slice(0, isSpread ? -1 : undefined)
      .map((value) => this.#expressions.one(value));
    const rest = isSpread ? this.#expressions.all(values.slice(-1)) : undefined;
    const early = targets.map((target, index) =>
      target.kind === 'name' && target.target.kind === 'local' && !(rest && index >= singles.length)
        ? target.target.variable
        : undefined,
    );
    return (frame) => {
      const sets = prepares.map((prepare) => prepare(frame));
      const found = evaluateEarly(frame, singles, early);
      if (rest !== undefined) found.push(...rest(frame));
      for (let index = targets.length - 1; index >= 0; index -= 1) {
        if (early[index] === undefined || index >= singles.length) sets[index]?.(found[index]);
      }
      return ending.next;
    };
  }

  /** Evaluates what a target consists of; what comes of that sets it. */
  #target(target: AssignmentTarget): (frame: Frame) => (value: LuaValue) => void {
    if (target.kind === 'name') return nameTarget(target);
    const objectOf = this.#expressions.one(target.object);
    const keyOf = this.#expressions.one(target.key);
    const place = site(target.line);
    return (frame) => {
      const object = objectOf(frame);
      const key = keyOf(frame);
      return (value) => {
        frame.site = place;
        frame.machine.setIndex(object, key, value);
      };
    };
  }

  #while({ condition, block }: Of<'while'>): Execute {
    const test = this.#expressions.one(condition);
    const body = this.block(block);
    const place = site(condition.line);
    return (frame) => {
      while (isTruthy(test(frame))) {
        frame.site = place;
        frame.machine.tick();
        const end = body(frame);
        if (end === ending.break) return ending.next;
        if (end !== ending.next) return end;
      }
      return ending.next;
    };
  }

  #repeat({ condition, block }: Of<'repeat'>): Execute {
    const test = this.#expressions.one(condition);
    const body = this.block(block);
    const place = site(condition.line);
    return (frame) => {
      do {
        frame.site = place;
        frame.machine.tick();
        const end = body(frame);
        if (end === ending.break) return ending.next;
        if (end !== ending.next) return end;
      } while (!isTruthy(test(frame)));
      return ending.next;
    };
  }

  #if({ branches }: Of<'if'>): Execute {
    const compiled = branches.map(({ condition, block }) => ({
      test: condition === undefined ? () => true : this.#expressions.one(condition),
      body: this.block(block),
    }));
    return (frame) => {
      for (const { test, body } of compiled) {
        const value = test(frame);
        if (value !== undefined && value !== false) return body(frame);
      }
      return ending.next;
    };
  }

  #forNumber(statement: Of<'for-number'>): Execute {
    const { variable, line } = statement;
    const startOf = this.#expressions.one(statement.start);
    const limitOf = this.#expressions.one(statement.limit);
    const stepOf: Evaluate =
      statement.step === undefined ? () => 1 : this.#expressions.one(statement.step);
    const body = this.block(statement.block);
    const place = site(line);
    return (frame) => {
      const bounds = [startOf(frame), limitOf(frame), stepOf(frame)] as const;
      frame.site = place;
      const [start, limit, step] = checkedBounds(frame, bounds);
      for (let value = start; step > 0 ? value <= limit : value >= limit; value += step) {
        frame.site = place;
        frame.machine.tick();
        declare(frame, variable, value);
        const end = body(frame);
        if (end === ending.break) return ending.next;
        if (end !== ending.next) return end;
      }
      return ending.next;
    };
  }

  #forIn({ variables, values, block, line }: Of<'for-in'>): Execute {
    const all: EvaluateAll = this.#expressions.all(values);
    const body = this.block(block);
    const place = site(line);
    return (frame) => {
      const [iterator, state, begin] = all(frame);
      const step = iterator instanceof LuaFunction ? iterator.tableStep : undefined;
      const loop: Loop = { iterator, step, state, control: begin };
      for (;;) {
        frame.site = place;
        const found = nextValues(frame, loop);
        if (found === undefined || found[0] === undefined) return ending.next;
        [loop.control] = found;
        declareAll(frame, variables, found);
        const end = body(frame);
        if (end === ending.break) return ending.next;
        if (end !== ending.next) return end;
      }
    };
  }

  #return({ values }: Of<'return'>): Execute {
    const [value] = values;
    if (values.length === 1 && (value?.kind === 'call' || value?.kind === 'method')) {
      const prepare = this.#expressions.prepareCall(value);
      const place = callSite(value);
      return (frame) => {
        const { callee, args } = prepare(frame);
        frame.site = place;
        if (callee === undefined) {
          throw frame.machine.error('attempt to call a non-function object');
        }
        frame.tail = callee;
        frame.result = args;
        return ending.return;
      };
    }
    const all = this.#expressions.all(values);
    return (frame) => {
      frame.result = all(frame);
      return ending.return;
    };
  }
}

interface Loop {
  readonly iterator: LuaValue;
  readonly step: TableStep | undefined;
  readonly state: LuaValue;
  control: LuaValue;
}

/** The values of the next round. */
function nextValues(
  { machine }: Frame,
  { iterator, step, state, control }: Loop,
): readonly LuaValue[] | undefined {
  if (step === undefined || !(state instanceof LuaTable)) {
    return machine.call(iterator, [state, control]);
  }
  machine.tick();
  return step(machine, state, control);
}

function declareAll(
  frame: Frame,
  variables: readonly LocalVariable[],
  values: readonly LuaValue[],
): void {
  for (let index = 0; index < variables.length; index += 1) {
    const variable = variables[index];
    if (variable !== undefined) declare(frame, variable, values[index]);
  }
}

function evaluateEarly(
  frame: Frame,
  singles: readonly Evaluate[],
  early: readonly (LocalVariable | undefined)[],
): LuaValue[] {
  return singles.map((evaluate, index) => {
    const value = evaluate(frame);
    const variable = early[index];
    if (variable !== undefined) assignLocal(frame, variable, value);
    return value;
  });
}

function nameTarget(
  target: Extract<AssignmentTarget, { kind: 'name' }>,
): (frame: Frame) => (value: LuaValue) => void {
  const { name, target: to, line } = target;
  if (to.kind === 'local') {
    return (frame) => (value) => {
      assignLocal(frame, to.variable, value);
    };
  }
  if (to.kind === 'upvalue') {
    return (frame) => (value) => {
      const box = frame.fn.upvalues[to.index];
      if (box !== undefined) box.value = value;
    };
  }
  const place = site(line);
  return (frame) => (value) => {
    frame.site = place;
    frame.machine.setIndex(frame.fn.environment, name, value);
  };
}

function checkedBounds(
  frame: Frame,
  [start, limit, step]: readonly [LuaValue, LuaValue, LuaValue],
): [number, number, number] {
  const { machine } = frame;
  if (typeof start !== 'number') throw machine.error('for statement init must be a number');
  if (typeof step !== 'number') throw machine.error('for statement step must be a number');
  if (typeof limit !== 'number') throw machine.error('for statement limit must be a number');
  return [start, limit, step];
}

function jump(statement: Of<'break' | 'label' | 'goto'>): Execute {
  if (statement.kind === 'break') return () => ending.break;
  if (statement.kind === 'label') return () => ending.next;
  const place = site(statement.line);
  return (frame) => {
    frame.site = place;
    frame.machine.tick();
    frame.target = statement.label;
    return ending.goto;
  };
}

/** A block with labels: a `goto` to one of them goes on there. */
function withLabels(steps: readonly Execute[], labels: ReadonlyMap<Label, number>): Execute {
  return (frame) => {
    let index = 0;
    while (index < steps.length) {
      const end = steps[index]?.(frame) ?? ending.next;
      index += 1;
      if (end === ending.next) continue;
      const target = end === ending.goto ? frame.target : undefined;
      const place = target === undefined ? undefined : labels.get(target);
      if (place === undefined) return end;
      index = place;
    }
    return ending.next;
  };
}
