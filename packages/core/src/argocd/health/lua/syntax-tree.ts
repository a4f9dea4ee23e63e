/** A local variable of a function. */
export interface LocalVariable {
  readonly name: string;
  /** Its place among the variables of its function. */
  readonly slot: number;
  /** Whether a function inside uses it. */
  isCaptured: boolean;
}

/** Where the variable of a name lives. */
export type NameTarget =
  | { readonly kind: 'local'; readonly variable: LocalVariable }
  | { readonly kind: 'upvalue'; readonly index: number }
  | { readonly kind: 'global' };

/** From where a function takes a variable of the functions around it when it is made. */
export type UpvalueSource =
  | { readonly kind: 'local'; readonly variable: LocalVariable }
  | { readonly kind: 'upvalue'; readonly index: number };

interface Node {
  /** Line from 1; that of the first part, as gopher-lua counts. */
  line: number;
}

export interface NameNode extends Node {
  readonly kind: 'name';
  readonly name: string;
  readonly target: NameTarget;
}

export interface IndexNode extends Node {
  readonly kind: 'index';
  readonly object: Expression;
  readonly key: Expression;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Expression[];
}

export interface MethodCallNode extends Node {
  readonly kind: 'method';
  readonly object: Expression;
  readonly method: string;
  readonly args: readonly Expression[];
}

export interface FunctionNode extends Node {
  readonly kind: 'function';
  readonly parameters: readonly LocalVariable[];
  readonly isVariadic: boolean;
  /** The variable `arg` of a function with `...`; a table where the function does not use `...`. */
  readonly arg: LocalVariable | undefined;
  readonly usesVariadic: boolean;
  readonly slotCount: number;
  readonly upvalues: readonly UpvalueSource[];
  readonly body: Block;
}

export interface TableField {
  /** Undefined: the next place in the list. */
  readonly key: Expression | undefined;
  readonly value: Expression;
}

export interface TableNode extends Node {
  readonly kind: 'table';
  readonly fields: readonly TableField[];
}

export interface BinaryNode extends Node {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}

export interface ConcatNode extends Node {
  readonly kind: 'concat';
  /** Two parts or more; they are joined from the right. */
  readonly parts: readonly Expression[];
}

export interface UnaryNode extends Node {
  readonly kind: 'unary';
  readonly operator: string;
  readonly operand: Expression;
}

export interface ConstantNode extends Node {
  readonly kind: 'constant';
  readonly value: string | number | boolean | undefined;
}

/** `...` */
export interface VariadicNode extends Node {
  readonly kind: 'variadic';
}

/** An expression in parentheses: one value of however many. */
export interface ParenthesesNode extends Node {
  readonly kind: 'parentheses';
  readonly inner: Expression;
}

export type Expression =
  | NameNode
  | IndexNode
  | CallNode
  | MethodCallNode
  | FunctionNode
  | TableNode
  | BinaryNode
  | ConcatNode
  | UnaryNode
  | ConstantNode
  | VariadicNode
  | ParenthesesNode;

export type AssignmentTarget = NameNode | IndexNode;

/** A label; a `goto` and the place it goes to hold the same one. */
export interface Label {
  readonly name: string;
  readonly line: number;
}

export interface GotoNode extends Node {
  readonly kind: 'goto';
  readonly name: string;
  /** Set once the label is known. */
  label: Label | undefined;
}

/** A block of statements; its labels stand among them. */
export interface Block {
  readonly statements: readonly Statement[];
}

export interface IfBranch {
  /** Undefined: else. */
  readonly condition: Expression | undefined;
  readonly block: Block;
}

export type Statement =
  | (Node & {
      readonly kind: 'assign';
      readonly targets: readonly AssignmentTarget[];
      readonly values: readonly Expression[];
    })
  | (Node & {
      readonly kind: 'local';
      readonly variables: readonly LocalVariable[];
      readonly values: readonly Expression[];
    })
  | (Node & { readonly kind: 'do-call'; readonly call: CallNode | MethodCallNode })
  | (Node & { readonly kind: 'do'; readonly block: Block })
  | (Node & { readonly kind: 'while'; readonly condition: Expression; readonly block: Block })
  | (Node & { readonly kind: 'repeat'; readonly condition: Expression; readonly block: Block })
  | (Node & { readonly kind: 'if'; readonly branches: readonly IfBranch[] })
  | (Node & {
      readonly kind: 'for-number';
      readonly variable: LocalVariable;
      readonly start: Expression;
      readonly limit: Expression;
      readonly step: Expression | undefined;
      readonly block: Block;
    })
  | (Node & {
      readonly kind: 'for-in';
      readonly variables: readonly LocalVariable[];
      readonly values: readonly Expression[];
      readonly block: Block;
    })
  | (Node & { readonly kind: 'return'; readonly values: readonly Expression[] })
  | (Node & { readonly kind: 'break' })
  | (Node & { readonly kind: 'label'; readonly label: Label })
  | GotoNode;

/** Whether an expression may have several values. */
export function hasManyValues(node: Expression | undefined): boolean {
  return node?.kind === 'call' || node?.kind === 'method' || node?.kind === 'variadic';
}
