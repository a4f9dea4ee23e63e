import { Lexer } from './lexer.ts';
import { parseNumber } from './numbers.ts';
import { FunctionScope } from './scope.ts';
import type {
  Block,
  Expression,
  FunctionNode,
  LocalVariable,
  NameNode,
  TableField,
  TableNode,
} from './syntax-tree.ts';
import { tokenKinds, type LuaSyntaxError, type Token } from './tokens.ts';

/** Precedence of two-sided operators: of the left and of the right side. */
const precedences: Readonly<Record<string, readonly [number, number]>> = {
  or: [1, 1],
  and: [2, 2],
  '<': [3, 3],
  '>': [3, 3],
  '<=': [3, 3],
  '>=': [3, 3],
  '~=': [3, 3],
  '==': [3, 3],
  '..': [5, 4],
  '+': [6, 6],
  '-': [6, 6],
  '*': [7, 7],
  '/': [7, 7],
  '%': [7, 7],
  '^': [10, 9],
};
const unaryPrecedence = 8;
const unaryOperators: ReadonlySet<string> = new Set(['-', 'not', '#']);

/** Blocks and expressions inside each other; more would exhaust the stack. */
const depthMax = 400;

/** Reads expressions. */
export abstract class ExpressionParser {
  protected token: Token;
  protected scope: FunctionScope;
  readonly #lexer: Lexer;
  readonly #chunkName: string;
  readonly #faults: LuaSyntaxError[] = [];
  #depth = 0;
  #lastLine = 1;

  constructor(source: string, chunkName: string) {
    this.#chunkName = chunkName;
    this.#lexer = new Lexer(source, chunkName);
    this.scope = this.#newScope(true);
    this.token = this.#lexer.next();
  }

  /** The statements of a function, up to its `end`. */
  protected abstract functionBlock(): Block;

  protected advance(): Token {
    const { token } = this;
    this.#lastLine = token.line;
    this.token = this.#lexer.next();
    return token;
  }

  /** Line of the token that was read last. */
  protected get lastLine(): number {
    return this.#lastLine;
  }

  protected skip(kind: string): boolean {
    if (this.token.kind !== kind) return false;
    this.advance();
    return true;
  }

  protected expect(kind: string): Token {
    if (this.token.kind !== kind) throw this.syntaxError();
    return this.advance();
  }

  protected syntaxError(): LuaSyntaxError {
    return this.errorHere('syntax error');
  }

  protected errorHere(message: string): LuaSyntaxError {
    return this.#lexer.errorAt(this.token.text, message);
  }

  protected deeper(): void {
    this.#depth += 1;
    if (this.#depth > depthMax) throw this.errorHere('too many levels of blocks and expressions');
  }

  protected shallower(): void {
    this.#depth -= 1;
  }

  #newScope(isVariadic: boolean, parent?: FunctionScope): FunctionScope {
    const report = (fault: LuaSyntaxError): void => {
      this.#faults.push(fault);
    };
    return new FunctionScope({ chunkName: this.#chunkName, isVariadic, parent, report });
  }

  /** Throws the first fault of the names, which gopher-lua looks at once all has been read. */
  protected checkFaults(): void {
    const [first] = this.#faults;
    if (first !== undefined) throw first;
  }

  protected nameNode({ text, line }: Token): NameNode {
    return { kind: 'name', name: text, target: this.scope.resolve(text), line };
  }

  protected expressions(): Expression[] {
    const list = [this.expression()];
    while (this.skip(',')) list.push(this.expression());
    return list;
  }

  protected expression(minimum = 0): Expression {
    this.deeper();
    let left = this.#operand();
    for (;;) {
      const operator = this.token.kind;
      const sides = precedences[operator];
      if (sides === undefined || sides[0] <= minimum) break;
      this.advance();
      left = operator === '..' ? this.#concat(left) : this.#binary(operator, left, sides[1]);
    }
    this.shallower();
    return left;
  }

  #binary(operator: string, left: Expression, precedence: number): Expression {
    const right = this.expression(precedence);
    return { kind: 'binary', operator, left, right, line: left.line };
  }

  /** Reads a chain of `..` as one. */
  #concat(first: Expression): Expression {
    const parts = [first];
    do parts.push(this.expression(5));
    while (this.skip('..'));
    return { kind: 'concat', parts, line: first.line };
  }

  #operand(): Expression {
    const { kind } = this.token;
    if (!unaryOperators.has(kind)) return this.#simple();
    this.advance();
    const operand = this.expression(unaryPrecedence);
    return { kind: 'unary', operator: kind, operand, line: operand.line };
  }

  #simple(): Expression {
    const { kind, text, line } = this.token;
    switch (kind) {
      case tokenKinds.string:
        this.advance();
        return { kind: 'constant', value: text, line };
      case tokenKinds.number:
        this.advance();
        return { kind: 'constant', value: parseNumber(text) ?? Number.NaN, line };
      case 'nil':
        this.advance();
        return { kind: 'constant', value: undefined, line };
      case 'true':
      case 'false':
        this.advance();
        return { kind: 'constant', value: kind === 'true', line };
      case '...':
        return this.#variadic();
      case '{':
        return this.#table();
      case 'function':
        this.advance();
        return this.functionBody(line);
      default:
        return this.prefixExpression();
    }
  }

  #variadic(): Expression {
    const { line } = this.token;
    this.scope.useVariadic(line);
    this.advance();
    return { kind: 'variadic', line };
  }

  /** A name or an expression in parentheses, with all that is taken from it. */
  protected prefixExpression(): Expression {
    let node = this.#primary();
    for (;;) {
      const { kind } = this.token;
      if (kind === '.') {
        this.advance();
        const key = this.expect(tokenKinds.name);
        const constant = { kind: 'constant', value: key.text, line: key.line } as const;
        node = { kind: 'index', object: node, key: constant, line: node.line };
      } else if (kind === '[') {
        this.advance();
        const key = this.expression();
        this.expect(']');
        node = { kind: 'index', object: node, key, line: node.line };
      } else if (kind === ':') {
        this.advance();
        const method = this.expect(tokenKinds.name).text;
        node = { kind: 'method', object: node, method, args: this.#args(), line: node.line };
      } else if (kind === '(' || kind === '{' || kind === tokenKinds.string) {
        node = { kind: 'call', callee: node, args: this.#args(), line: node.line };
      } else {
        return node;
      }
    }
  }

  #primary(): Expression {
    if (this.token.kind === tokenKinds.name) return this.nameNode(this.advance());
    const { line } = this.expect('(');
    const inner = this.expression();
    this.expect(')');
    const isCall = inner.kind === 'call' || inner.kind === 'method';
    if (!isCall) inner.line = line;
    return { kind: 'parentheses', inner, line: inner.line };
  }

  #args(): Expression[] {
    const { kind, text, line } = this.token;
    if (kind === tokenKinds.string) {
      this.advance();
      return [{ kind: 'constant', value: text, line }];
    }
    if (kind === '{') return [this.#table()];
    this.expect('(');
    if (this.skip(')')) return [];
    const list = this.expressions();
    this.expect(')');
    return list;
  }

  #table(): TableNode {
    const { line } = this.expect('{');
    const fields: TableField[] = [];
    while (this.token.kind !== '}') {
      fields.push(this.#field());
      if (!this.#skipSeparators()) break;
    }
    this.expect('}');
    return { kind: 'table', fields, line };
  }

  /** gopher-lua takes any number of separators after a field. */
  #skipSeparators(): boolean {
    let isAny = false;
    while (this.skip(',') || this.skip(';')) isAny = true;
    return isAny;
  }

  #field(): TableField {
    if (this.skip('[')) {
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      return { key, value: this.expression() };
    }
    const first = this.expression();
    if (this.token.kind !== '=') return { key: undefined, value: first };
    if (first.kind !== 'name') throw this.syntaxError();
    this.advance();
    const key = { kind: 'constant', value: first.name, line: first.line } as const;
    return { key, value: this.expression() };
  }

  /** Parameters and statements of a function, after its name. */
  protected functionBody(line: number, isMethod = false): FunctionNode {
    this.deeper();
    const { names, isVariadic } = this.#parameters();
    const outer = this.scope;
    this.scope = this.#newScope(isVariadic, outer);
    this.scope.enter();
    const all = isMethod ? ['self', ...names] : names;
    const parameters = all.map((name) => this.scope.declare(name));
    const arg: LocalVariable | undefined = isVariadic ? this.scope.declare('arg') : undefined;
    const body = this.functionBlock();
    const end = this.expect('end');
    this.scope.leave(end.line);
    const { slotCount, upvalues, usesVariadic } = this.scope;
    this.scope = outer;
    this.shallower();
    const shape = { slotCount, upvalues, usesVariadic, isVariadic, body, line };
    return { kind: 'function', parameters, arg, ...shape };
  }

  #parameters(): { names: string[]; isVariadic: boolean } {
    this.expect('(');
    const names: string[] = [];
    if (this.skip(')')) return { names, isVariadic: false };
    do {
      if (this.skip('...')) {
        this.expect(')');
        return { names, isVariadic: true };
      }
      names.push(this.expect(tokenKinds.name).text);
    } while (this.skip(','));
    this.expect(')');
    return { names, isVariadic: false };
  }
}
