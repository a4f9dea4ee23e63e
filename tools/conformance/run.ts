import type { CaseContext, ConformanceForm, Difference, JsonObject, Verdict } from './form.ts';

/** A failed case. */
export interface Failure {
  /** Which case, such as `cases[3] (name)`. */
  readonly title: string;
  readonly differences: readonly Difference[];
}

/** Cases of one kind that are not covered. */
export interface Gap {
  /** The form, or the key of the file where no form takes its cases. */
  readonly form: string;
  readonly why: string;
  readonly count: number;
}

/** What came of a file. */
export interface FileReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly gaps: readonly Gap[];
}

/** What to run. */
export interface RunOptions {
  readonly forms: readonly ConformanceForm[];
  /** Runs only cases whose title has this text. */
  readonly filter?: string;
}

interface FoundCase {
  readonly key: string | undefined;
  readonly title: string;
  readonly value: unknown;
  readonly context: CaseContext;
}

/**
 * Runs the cases of a file. Undefined when nothing in it is a case, or when the filter leaves none;
 * the filter also looks at the file's name.
 */
export async function runFile(
  name: string,
  content: unknown,
  { forms, filter }: RunOptions,
): Promise<FileReport | undefined> {
  const found = findCases(content, forms).filter(
    ({ title }) => filter === undefined || `${name} ${title}`.includes(filter),
  );
  if (found.length === 0) return undefined;
  let passed = 0;
  const failures: Failure[] = [];
  const gaps = new Map<string, Gap>();
  for (const { one, form, verdict } of await runAll(found, forms)) {
    if (!('notCovered' in verdict)) {
      if (verdict.length === 0) passed += 1;
      else failures.push({ title: one.title, differences: verdict });
      continue;
    }
    const label = form?.name ?? one.key ?? 'file';
    const id = `${label}\n${verdict.notCovered}`;
    const count = (gaps.get(id)?.count ?? 0) + 1;
    gaps.set(id, { form: label, why: verdict.notCovered, count });
  }
  return { passed, failures, gaps: [...gaps.values()] };
}

interface Ran {
  readonly one: FoundCase;
  readonly form: ConformanceForm | undefined;
  readonly verdict: Verdict;
}

/** Runs cases, as many at once as all their forms allow; answers in the order of the file. */
async function runAll(
  found: readonly FoundCase[],
  forms: readonly ConformanceForm[],
): Promise<readonly Ran[]> {
  const work = found.map((one) => ({ one, form: formOf(one, forms) }));
  const limits = work.flatMap(({ form }) => (form === undefined ? [] : [form.concurrency ?? 1]));
  const waiting = work.entries();
  const ran: Ran[] = [];
  const runSome = async (): Promise<void> => {
    for (const [index, { one, form }] of waiting)
      ran[index] = { one, form, verdict: await verdictOf(one, form) };
  };
  await Promise.all(
    Array.from({ length: Math.max(1, Math.min(...limits, found.length)) }, runSome),
  );
  return ran;
}

function formOf(
  { key, value, context }: FoundCase,
  forms: readonly ConformanceForm[],
): ConformanceForm | undefined {
  if (!isObject(value)) return undefined;
  return forms.find((form) => form.key === key && form.fits(value, context));
}

async function verdictOf(
  { value, context }: FoundCase,
  form: ConformanceForm | undefined,
): Promise<Verdict> {
  if (form === undefined || !isObject(value)) return { notCovered: 'no form takes these cases' };
  try {
    return await form.run(value, context);
  } catch (error) {
    const got = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ where: '', expected: 'an answer', got: `error: ${got}` }];
  }
}

/**
 * All cases of a file: the file itself when a form takes it whole, else what its case lists hold. A case that is a
 * sentence goes to its form as `{ text }`.
 */
function findCases(content: unknown, forms: readonly ConformanceForm[]): FoundCase[] {
  if (!isObject(content)) return [];
  const whole: FoundCase = {
    key: undefined,
    title: titleOf('file', content),
    value: content,
    context: { content, group: content, index: 0 },
  };
  if (formOf(whole, forms) !== undefined) return [whole];
  return Object.entries(content).flatMap(([key, value]) => casesUnder(key, value, content));
}

function casesUnder(key: string, value: unknown, content: JsonObject): FoundCase[] {
  const group = isObject(value) ? value : content;
  const list = isObject(value) ? value['cases'] : value;
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).map((one, index) => ({
    key,
    title: titleOf(`${key}[${index}]`, one),
    value: typeof one === 'string' ? { text: one } : one,
    context: { content, group, index },
  }));
}

/** Fields that name a case, the most telling first. */
const nameFields = ['name', 'id', 'title', 'upstream', 'expression', 'pattern', 'policy'];

function titleOf(place: string, value: unknown): string {
  if (!isObject(value)) return place;
  const name = nameFields.map((field) => value[field]).find((text) => typeof text === 'string');
  return name === undefined ? place : `${place} (${name})`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
