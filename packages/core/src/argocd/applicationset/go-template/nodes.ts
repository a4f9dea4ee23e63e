import { quoteText } from './go-text.ts';

/** The name under which Argo CD parses every template. */
export const templateName = 'base';

/** Part of a template that is written out or decides what is. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly position: number; readonly text: string }
  | { readonly kind: 'action'; readonly position: number; readonly pipe: PipeNode }
  | { readonly kind: 'break' | 'continue'; readonly position: number }
  | BranchNode
  | CallNode
  | ListNode;

export interface ListNode {
  readonly kind: 'list';
  readonly position: number;
  readonly nodes: readonly TemplateNode[];
}

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly position: number;
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}

/** `{{template "name" pipeline}}`. */
export interface CallNode {
  readonly kind: 'template';
  readonly position: number;
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}

/** Part of an action that has a value. */
export type Expression =
  | PipeNode
  | ChainNode
  | NumberNode
  | { readonly kind: 'identifier'; readonly position: number; readonly name: string }
  | { readonly kind: 'variable'; readonly position: number; readonly names: readonly string[] }
  | { readonly kind: 'field'; readonly position: number; readonly names: readonly string[] }
  | { readonly kind: 'dot' | 'nil'; readonly position: number }
  | { readonly kind: 'bool'; readonly position: number; readonly value: boolean }
  | StringNode;

export type VariableNode = Extract<Expression, { kind: 'variable' }>;
export type IdentifierNode = Extract<Expression, { kind: 'identifier' }>;

/** Commands, each of which gets the value of the one before it as its last argument. */
export interface PipeNode {
  readonly kind: 'pipe';
  readonly position: number;
  readonly assigns: boolean;
  readonly variables: readonly VariableNode[];
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: 'command';
  readonly position: number;
  readonly parts: readonly Expression[];
}

/** Fields of the value of an expression, such as `(first .list).name`. */
export interface ChainNode {
  readonly kind: 'chain';
  readonly position: number;
  readonly of: Expression;
  readonly fields: readonly string[];
}

/** A number: what it can stand for depends on where it is used. */
export interface NumberNode {
  readonly kind: 'number';
  readonly position: number;
  readonly text: string;
  readonly integer: bigint | undefined;
  readonly float: number | undefined;
}

export interface StringNode {
  readonly kind: 'string';
  readonly position: number;
  readonly quoted: string;
  readonly text: string;
}

/** Any part of a template. */
export type AnyNode = TemplateNode | Expression | CommandNode;

/** A part of a template as Go's messages show it. Source: Go, text/template/parse/node.go. */
export function nodeText(node: AnyNode): string {
  switch (node.kind) {
    case 'list':
      return node.nodes.map(nodeText).join('');
    case 'text':
      return node.text;
    case 'action':
      return `{{${nodeText(node.pipe)}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'if':
    case 'with':
    case 'range':
      return branchText(node);
    case 'template': {
      const argument = node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`;
      return `{{template ${quoteText(node.name)}${argument}}}`;
    }
    default:
      return expressionText(node);
  }
}

function branchText({ kind, pipe, list, elseList }: BranchNode): string {
  const other = elseList === undefined ? '' : `{{else}}${nodeText(elseList)}`;
  return `{{${kind} ${nodeText(pipe)}}}${nodeText(list)}${other}{{end}}`;
}

function expressionText(node: Expression | CommandNode): string {
  switch (node.kind) {
    case 'pipe':
      return pipeText(node);
    case 'command':
      return node.parts.map(inParens).join(' ');
    case 'chain':
      return `${inParens(node.of)}${node.fields.map((field) => `.${field}`).join('')}`;
    case 'identifier':
      return node.name;
    case 'variable':
      return node.names.join('.');
    case 'field':
      return node.names.map((name) => `.${name}`).join('');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
  }
}

function inParens(node: Expression): string {
  return node.kind === 'pipe' ? `(${nodeText(node)})` : nodeText(node);
}

function pipeText({ assigns, variables, commands }: PipeNode): string {
  const declared = variables.map(nodeText).join(', ');
  const head = variables.length === 0 ? '' : `${declared} ${assigns ? '=' : ':='} `;
  return `${head}${commands.map(nodeText).join(' | ')}`;
}
