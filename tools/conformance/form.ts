/**
 * What a conformance form is: one kind of case, told apart from the others by what it holds.
 * A file of cases is a JSON object. Each of its keys with a list (or with an object that has a list
 * `cases`) is a case list; every case of it goes to the first form that takes the key and fits.
 */

/** A JSON object, as read. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One place where expectation and answer differ. */
export interface Difference {
  /** Path inside the case, such as `expected.active[0]`; empty for the case itself. */
  readonly where: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** A case that the project does not implement, and why. */
export interface NotCovered {
  readonly notCovered: string;
}

/** What came of a case: differences (none: passed), or that it is not covered. */
export type Verdict = readonly Difference[] | NotCovered;

/** Where a case stands. */
export interface CaseContext {
  /** The whole file. */
  readonly content: JsonObject;
  /** The object around the list, for a key that holds `{ ..., cases: [] }`; else the file. */
  readonly group: JsonObject;
  readonly index: number;
}

/** One kind of case. */
export interface ConformanceForm {
  /** For people, such as `sync windows`. */
  readonly name: string;
  /** The key of the file whose cases it takes. Undefined: the file itself is one case. */
  readonly key: string | undefined;
  /** How many of its cases may run at once, for those that mostly wait. One after the other without it. */
  readonly concurrency?: number;
  /** Whether a case has this form. */
  fits(one: JsonObject, context: CaseContext): boolean;
  /** Runs a case. What it throws counts as a failure. */
  run(one: JsonObject, context: CaseContext): Verdict | Promise<Verdict>;
}

/** What a form is made of when its cases are told apart by the fields that they have. */
export interface FormOptions<T> {
  readonly name: string;
  readonly key: string | undefined;
  /** Fields that a case of this form has. */
  readonly fields: readonly (keyof T & string)[];
  readonly run: (one: T, context: CaseContext) => Verdict | Promise<Verdict>;
}

/** A form whose cases have the given fields. The type of a case is taken on trust. */
export function defineForm<T extends object>(options: FormOptions<T>): ConformanceForm {
  return {
    name: options.name,
    key: options.key,
    fits: (one) => options.fields.every((field) => field in one),
    run: (one, context) => options.run(one as T, context),
  };
}

/** A form whose cases are counted as not covered, such as facts without input and answer. */
export function uncoveredForm(
  name: string,
  key: string | undefined,
  fields: readonly string[],
  why: string,
): ConformanceForm {
  return {
    name,
    key,
    fits: (one) => fields.every((field) => field in one),
    run: () => ({ notCovered: why }),
  };
}
