import { ExpressionParser } from './expression-parser.ts';
import type {
  AssignmentTarget,
  Block,
  Expression,
  FunctionNode,
  GotoNode,
  IfBranch,
  Statement,
} from './syntax-tree.ts';
import { tokenKinds } from './tokens.ts';

const blockEnds: ReadonlySet<string> = new Set(['end', 'else', 'elseif', 'until', tokenKinds.end]);

/**
 * Reads a script (a byte text) as gopher-lua 1.1.2 does: Lua 5.1 with `goto`. Throws a LuaSyntaxError
 * with gopher-lua's message.
 */
export function parseScript(source: string, chunkName: string): FunctionNode {
  return new ScriptParser(source, chunkName).script();
}

class ScriptParser extends ExpressionParser {
  script(): FunctionNode {
    this.scope.enter();
    const statements = this.#statements();
    if (this.token.kind !== tokenKinds.end) throw this.syntaxError();
    this.scope.settleLabels(statements, false);
    this.scope.leave(this.lastLine + 1);
    this.checkFaults();
    const { slotCount, upvalues, usesVariadic } = this.scope;
    const shape = { slotCount, upvalues, usesVariadic, body: { statements }, line: 0 };
    return { kind: 'function', parameters: [], isVariadic: true, arg: undefined, ...shape };
  }

  protected override functionBlock(): Block {
    const statements = this.#statements();
    this.scope.settleLabels(statements, false);
    return { statements };
  }

  #block(isLoop = false): Block {
    this.scope.enter(isLoop);
    const block = this.functionBlock();
    this.scope.leave(this.token.line);
    return block;
  }

  #statements(): Statement[] {
    this.deeper();
    const statements: Statement[] = [];
    while (!blockEnds.has(this.token.kind)) {
      if (this.skip(';')) continue;
      const last = this.#lastStatement();
      if (last === undefined) {
        statements.push(this.#statement());
        continue;
      }
      statements.push(last);
      this.skip(';');
      if (!blockEnds.has(this.token.kind)) throw this.syntaxError();
    }
    this.shallower();
    return statements;
  }

  #lastStatement(): Statement | undefined {
    const { line } = this.token;
    if (this.skip('break')) {
      this.scope.checkBreak(line);
      return { kind: 'break', line };
    }
    if (!this.skip('return')) return undefined;
    const isBare = blockEnds.has(this.token.kind) || this.token.kind === ';';
    return { kind: 'return', line, values: isBare ? [] : this.expressions() };
  }

  #statement(): Statement {
    switch (this.token.kind) {
      case 'if':
        return this.#if();
      case 'for':
        return this.#for();
      case 'local':
        return this.#local();
      case 'function':
        return this.#function();
      case 'while':
        return this.#while();
      case 'repeat':
        return this.#repeat();
      case 'do':
        return this.#do();
      case 'goto':
      case '::':
        return this.#jump();
      default:
        return this.#callOrAssignment();
    }
  }

  #do(): Statement {
    const { line } = this.advance();
    const block = this.#block();
    this.expect('end');
    return { kind: 'do', line, block };
  }

  #while(): Statement {
    const { line } = this.advance();
    const condition = this.expression();
    this.expect('do');
    const block = this.#block(true);
    this.expect('end');
    return { kind: 'while', line, condition, block };
  }

  #repeat(): Statement {
    const { line } = this.advance();
    this.scope.enter(true);
    const statements = this.#statements();
    this.scope.settleLabels(statements, true);
    this.expect('until');
    const condition = this.expression();
    this.scope.leave(this.token.line);
    return { kind: 'repeat', line, condition, block: { statements } };
  }

  #if(): Statement {
    const { line } = this.advance();
    const branches: IfBranch[] = [];
    do {
      const condition = this.expression();
      this.expect('then');
      branches.push({ condition, block: this.#block() });
    } while (this.skip('elseif'));
    if (this.skip('else')) branches.push({ condition: undefined, block: this.#block() });
    this.expect('end');
    return { kind: 'if', line, branches };
  }

  #for(): Statement {
    const { line } = this.advance();
    const name = this.expect(tokenKinds.name).text;
    return this.token.kind === '=' ? this.#forNumber(line, name) : this.#forIn(line, name);
  }

  #forNumber(line: number, name: string): Statement {
    this.expect('=');
    const start = this.expression();
    this.expect(',');
    const limit = this.expression();
    const step = this.skip(',') ? this.expression() : undefined;
    this.expect('do');
    this.scope.enter(true);
    const variable = this.scope.declare(name);
    const block = this.functionBlock();
    this.scope.leave(this.token.line);
    this.expect('end');
    return { kind: 'for-number', line, variable, start, limit, step, block };
  }

  #forIn(line: number, first: string): Statement {
    const names = [first];
    while (this.skip(',')) names.push(this.expect(tokenKinds.name).text);
    this.expect('in');
    const values = this.expressions();
    this.expect('do');
    this.scope.enter(true);
    const variables = names.map((name) => this.scope.declare(name));
    const block = this.functionBlock();
    this.scope.leave(this.token.line);
    this.expect('end');
    return { kind: 'for-in', line, variables, values, block };
  }

  #local(): Statement {
    const { line } = this.advance();
    if (this.skip('function')) {
      const variable = this.scope.declare(this.expect(tokenKinds.name).text);
      return { kind: 'local', line, variables: [variable], values: [this.functionBody(line)] };
    }
    const names = [this.expect(tokenKinds.name).text];
    while (this.skip(',')) names.push(this.expect(tokenKinds.name).text);
    if (!this.skip('=')) return this.#declared(line, names, []);
    const [name] = names;
    // gopher-lua lets a function that is the only value see its own name.
    if (names.length === 1 && name !== undefined && this.token.kind === 'function') {
      return this.#localFunctionOrMore(line, name);
    }
    return this.#declared(line, names, this.expressions());
  }

  #localFunctionOrMore(line: number, name: string): Statement {
    const variable = this.scope.declare(name);
    return { kind: 'local', line, variables: [variable], values: this.expressions() };
  }

  #declared(line: number, names: readonly string[], values: readonly Expression[]): Statement {
    const variables = names.map((name) => this.scope.declare(name));
    return { kind: 'local', line, variables, values };
  }

  #function(): Statement {
    const { line } = this.advance();
    const first = this.expect(tokenKinds.name);
    let target: AssignmentTarget = this.nameNode(first);
    let isMethod = false;
    while (!isMethod && (this.token.kind === '.' || this.token.kind === ':')) {
      isMethod = this.advance().kind === ':';
      const key = this.expect(tokenKinds.name);
      const constant = { kind: 'constant', value: key.text, line: key.line } as const;
      const at: number = isMethod ? target.line : key.line;
      target = { kind: 'index', object: target, key: constant, line: at };
    }
    const value = this.functionBody(line, isMethod);
    return { kind: 'assign', line, targets: [target], values: [value] };
  }

  #jump(): Statement {
    const { line, kind } = this.advance();
    const name = this.expect(tokenKinds.name).text;
    if (kind === '::') {
      this.expect('::');
      const label = { name, line };
      this.scope.addLabel(label);
      return { kind: 'label', line, label };
    }
    const node: GotoNode = { kind: 'goto', line, name, label: undefined };
    this.scope.addGoto(node);
    return node;
  }

  #callOrAssignment(): Statement {
    const first = this.prefixExpression();
    const call = unwrapped(first);
    if (call.kind === 'call' || call.kind === 'method') {
      return { kind: 'do-call', line: call.line, call };
    }
    if (!isTarget(first) || (this.token.kind !== '=' && this.token.kind !== ',')) {
      throw this.errorHere('parse error');
    }
    const targets: AssignmentTarget[] = [first];
    while (this.skip(',')) {
      const next = this.prefixExpression();
      if (!isTarget(next)) throw this.syntaxError();
      targets.push(next);
    }
    this.expect('=');
    return { kind: 'assign', line: first.line, targets, values: this.expressions() };
  }
}

function unwrapped(node: Expression): Expression {
  return node.kind === 'parentheses' && (node.inner.kind === 'call' || node.inner.kind === 'method')
    ? node.inner
    : node;
}

function isTarget(node: Expression): node is AssignmentTarget {
  return node.kind === 'name' || node.kind === 'index';
}
