import { isDictionary, type Dictionary } from './json.ts';

const uid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const onlyUid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const time = /\b(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;
const serviceAddress = /\b10\.96\.\d{1,3}\.\d{1,3}\b/g;
const loopback = /\b127\.0\.0\.1:\d+\b/g;
const age = /^\d+(s|m|h|d)(\d+(s|m|h|d))?$/;

/** A text without what differs from run to run. Times that a request wrote are older than 2025 and stay. */
export function scrubText(text: string): string {
  return text
    .replace(uid, '<uid>')
    .replace(time, (found, year: string) => (Number(year) > 2024 ? '<time>' : found))
    .replace(serviceAddress, '<ip>')
    .replace(loopback, '<server>');
}

/** A value without what differs from run to run; `keep` names what stays. */
export function scrub(value: unknown, keep: readonly string[] = []): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (Array.isArray(value)) return value.map((entry) => scrub(entry, keep));
  if (!isDictionary(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]): [string, unknown][] =>
      key === 'managedFields' && !keep.includes('managedFields')
        ? []
        : [scrubField(value, [key, entry], keep)],
    ),
  );
}

type Field = readonly [string, unknown];

const versionKeys = new Set(['resourceVersion', 'metadata.resourceVersion']);

function scrubField(
  owner: Dictionary,
  [key, value]: Field,
  keep: readonly string[],
): [string, unknown] {
  if (key === 'remainingItemCount' && keep.includes('anyRemaining')) return [key, '<number>'];
  if (typeof value === 'string') {
    const known = scrubKnown(owner, [key, value], keep);
    if (known !== undefined) return [key, known];
  }
  if (key === 'cells' && Array.isArray(value)) {
    return [key, value.map((cell) => (isAge(cell) ? '<age>' : scrub(cell, keep)))];
  }
  const entry = key === 'managedFields' && Array.isArray(value) ? inOrder(value) : value;
  return [scrubText(key), scrub(entry, keep)];
}

/** The texts that are known by their field; undefined for all others. */
function scrubKnown(
  owner: Dictionary,
  [key, value]: readonly [string, string],
  keep: readonly string[],
): string | undefined {
  if (key === 'uid') return onlyUid.test(value) ? '<uid>' : value;
  if (versionKeys.has(key)) {
    return /^\d+$/.test(value) && value !== '0' && !keep.includes('rv') ? '<rv>' : value;
  }
  if (key === 'continue') return value === '' ? value : '<continue>';
  const prefix = owner['generateName'];
  return key === 'name' && typeof prefix === 'string' && value.startsWith(prefix)
    ? `${prefix}<random>`
    : undefined;
}

function isAge(cell: unknown): boolean {
  return typeof cell === 'string' && age.test(cell);
}

/** Managers in a fixed order, without those of the controllers. */
function inOrder(managers: readonly unknown[]): unknown[] {
  const text = (entry: unknown, key: string): string => {
    const value = isDictionary(entry) ? entry[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  const keys = ['operation', 'manager', 'subresource'];
  return managers
    .filter((entry) => text(entry, 'manager') !== 'kube-controller-manager')
    .sort((left, right) => {
      for (const key of keys) {
        const [a, b] = [text(left, key), text(right, key)];
        if (a !== b) return a < b ? -1 : 1;
      }
      return 0;
    });
}

const kubectlAge = /(?<![\w.:<-])(\d+[smhdy](\d+[smhd])?|<unknown>|<invalid>)(?= |$)/gm;

/** Output of kubectl without what differs from run to run. */
export function scrubOutput(output: string, folder?: string): string {
  return scrubText(folder === undefined ? output : output.replaceAll(folder, '<dir>'))
    .replace(/https?:\/\/<server>/g, '<server>')
    .replace(/("?resourceVersion"?: )"\d+"/g, '$1"<rv>"')
    .replace(/(Resource Version: +)\d+/g, '$1<rv>')
    .replace(
      /^(Start Time|CreationTimestamp|Created At|Started|Completed At|Age): +.*$/gm,
      '$1: <time>',
    )
    .replace(/\b([IEW])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /g, '$1<time> ')
    .replace(/(\/|\s)(LIVE|MERGED)-\d+/g, '$1$2-<random>')
    .replace(/^((?:---|\+\+\+) \S+)\t.*$/gm, '$1\t<time>')
    .replace(kubectlAge, '<age>');
}

/** Columns are as wide as an age is long: in a table with ages runs of blanks count as one. */
export function squeeze(output: string): string {
  if (!output.includes('<age>') && !output.includes('AGE')) return output;
  return output
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trimEnd())
    .join('\n');
}
