/**
 * The part of jq's language that path expressions of ignored differences are written in: paths,
 * iteration, pipes, comparisons and a few functions. Everything else is refused.
 */
export type JqNode =
  | { readonly kind: 'identity' | 'recurse' }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'index'; readonly of: JqNode; readonly key: JqNode }
  | { readonly kind: 'iterate'; readonly of: JqNode }
  | { readonly kind: 'try'; readonly of: JqNode }
  | { readonly kind: 'pipe' | 'comma'; readonly left: JqNode; readonly right: JqNode }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: JqNode;
      readonly right: JqNode;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly JqNode[] };

/** Functions that are modelled, and how many arguments each takes. */
const functions: Readonly<Record<string, number>> = {
  select: 1,
  has: 1,
  contains: 1,
  startswith: 1,
  endswith: 1,
  not: 0,
  length: 0,
  type: 0,
  empty: 0,
  keys: 0,
  first: 1,
  any: 1,
  all: 1,
};

const tokenPattern =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*")|(?<number>[0-9]+(?:\.[0-9]+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>\.\.|==|!=|<=|>=|[.[\](){}|,;:?<>$+\-*/%=]))/y;

interface JqToken {
  readonly kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
}

/** Parses an expression. Throws what is wrong with it, or what of it is not modelled. */
export function parseJq(expression: string): JqNode {
  const parser = new JqParser(expression, tokensOf(expression));
  return parser.whole();
}

function tokensOf(expression: string): JqToken[] {
  const tokens: JqToken[] = [];
  tokenPattern.lastIndex = 0;
  const end = expression.trimEnd().length;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(expression)?.groups;
    const found = Object.entries(groups ?? {}).find(([, text]) => text !== undefined);
    if (found === undefined) throw refusal(expression, `"${expression.slice(at).trim()}"`);
    tokens.push({ kind: found[0] as JqToken['kind'], text: String(found[1]) });
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function refusal(expression: string, what: string): Error {
  return new Error(`jq expression ${JSON.stringify(expression)}: ${what} is not modelled`);
}

class JqParser {
  private readonly expression: string;
  private readonly tokens: readonly JqToken[];
  private at = 0;

  constructor(expression: string, tokens: readonly JqToken[]) {
    this.expression = expression;
    this.tokens = tokens;
  }

  whole(): JqNode {
    const node = this.pipe();
    if (this.peek.kind !== 'end') throw this.refuse();
    return node;
  }

  private get peek(): JqToken {
    return this.tokens[this.at] ?? { kind: 'end', text: '' };
  }

  private refuse(): Error {
    const { kind, text } = this.peek;
    return refusal(this.expression, kind === 'end' ? 'its early end' : `"${text}" there`);
  }

  /** Takes a sign or word when it is next. */
  private take(text: string): boolean {
    const { kind } = this.peek;
    if ((kind !== 'sign' && kind !== 'name') || this.peek.text !== text) return false;
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw this.refuse();
  }

  private pipe(): JqNode {
    const left = this.comma();
    return this.take('|') ? { kind: 'pipe', left, right: this.pipe() } : left;
  }

  private comma(): JqNode {
    let left = this.binary(0);
    while (this.take(',')) left = { kind: 'comma', left, right: this.binary(0) };
    return left;
  }

  private binary(level: number): JqNode {
    const operators = levels[level];
    if (operators === undefined) return this.postfix();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.take(one));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) };
    }
  }

  private postfix(): JqNode {
    let node = this.term();
    for (;;) {
      if (this.take('[')) node = this.bracket(node);
      else if (this.take('?')) node = { kind: 'try', of: node };
      else if (this.take('.')) node = this.afterDot(node);
      else return node;
    }
  }

  private afterDot(of: JqNode): JqNode {
    if (this.take('[')) return this.bracket(of);
    const { kind, text } = this.peek;
    if (kind !== 'name' && kind !== 'text') throw this.refuse();
    this.at += 1;
    const value: unknown = kind === 'text' ? JSON.parse(text) : text;
    return { kind: 'index', of, key: { kind: 'literal', value } };
  }

  private bracket(of: JqNode): JqNode {
    if (this.take(']')) return { kind: 'iterate', of };
    const key = this.pipe();
    this.expect(']');
    return { kind: 'index', of, key };
  }

  private term(): JqNode {
    if (this.take('..')) return { kind: 'recurse' };
    if (this.take('.')) {
      const { kind, text } = this.peek;
      const field = kind === 'name' || kind === 'text' || text === '[';
      return field ? this.afterDot({ kind: 'identity' }) : { kind: 'identity' };
    }
    if (this.take('(')) {
      const node = this.pipe();
      this.expect(')');
      return node;
    }
    return this.literalOrCall();
  }

  private literalOrCall(): JqNode {
    const { kind, text } = this.peek;
    if (this.take('-')) return this.negative();
    if (kind === 'text' && text.includes('\\(')) throw this.refuse();
    if (kind === 'text' || kind === 'number') {
      this.at += 1;
      return { kind: 'literal', value: JSON.parse(text) as unknown };
    }
    if (kind !== 'name') throw this.refuse();
    const constant = constants.get(text);
    if (constant === undefined) return this.call(text);
    this.at += 1;
    return constant;
  }

  private negative(): JqNode {
    const { kind, text } = this.peek;
    if (kind !== 'number') throw this.refuse();
    this.at += 1;
    return { kind: 'literal', value: -Number(text) };
  }

  private call(name: string): JqNode {
    const count = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (count === undefined) throw this.refuse();
    this.at += 1;
    const args: JqNode[] = [];
    if (count > 0) {
      this.expect('(');
      args.push(this.pipe());
      this.expect(')');
    }
    return { kind: 'call', name, args };
  }
}

const levels: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<=', '>=', '<', '>'],
];

const constants: ReadonlyMap<string, JqNode> = new Map([
  ['true', { kind: 'literal', value: true }],
  ['false', { kind: 'literal', value: false }],
  ['null', { kind: 'literal', value: null }],
]);
