import { quoteText, unquoteText } from './go-text.ts';
import {
  nodeText,
  templateName,
  type CommandNode,
  type Expression,
  type ListNode,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from './nodes.ts';
import { readNumber } from './numbers.ts';
import { GoTemplateError } from './template-error.ts';
import { TokenReader } from './token-reader.ts';
import type { Token, TokenKind } from './tokens.ts';

/** A parsed template and the templates that it defines. */
export interface ParsedTemplate {
  readonly text: string;
  readonly root: ListNode;
  readonly templates: ReadonlyMap<string, ListNode>;
}

/**
 * Parses a template in the language of Go's text/template.
 * Source: Go, text/template/parse/parse.go.
 */
export function parseTemplate(
  text: string,
  hasFunction: (name: string) => boolean,
): ParsedTemplate {
  return new TemplateParser(text, hasFunction).parse();
}

/** What ends a list of nodes: `{{end}}` or `{{else}}`. */
interface ListEnd {
  readonly kind: 'end' | 'else';
  readonly position: number;
}

const operandKinds: ReadonlySet<TokenKind> = new Set([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);
const valueKinds: ReadonlySet<Expression['kind']> = new Set([
  'bool',
  'dot',
  'nil',
  'number',
  'string',
]);

class TemplateParser {
  private readonly text: string;
  private readonly hasFunction: (name: string) => boolean;
  private readonly tokens: TokenReader;
  private readonly templates = new Map<string, ListNode>();
  private variables: string[] = ['$'];
  private rangeDepth = 0;

  constructor(text: string, hasFunction: (name: string) => boolean) {
    this.text = text;
    this.hasFunction = hasFunction;
    this.tokens = new TokenReader(text);
  }

  parse(): ParsedTemplate {
    const nodes: TemplateNode[] = [];
    const { position } = this.tokens.peek();
    while (this.tokens.peek().kind !== 'EOF') {
      if (this.tokens.peek().kind === 'leftDelimiter') {
        const delimiter = this.tokens.next();
        if (this.tokens.nextNonSpace().kind === 'define') {
          this.definition();
          continue;
        }
        this.tokens.backup2(delimiter);
      }
      const node = this.textOrAction();
      if (isListEnd(node)) throw this.fail(`unexpected ${endText(node)}`);
      nodes.push(node);
    }
    const root: ListNode = { kind: 'list', position, nodes };
    this.define(templateName, root);
    return { text: this.text, root, templates: this.templates };
  }

  private definition(): void {
    const token = this.tokens.nextNonSpace();
    if (token.kind !== 'string' && token.kind !== 'rawString') {
      throw this.unexpected(token, 'define clause');
    }
    const name = this.unquote(token);
    this.expect('rightDelimiter', 'define clause');
    this.define(name, this.separateBody('define clause'));
  }

  /** The body of a template of its own: it sees no variables from around it. */
  private separateBody(context: string): ListNode {
    const outer = [this.variables, this.rangeDepth] as const;
    [this.variables, this.rangeDepth] = [['$'], 0];
    const [list, end] = this.list();
    if (end.kind !== 'end') throw this.fail(`unexpected ${endText(end)} in ${context}`);
    [this.variables, this.rangeDepth] = outer;
    return list;
  }

  private define(name: string, list: ListNode): void {
    const existing = this.templates.get(name);
    if (existing === undefined || isBlank(existing)) this.templates.set(name, list);
    else if (!isBlank(list)) {
      throw this.fail(`template: multiple definition of template ${quoteText(name)}`);
    }
  }

  private list(): [ListNode, ListEnd] {
    const { position } = this.tokens.peekNonSpace();
    const nodes: TemplateNode[] = [];
    while (this.tokens.peekNonSpace().kind !== 'EOF') {
      const node = this.textOrAction();
      if (isListEnd(node)) return [{ kind: 'list', position, nodes }, node];
      nodes.push(node);
    }
    throw this.fail('unexpected EOF');
  }

  private textOrAction(): TemplateNode | ListEnd {
    const token = this.tokens.nextNonSpace();
    if (token.kind === 'text') return { kind: 'text', position: token.position, text: token.text };
    if (token.kind !== 'leftDelimiter') throw this.unexpected(token, 'input');
    this.tokens.actionLine = token.line;
    const node = this.action();
    this.tokens.actionLine = 0;
    return node;
  }

  private action(): TemplateNode | ListEnd {
    const token = this.tokens.nextNonSpace();
    switch (token.kind) {
      case 'block':
        return this.block();
      case 'break':
      case 'continue':
        return this.leaveRange(token.kind, token.position);
      case 'else':
        return this.else();
      case 'end':
        return { kind: 'end', position: this.expect('rightDelimiter', 'end').position };
      case 'if':
      case 'range':
      case 'with':
        return this.branch(token.kind);
      case 'template':
        return this.call();
      default:
        this.tokens.backup();
        return {
          kind: 'action',
          position: this.tokens.peek().position,
          pipe: this.pipeline('command', 'rightDelimiter'),
        };
    }
  }

  private leaveRange(kind: 'break' | 'continue', position: number): TemplateNode {
    const token = this.tokens.nextNonSpace();
    if (token.kind !== 'rightDelimiter') throw this.unexpected(token, `{{${kind}}}`);
    if (this.rangeDepth === 0) throw this.fail(`{{${kind}}} outside {{range}}`);
    return { kind, position };
  }

  private else(): ListEnd {
    const next = this.tokens.peekNonSpace();
    // `else if` and `else with`: the branch reads the rest.
    if (next.kind === 'if' || next.kind === 'with')
      return { kind: 'else', position: next.position };
    return { kind: 'else', position: this.expect('rightDelimiter', 'else').position };
  }

  private branch(kind: 'if' | 'with' | 'range'): TemplateNode {
    const outer = this.variables.length;
    const pipe = this.pipeline(kind, 'rightDelimiter');
    if (kind === 'range') this.rangeDepth += 1;
    const [list, end] = this.list();
    if (kind === 'range') this.rangeDepth -= 1;
    const elseList = end.kind === 'else' ? this.elseList(kind, end.position) : undefined;
    this.variables = this.variables.slice(0, outer);
    return { kind, position: pipe.position, pipe, list, elseList };
  }

  private elseList(kind: 'if' | 'with' | 'range', position: number): ListNode {
    if (kind !== 'range' && this.tokens.peek().kind === kind) {
      this.tokens.next();
      return { kind: 'list', position, nodes: [this.branch(kind)] };
    }
    const [list, end] = this.list();
    if (end.kind !== 'end') throw this.fail(`expected end; found ${endText(end)}`);
    return list;
  }

  private block(): TemplateNode {
    const token = this.tokens.nextNonSpace();
    const name = this.templateNameOf(token, 'block clause');
    const pipe = this.pipeline('block clause', 'rightDelimiter');
    this.define(name, this.separateBody('block clause'));
    return { kind: 'template', position: token.position, name, pipe };
  }

  private call(): TemplateNode {
    const token = this.tokens.nextNonSpace();
    const name = this.templateNameOf(token, 'template clause');
    if (this.tokens.nextNonSpace().kind === 'rightDelimiter') {
      return { kind: 'template', position: token.position, name, pipe: undefined };
    }
    this.tokens.backup();
    const pipe = this.pipeline('template clause', 'rightDelimiter');
    return { kind: 'template', position: token.position, name, pipe };
  }

  private templateNameOf(token: Token, context: string): string {
    if (token.kind === 'string' || token.kind === 'rawString') return this.unquote(token);
    throw this.unexpected(token, context);
  }

  private pipeline(context: string, end: TokenKind): PipeNode {
    const { position } = this.tokens.peekNonSpace();
    const { variables, assigns } = this.declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.tokens.nextNonSpace();
      if (token.kind === end) break;
      if (!operandKinds.has(token.kind)) throw this.unexpected(token, context);
      this.tokens.backup();
      commands.push(this.command());
    }
    this.checkCommands(commands, context);
    return { kind: 'pipe', position, variables, assigns, commands };
  }

  private declarations(context: string): Pick<PipeNode, 'variables' | 'assigns'> {
    const variables: VariableNode[] = [];
    for (;;) {
      const token = this.tokens.peekNonSpace();
      if (token.kind !== 'variable') return { variables, assigns: false };
      this.tokens.next();
      const after = this.tokens.peek();
      const next = this.tokens.peekNonSpace();
      if (next.kind === 'assign' || next.kind === 'declare') {
        this.tokens.nextNonSpace();
        variables.push(this.declare(token));
        return { variables, assigns: next.kind === 'assign' };
      }
      if (next.kind !== 'char' || next.text !== ',') {
        if (after.kind === 'space') this.tokens.backup3(token, after);
        else this.tokens.backup2(token);
        return { variables, assigns: false };
      }
      this.tokens.nextNonSpace();
      variables.push(this.declare(token));
      this.checkSecondVariable(context, variables.length);
    }
  }

  private checkSecondVariable(context: string, count: number): void {
    if (context !== 'range' || count >= 2) {
      throw this.fail(`too many declarations in ${context}`);
    }
    const { kind } = this.tokens.peekNonSpace();
    if (kind !== 'variable' && kind !== 'rightDelimiter' && kind !== 'rightParen') {
      throw this.fail('range can only initialize variables');
    }
  }

  private declare(token: Token): VariableNode {
    this.variables.push(token.text);
    return { kind: 'variable', position: token.position, names: token.text.split('.') };
  }

  private checkCommands(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) throw this.fail(`missing value for ${context}`);
    for (const [index, { parts }] of commands.slice(1).entries()) {
      const [first] = parts;
      if (first === undefined || !valueKinds.has(first.kind)) continue;
      throw this.fail(`non executable command in pipeline stage ${index + 2}`);
    }
  }

  private command(): CommandNode {
    const { position } = this.tokens.peekNonSpace();
    const parts: Expression[] = [];
    for (;;) {
      this.tokens.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) parts.push(operand);
      const token = this.tokens.next();
      if (token.kind === 'space') continue;
      if (token.kind === 'rightDelimiter' || token.kind === 'rightParen') this.tokens.backup();
      else if (token.kind !== 'pipe') throw this.unexpected(token, 'operand');
      break;
    }
    if (parts.length === 0) throw this.fail('empty command');
    return { kind: 'command', position, parts };
  }

  private operand(): Expression | undefined {
    const of = this.term();
    if (of === undefined || this.tokens.peek().kind !== 'field') return of;
    const { position } = this.tokens.peek();
    const fields: string[] = [];
    while (this.tokens.peek().kind === 'field') fields.push(this.tokens.next().text.slice(1));
    // Go places the whole at its second field.
    if (of.kind === 'field' || of.kind === 'variable') {
      return { ...of, position, names: [...of.names, ...fields] };
    }
    if (valueKinds.has(of.kind)) {
      throw this.fail(`unexpected . after term ${quoteText(nodeText(of))}`);
    }
    return { kind: 'chain', position, of, fields };
  }

  private term(): Expression | undefined {
    const token = this.tokens.nextNonSpace();
    const { position, text, kind } = token;
    switch (kind) {
      case 'identifier':
        return this.identifier(token);
      case 'dot':
      case 'nil':
        return { kind, position };
      case 'variable':
        return this.useVariable(token);
      case 'field':
        return { kind: 'field', position, names: text.slice(1).split('.') };
      case 'bool':
        return { kind: 'bool', position, value: text === 'true' };
      case 'leftParen':
        return this.pipeline('parenthesized pipeline', 'rightParen');
      case 'string':
      case 'rawString':
        return { kind: 'string', position, quoted: text, text: this.unquote(token) };
      default:
        return this.number(token);
    }
  }

  private identifier({ position, text }: Token): Expression {
    if (!this.hasFunction(text)) throw this.fail(`function ${quoteText(text)} not defined`);
    return { kind: 'identifier', position, name: text };
  }

  private number(token: Token): Expression | undefined {
    const { kind } = token;
    if (kind !== 'charConstant' && kind !== 'complex' && kind !== 'number') {
      this.tokens.backup();
      return undefined;
    }
    const number = readNumber(token);
    if ('error' in number) throw this.fail(number.error);
    return number;
  }

  private useVariable({ position, text }: Token): Expression {
    if (!this.variables.includes(text)) throw this.fail(`undefined variable ${quoteText(text)}`);
    return { kind: 'variable', position, names: text.split('.') };
  }

  private unquote({ text }: Token): string {
    const value = unquoteText(text);
    if (value === undefined) throw this.fail('invalid syntax');
    return value;
  }

  private expect(kind: TokenKind, context: string): Token {
    const token = this.tokens.nextNonSpace();
    if (token.kind !== kind) throw this.unexpected(token, context);
    return token;
  }

  private unexpected(token: Token, context: string): GoTemplateError {
    return this.fail(this.tokens.complaint(token, context));
  }

  private fail(message: string): GoTemplateError {
    return new GoTemplateError(`template: ${templateName}:${this.tokens.line}: ${message}`);
  }
}

function isListEnd(node: TemplateNode | ListEnd): node is ListEnd {
  return node.kind === 'end' || node.kind === 'else';
}

function endText({ kind }: ListEnd): string {
  return `{{${kind}}}`;
}

/** Whether a list holds nothing but white space. */
function isBlank(list: ListNode): boolean {
  return list.nodes.every(
    (node) =>
      (node.kind === 'text' && node.text.trim() === '') || (node.kind === 'list' && isBlank(node)),
  );
}
