import type { Difference } from '../form.ts';
import type { RunResult } from './check.ts';
import { jsonDifferences } from './json.ts';
import { scrub, scrubOutput } from './scrub.ts';
import { groupVersion } from './session-world.ts';
import { mannersOf, type NotedRequest, type SessionCase } from './session-case.ts';

/** What came of a session. */
export interface SessionResult extends RunResult {
  readonly requests: readonly NotedRequest[];
}

/** Where a session differs from the recorded one. */
export function sessionDifferences(one: SessionCase, got: SessionResult): Difference[] {
  const exit: Difference[] =
    one.exit === got.exitCode
      ? []
      : [{ where: 'exit', expected: one.exit, got: `${got.exitCode}: ${got.stderr}` }];
  const stderr = scrubOutput(one.stderr).trim();
  const words: Difference[] =
    stderr === got.stderr.trim() ? [] : [{ where: 'stderr', expected: stderr, got: got.stderr }];
  return [
    ...exit,
    ...words,
    ...outputDifferences(one, got.stdout),
    ...discoveryDifferences(one, got.requests),
    ...requestDifferences(one, got.requests),
  ];
}

/** Commands that print what a server has: the recorder had other objects, kinds and columns. */
const listings = new Set([
  'get',
  'api-resources',
  'api-versions',
  'version',
  'describe',
  'diff',
  'events',
  'top',
]);
/** The recording has only the beginning of a long output. */
const cutFrom = 100;

function outputDifferences({ argv, stdout }: SessionCase, got: string): Difference[] {
  const isListing = listings.has(argv[1] ?? '') && !argv.includes('--raw');
  const expected = scrubOutput(stdout).trim();
  if (!isListing)
    return expected === got.trim() ? [] : [{ where: 'stdout', expected, got: got.trim() }];
  const printsWhole = argv.some(
    (word, index) =>
      /^(json|yaml)$/.test(word.replace(/^(-o|--output=)/, '')) &&
      (word.length > 4 || argv[index - 1] === '-o'),
  );
  const lines = expected.split('\n');
  const known = stdout.length >= cutFrom ? lines.slice(0, -1) : lines;
  const wanted = printsWhole ? known.slice(0, 1) : known;
  const heads = new Set(got.split('\n').map(headOf));
  return wanted
    .filter((line) => !heads.has(headOf(line)))
    .map((line) => ({ where: 'stdout', expected: `a line like ${line}`, got }));
}

function headOf(line: string): string {
  return line.trim().split(/\s+/)[0] ?? '';
}

const discoveryRoots = new Set(['/api', '/apis']);

function discoveryDifferences(one: SessionCase, requests: readonly NotedRequest[]): Difference[] {
  const asked = new Set(
    requests.map(({ path }) => path).filter((path) => discoveryRoots.has(path)),
  );
  return jsonDifferences([...one.discovery].sort(), [...asked].sort(), 'discovery');
}

function requestDifferences(one: SessionCase, requests: readonly NotedRequest[]): Difference[] {
  const others = requests.filter(({ path }) => !discoveryRoots.has(path));
  if (mannersOf(one.server).aggregatedDiscovery)
    return inOrder(folded(one, one.requests), folded(one, others));
  // Without aggregated discovery each group is asked for, in any order; there are more groups here.
  const isGroup = ({ path }: NotedRequest): boolean => groupVersion.test(path);
  const asked = others.filter(isGroup);
  const missing = one.requests
    .filter(isGroup)
    .filter((wanted) => !asked.some((request) => requestFaults(wanted, request, '').length === 0));
  return [
    ...missing.map((expected) => ({ where: 'requests', expected, got: asked })),
    ...inOrder(
      one.requests.filter((request) => !isGroup(request)),
      others.filter((request) => !isGroup(request)),
    ),
  ];
}

/** A wait for an object that is not there asks until it is: that counts as one request. */
function folded({ argv }: SessionCase, requests: readonly NotedRequest[]): NotedRequest[] {
  if (!argv.includes('--for=create')) return [...requests];
  return requests.filter(
    (request, index) =>
      index === 0 || JSON.stringify(request) !== JSON.stringify(requests[index - 1]),
  );
}

function inOrder(wanted: readonly NotedRequest[], got: readonly NotedRequest[]): Difference[] {
  const [expected, found] = [wanted.map(lineOf), got.map(lineOf)];
  if (expected.join('\n') !== found.join('\n'))
    return [{ where: 'requests', expected, got: found }];
  return wanted.flatMap((request, index) => {
    const other = got[index];
    return other === undefined ? [] : requestFaults(request, other, `requests/${index}`);
  });
}

function lineOf({ method, path }: NotedRequest): string {
  return `${method} ${path}`;
}

function requestFaults(wanted: NotedRequest, got: NotedRequest, where: string): Difference[] {
  if (lineOf(wanted) !== lineOf(got))
    return [{ where, expected: lineOf(wanted), got: lineOf(got) }];
  return [
    ...jsonDifferences(wanted.query, fitted(wanted.query, got.query), `${where}/query`),
    ...jsonDifferences(wanted.accept, got.accept, `${where}/accept`),
    ...jsonDifferences(
      { type: wanted.contentType ?? null, body: scrub(wanted.body ?? null) },
      { type: got.contentType ?? null, body: scrub(got.body ?? null) },
      where,
    ),
  ];
}

type Fields = Readonly<Record<string, string>>;

/** Parameters with those that differ from run to run written as the recording writes them. */
function fitted(wanted: Fields, got: Fields): Fields {
  return Object.fromEntries(
    Object.entries(got).map(([key, value]) => {
      const pattern = wanted[key] ?? '';
      const range = /^<(\d+)\.\.(\d+)>$/.exec(pattern);
      const fits =
        (key === 'hash' && value !== '') ||
        (pattern === '<rv>' && /^[1-9]\d*$/.test(value)) ||
        (range !== null && Number(value) >= Number(range[1]) && Number(value) <= Number(range[2]));
      return [key, fits ? pattern : value];
    }),
  );
}
