/** What need not agree in a step, because it differed between two recordings of one scenario. */
export interface Allowance {
  /** Places whose values are not compared, such as `after > argocd/a > status > phase`. */
  readonly paths: readonly string[];
  /** The order of resources in results of operations does not count. */
  readonly anyResultOrder: boolean;
  /** An automated operation may be followed at once by a partial one, or not. */
  readonly partialSelfHeal: boolean;
  /** Lists whose order differed: names of several of their items are named. */
  readonly unordered: ReadonlySet<string>;
  /** Objects that may be missing, by name. */
  readonly optionalObjects: ReadonlySet<string>;
}

const separator = ' > ';

/** Reads `notDeterministic` for one step, counted from 1. Entries without a step are explanations. */
export function allowanceOf(entries: readonly string[], step: number): Allowance {
  const mine = entries.flatMap((entry) => {
    const [, number = '', text = ''] = /^step (\d+): (.*)$/s.exec(entry) ?? [];
    return Number(number) === step ? [text] : [];
  });
  const paths = mine.filter(isPath).map(plainPath);
  return {
    paths,
    anyResultOrder: mine.includes('order of resources in operation results'),
    partialSelfHeal: mine.some((text) => text.includes('partial self-heal')),
    unordered: new Set(listsIn(paths)),
    optionalObjects: new Set(
      mine.filter((text) => text.endsWith('(not always there)')).flatMap(objectAt),
    ),
  };
}

/** Whether a place is, or lies in, one that is not compared. */
export function isAllowed({ paths }: Allowance, where: string): boolean {
  return paths.some((path) => liesIn(where, path));
}

/** Whether a place is another, or a part of it. */
export function liesIn(where: string, path: string): boolean {
  return where === path || where.startsWith(`${path}${separator}`);
}

/** A place, from its parts; indexes are joined to the part before. */
export function joinPath(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}

const firstParts = new Set(['after', 'operations', 'live', 'created', 'deleted', 'timeline']);

function isPath(text: string): boolean {
  return firstParts.has(plainPath(text).split(separator)[0] ?? '');
}

/** Lists of which the names of at least two items are among some paths. */
function listsIn(paths: readonly string[]): string[] {
  const named = paths.flatMap((path) => {
    const [, list] = /^(.*)\[\d+\] > name$/.exec(path) ?? [];
    return list === undefined ? [] : [list];
  });
  return named.filter((list, index) => named.indexOf(list) !== index);
}

function plainPath(text: string): string {
  return text.replace(/ \((?:not always there|number of entries)\)$/, '');
}

/** The object that a path names whole. */
function objectAt(text: string): string[] {
  const [part, name, ...rest] = plainPath(text).split(separator);
  if (name === undefined || rest.length > 0) return [];
  if (part === 'live') return [name];
  return part === 'after' ? [name.split('/').length === 2 ? `Application/${name}` : name] : [];
}
