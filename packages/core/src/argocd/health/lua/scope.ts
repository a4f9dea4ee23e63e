import { LuaSyntaxError } from './tokens.ts';
import type {
  GotoNode,
  Label,
  LocalVariable,
  NameTarget,
  Statement,
  UpvalueSource,
} from './syntax-tree.ts';

/** gopher-lua's number of registers of a function. */
const localsMax = 200;

interface Scope {
  readonly variables: LocalVariable[];
  readonly isLoop: boolean;
  /** Labels by name, with the number of variables visible where they stand. */
  readonly labels: Map<string, { readonly label: Label; readonly visible: number }>;
  readonly pending: PendingGoto[];
}

interface PendingGoto {
  readonly node: GotoNode;
  /** Number of variables that the target may see. */
  visible: number;
}

/** What a function's scope is made of. */
export interface FunctionScopeOptions {
  readonly chunkName: string;
  readonly isVariadic: boolean;
  readonly parent: FunctionScope | undefined;
  /** Takes what is wrong with the names. */
  readonly report: (fault: LuaSyntaxError) => void;
}

/** The names of a function while it is read: its blocks, variables, labels, and what it captures. */
export class FunctionScope {
  readonly parent: FunctionScope | undefined;
  readonly isVariadic: boolean;
  readonly upvalues: UpvalueSource[] = [];
  slotCount = 0;
  /** Whether the function itself uses `...`. */
  usesVariadic = false;
  readonly #chunkName: string;
  readonly #report: (fault: LuaSyntaxError) => void;
  readonly #scopes: Scope[] = [];
  readonly #upvalueIndexes = new Map<LocalVariable, number>();

  constructor({ chunkName, isVariadic, parent, report }: FunctionScopeOptions) {
    this.#chunkName = chunkName;
    this.isVariadic = isVariadic;
    this.parent = parent;
    this.#report = report;
  }

  enter(isLoop = false): void {
    this.#scopes.push({ variables: [], isLoop, labels: new Map(), pending: [] });
  }

  /** Leaves a block; a `goto` whose label was not in it looks for one in the block around it. */
  leave(lastLine: number): void {
    const scope = this.#scopes.pop();
    const around = this.#scopes.at(-1);
    for (const pending of scope?.pending ?? []) {
      if (around === undefined) {
        this.#reportNoLabel(pending.node, lastLine);
        continue;
      }
      pending.visible = Math.min(pending.visible, this.#visible());
      const found = around.labels.get(pending.node.name);
      if (found === undefined) around.pending.push(pending);
      else this.#resolve(pending, found.label, found.visible);
    }
  }

  declare(name: string): LocalVariable {
    const variable = { name, slot: this.slotCount, isCaptured: false };
    this.slotCount += 1;
    this.#scopes.at(-1)?.variables.push(variable);
    if (this.#visible() > localsMax) this.#fault(0, 'too many local variables');
    return variable;
  }

  resolve(name: string): NameTarget {
    const variable = this.#find(name);
    if (variable !== undefined) return { kind: 'local', variable };
    const index = this.#upvalue(name);
    return index === undefined ? { kind: 'global' } : { kind: 'upvalue', index };
  }

  checkBreak(line: number): void {
    if (!this.#scopes.some(({ isLoop }) => isLoop)) this.#fault(line, 'no loop to break');
  }

  addLabel(label: Label): void {
    const scope = this.#scopes.at(-1);
    const old = scope?.labels.get(label.name);
    if (old !== undefined) {
      const text = `label '${label.name}' already defined on line ${old.label.line}`;
      this.#fault(label.line + 1, text);
    }
    scope?.labels.set(label.name, { label, visible: this.#visible() });
  }

  /** To be called at the end of a block: labels at its very end see none of its variables. */
  settleLabels(statements: readonly Statement[], isFollowedByCondition: boolean): void {
    const scope = this.#scopes.at(-1);
    if (scope === undefined) return;
    const before = this.#visible() - scope.variables.length;
    for (const statement of isFollowedByCondition ? [] : trailing(statements)) {
      if (statement.kind !== 'label') continue;
      scope.labels.set(statement.label.name, { label: statement.label, visible: before });
    }
    for (const pending of scope.pending.splice(0)) {
      const found = scope.labels.get(pending.node.name);
      if (found === undefined) scope.pending.push(pending);
      else this.#resolve(pending, found.label, found.visible);
    }
  }

  addGoto(node: GotoNode): void {
    for (const { labels } of [...this.#scopes].reverse()) {
      const found = labels.get(node.name);
      if (found === undefined) continue;
      node.label = found.label;
      return;
    }
    this.#scopes.at(-1)?.pending.push({ node, visible: this.#visible() });
  }

  useVariadic(line: number): void {
    this.usesVariadic = true;
    if (!this.isVariadic) this.#fault(line, "cannot use '...' outside a vararg function");
  }

  #fault(line: number, message: string): void {
    const text = `compile error near line(${line}) ${this.#chunkName}: ${message}`;
    this.#report(new LuaSyntaxError(text));
  }

  #resolve(pending: PendingGoto, label: Label, visible: number): void {
    if (pending.visible < visible) {
      const name = this.#scopes.at(-1)?.variables.at(-1)?.name ?? '';
      const text = `<goto ${label.name}> at line ${pending.node.line} jumps into the scope of local '${name}'`;
      this.#fault(label.line + 1, text);
    }
    pending.node.label = label;
  }

  #reportNoLabel(node: GotoNode, lastLine: number): void {
    const text = `no visible label '${node.name}' for <goto> at line ${node.line}`;
    this.#fault(lastLine, text);
  }

  #visible(): number {
    return this.#scopes.reduce((sum, { variables }) => sum + variables.length, 0);
  }

  #find(name: string): LocalVariable | undefined {
    for (const { variables } of [...this.#scopes].reverse()) {
      const found = variables.findLast((variable) => variable.name === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #upvalue(name: string): number | undefined {
    const { parent } = this;
    if (parent === undefined) return undefined;
    const target = parent.resolve(name);
    if (target.kind === 'global') return undefined;
    if (target.kind === 'upvalue') return this.#capture(target);
    target.variable.isCaptured = true;
    const known = this.#upvalueIndexes.get(target.variable);
    if (known !== undefined) return known;
    const index = this.#capture(target);
    this.#upvalueIndexes.set(target.variable, index);
    return index;
  }

  #capture(source: UpvalueSource): number {
    const same = this.upvalues.findIndex(
      (one) => one.kind === 'upvalue' && source.kind === 'upvalue' && one.index === source.index,
    );
    return same >= 0 ? same : this.upvalues.push(source) - 1;
  }
}

/** The labels at the end of a block, after which nothing stands. */
function trailing(statements: readonly Statement[]): readonly Statement[] {
  const last = statements.findLastIndex(({ kind }) => kind !== 'label');
  return statements.slice(last + 1);
}
