import { compilePattern } from './compile-re2.ts';
import { readTokens, type BinaryOperator, type Token, type ValueNode } from './read-tokens.ts';

/** Variables by name, as a pipeline or a job sees them. */
export type CiVariables = Readonly<Record<string, string | undefined>>;

/** What an expression may come to. `null` is also a variable that is not there. */
export type ExpressionValue = string | boolean | null | PatternValue;

/** A pattern in slashes that is not matched with anything. */
export interface PatternValue {
  /** With its slashes and flags. */
  readonly pattern: string;
}

/** What an expression comes to, or what is wrong with it: then a rule with it does not match. */
export type ExpressionResult =
  | { readonly value: ExpressionValue; readonly truthy: boolean }
  | { readonly fault: string; readonly truthy: false };

type ExpressionNode =
  | ValueNode
  | { readonly kind: 'not'; readonly operand: ExpressionNode }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    };

/**
 * Evaluates an expression of `rules:if`, as GitLab does. `&&` and `||` give one of their sides, as in
 * Ruby: an empty text counts as true for them, and as false for the rule.
 */
export function evaluateExpression(text: string, variables: CiVariables): ExpressionResult {
  const read = readTokens(text);
  if ('fault' in read) return { fault: read.fault, truthy: false };
  const tree = buildTree(read.tokens);
  if ('fault' in tree) return { fault: tree.fault, truthy: false };
  const value = evaluate(tree.node, variables);
  return { value, truthy: isPresent(value) };
}

/** As Rails' `present?`: blanks alone are nothing. */
function isPresent(value: ExpressionValue): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  return value !== null && value !== false;
}

/** Operators of a lower number bind closer. */
const precedences: Readonly<Record<BinaryOperator, number>> = {
  '==': 10,
  '!=': 10,
  '=~': 10,
  '!~': 10,
  '&&': 11,
  '||': 12,
};

function precedence(token: Token): number {
  if (token.kind === 'not') return 1;
  return token.kind === 'binary' ? precedences[token.operator] : Number.POSITIVE_INFINITY;
}

/** Orders tokens so that operands stand before their operator: Dijkstra's shunting yard. */
function toPostfix(tokens: readonly Token[]): Token[] | undefined {
  const output: Token[] = [];
  const waiting: Token[] = [];
  const releaseUpTo = (most: number): void => {
    for (let last = waiting.at(-1); last !== undefined; last = waiting.at(-1)) {
      if (last.kind === 'open' || precedence(last) > most) return;
      output.push(last);
      waiting.pop();
    }
  };
  for (const token of tokens) {
    if (token.kind === 'binary') releaseUpTo(precedence(token));
    if (token.kind === 'close') {
      releaseUpTo(Number.POSITIVE_INFINITY);
      if (waiting.pop() === undefined) return undefined;
    } else if (token.kind === 'value') output.push(token);
    else waiting.push(token);
  }
  return [...output, ...waiting.reverse()];
}

function buildTree(tokens: readonly Token[]): { node: ExpressionNode } | { fault: string } {
  const nodes: ExpressionNode[] = [];
  const postfix = toPostfix(tokens);
  if (postfix === undefined) return { fault: 'a closing parenthesis without an opening one' };
  for (const token of postfix) {
    const node = buildNode(token, nodes);
    if (node === undefined) return { fault: incomplete(token) };
    nodes.push(node);
  }
  const [node, second] = nodes;
  if (node === undefined) return { fault: 'an empty expression' };
  return second === undefined ? { node } : { fault: 'two values without an operator between them' };
}

function incomplete(token: Token): string {
  if (token.kind === 'binary') return `operator ${token.operator} lacks a side`;
  return token.kind === 'not'
    ? 'operator ! lacks its value'
    : 'an opening parenthesis without a closing one';
}

/** The node of a token, whose operands it takes from the nodes so far. */
function buildNode(token: Token, nodes: ExpressionNode[]): ExpressionNode | undefined {
  if (token.kind === 'value') return token.node;
  if (token.kind === 'not') {
    const operand = nodes.pop();
    return operand && { kind: 'not', operand };
  }
  if (token.kind !== 'binary') return undefined;
  const right = nodes.pop();
  const left = nodes.pop();
  return left && right && { kind: 'binary', operator: token.operator, left, right };
}

function evaluate(node: ExpressionNode, variables: CiVariables): ExpressionValue {
  switch (node.kind) {
    case 'variable':
      return Object.hasOwn(variables, node.name) ? (variables[node.name] ?? null) : null;
    case 'literal':
      return node.value;
    case 'pattern':
      return { pattern: node.pattern };
    case 'not':
      return !isPresent(evaluate(node.operand, variables));
    case 'binary':
      return evaluateBinary(node, variables);
  }
}

function evaluateBinary(
  { operator, left, right }: ExpressionNode & { kind: 'binary' },
  variables: CiVariables,
): ExpressionValue {
  const first = evaluate(left, variables);
  const isTrue = first !== null && first !== false;
  if (operator === '&&') return isTrue ? evaluate(right, variables) : first;
  if (operator === '||') return isTrue ? first : evaluate(right, variables);
  const second = evaluate(right, variables);
  if (operator === '==') return areEqual(first, second);
  if (operator === '!=') return !areEqual(first, second);
  return matches(first, second) === (operator === '=~');
}

/** A boolean equals the text that writes it; nothing else of two kinds is equal. */
function areEqual(left: ExpressionValue, right: ExpressionValue): boolean {
  if (isPattern(left) && isPattern(right)) return left.pattern === right.pattern;
  if (typeof left === 'boolean' && typeof right === 'string') return String(left) === right;
  if (typeof left === 'string' && typeof right === 'boolean') return left === String(right);
  return left === right;
}

function isPattern(value: ExpressionValue): value is PatternValue {
  return typeof value === 'object' && value !== null;
}

/**
 * Whether a pattern, or a variable that holds one, is found in the text. A right side that is no
 * pattern is a text to search: GitLab then looks for the left side in it.
 */
function matches(left: ExpressionValue, right: ExpressionValue): boolean {
  if (right === null || typeof right === 'boolean') return false;
  const text = left === null ? '' : isPattern(left) ? left.pattern : String(left);
  const expression = compilePattern(isPattern(right) ? right.pattern : right);
  if (expression !== undefined) return expression.test(text);
  return !isPattern(right) && right.includes(text);
}
