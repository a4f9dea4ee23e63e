import { valueAt } from '../generate/value-at.ts';
import { evaluateExpression, type CiVariables } from './evaluate-expression.ts';
import { matchGlob } from './match-glob.ts';

/** When a job runs. */
export type JobWhen = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed';

/** What a job says outside its rules, which holds where the matching rule says nothing. */
export interface JobDefaults {
  /** Default: `on_success`. */
  readonly when?: JobWhen;
  readonly allowFailure?: boolean;
}

/** What rules are evaluated with. */
export interface RulesContext {
  readonly variables: CiVariables;
  /** Changed paths; undefined where GitLab knows of no changes, as for a tag: `changes` is then true. */
  readonly changedFiles?: readonly string[];
  /** Paths that changed since a revision, by the name that `compare_to` may give. */
  readonly changedSince?: Readonly<Record<string, readonly string[]>>;
  /** All paths of the repository, for `exists`. Default: none. */
  readonly files?: readonly string[];
}

/** What rules say about a job, or a pipeline. */
export interface RulesResult {
  readonly when: JobWhen | 'never';
  /** Whether the pipeline goes on without the job; left out where nothing says so, which means no. */
  readonly allowFailure?: boolean;
  readonly startIn?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Why GitLab refuses the whole pipeline. */
  readonly fault?: string;
}

/** A clause that cannot be evaluated, such as one that compares with an unknown revision. */
class ClauseFault extends Error {}

/** GitLab compares no more than so many pairs of glob and path; above, `changes` is true. */
const comparisonsMax = 50_000;

/**
 * Evaluates `rules` as GitLab does: the first rule whose clauses are all true decides, and with none
 * the job is left out. `rules` that are not there leave what the job says by itself. A manual job is
 * optional (`allow_failure`) only by its own `when`, not by that of a rule.
 */
export function evaluateRules(
  rules: unknown,
  job: JobDefaults,
  context: RulesContext,
): RulesResult {
  const when = job.when ?? 'on_success';
  const allowFailure = job.allowFailure ?? (when === 'manual' ? true : undefined);
  if (rules === undefined || rules === null) return { when, ...optional({ allowFailure }) };
  try {
    const rule = flatten(rules).find((entry) => isMatch(entry, context));
    return rule === undefined ? { when: 'never' } : outcome(rule, when, allowFailure);
  } catch (error) {
    if (error instanceof ClauseFault) return { when: 'never', fault: error.message };
    throw error;
  }
}

/** Rules may be lists of rules, which stand for what is in them. */
function flatten(rules: unknown): unknown[] {
  return Array.isArray(rules) ? (rules as unknown[]).flatMap(flatten) : [rules];
}

function outcome(rule: unknown, when: JobWhen, allowFailure: boolean | undefined): RulesResult {
  const startIn = textAt(rule, 'start_in');
  const own = valueAt(rule, ['allow_failure']);
  const variables = valueAt(rule, ['variables']);
  const result = {
    when: (textAt(rule, 'when') as RulesResult['when'] | undefined) ?? when,
    ...optional({ startIn, variables: variables === undefined ? undefined : texts(variables) }),
  };
  if (result.when === 'never') return { when: 'never' };
  return {
    ...result,
    ...optional({ allowFailure: typeof own === 'boolean' ? own : allowFailure }),
  };
}

function isMatch(rule: unknown, context: RulesContext): boolean {
  const condition = textAt(rule, 'if');
  if (condition !== undefined && !evaluateExpression(condition, context.variables).truthy) {
    return false;
  }
  const changes = valueAt(rule, ['changes']);
  if (changes !== undefined && !isChanged(changes, context)) return false;
  const exists = valueAt(rule, ['exists']);
  return exists === undefined || isThere(exists, context);
}

function isChanged(changes: unknown, context: RulesContext): boolean {
  if (valueAt(changes, ['regexp']) !== undefined) throw new ClauseFault('changes:regexp');
  const compareTo = textAt(changes, 'compare_to');
  const changed = compareTo === undefined ? context.changedFiles : changedSince(compareTo, context);
  if (changed === undefined) return true;
  const globs = readGlobs(changes, context);
  if (globs.length * changed.length > comparisonsMax) return true;
  return changed.some((path) => globs.some((glob) => matchGlob(glob, path)));
}

function changedSince(compareTo: string, context: RulesContext): readonly string[] {
  const revision = expandVariables(compareTo, context.variables);
  const known = context.changedSince ?? {};
  const changed = Object.hasOwn(known, revision) ? known[revision] : undefined;
  if (changed === undefined) throw new ClauseFault('rules:changes:compare_to is not a valid ref');
  return changed;
}

function isThere(exists: unknown, context: RulesContext): boolean {
  if (valueAt(exists, ['project']) !== undefined) throw new ClauseFault('exists:project');
  const globs = readGlobs(exists, context);
  return (context.files ?? []).some((path) => globs.some((glob) => matchGlob(glob, path)));
}

/** A list of globs, by itself or as `paths`, with variables filled in. */
function readGlobs(clause: unknown, { variables }: RulesContext): string[] {
  const paths = valueAt(clause, ['paths']) ?? clause;
  const globs = (Array.isArray(paths) ? (paths as unknown[]) : [paths]).filter(isText);
  return globs.map((glob) => expandVariables(glob, variables));
}

/** Fills in the variables that are there; what looks like another one stays as it is. */
export function expandVariables(text: string, variables: CiVariables): string {
  const names = /\$\$|%%|\$(\w+)|\$\{(\w+)\}|%(\w+)%/g;
  return text.replace(names, (all, plain?: string, braced?: string, percent?: string) => {
    const name = plain ?? braced ?? percent ?? '';
    return Object.hasOwn(variables, name) ? (variables[name] ?? all) : all;
  });
}

/** Variables of YAML, each a scalar or a map with `value`, as texts. */
export function texts(variables: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables ?? {}).flatMap(([name, given]: [string, unknown]) => {
      const value = valueAt(given, ['value']) ?? given;
      return isText(value) || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [];
    }),
  );
}

/** The text at a key, if there is one. */
export function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, [key]);
  return isText(found) ? found : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Without the keys that have no value. */
function optional<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
