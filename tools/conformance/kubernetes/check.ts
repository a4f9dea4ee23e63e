import type { Difference } from '../form.ts';
import { type Answer, headerOf } from './api.ts';
import type { Expectation, Step, Until, Variables } from './case.ts';
import { asText, fill, isDictionary, jsonDifferences, pointer, relates, texts } from './json.ts';
import { scrub, scrubText, squeeze } from './scrub.ts';
import type { OpenWatch } from './watch.ts';

/** Whether an answer is what a request was repeated for. */
export function isReached(until: Until, answer: Answer): boolean {
  if (until.status !== undefined && answer.status !== until.status) return false;
  for (const [path, value] of Object.entries(until.paths ?? {})) {
    const found = pointer(answer.json, path);
    if (found === undefined || jsonDifferences(value, scrub(found.value)).length > 0) return false;
  }
  if ((until.absent ?? []).some((path) => pointer(answer.json, path) !== undefined)) return false;
  return (until.contains ?? []).every((piece) => answer.text.includes(piece));
}

/** Words for a request. */
export function placeOf(step: Step, variables: Variables): string {
  return `${step.method ?? 'GET'} ${asText(fill(step.path ?? '', variables))}`;
}

interface Checked {
  readonly step: Step;
  readonly answer: Answer;
  readonly variables: Variables;
  readonly where: string;
}

/** Where an answer differs from what its step expects; a step that expects nothing is to succeed. */
export function checkAnswer(step: Step, answer: Answer, variables: Variables): Difference[] {
  const where = placeOf(step, variables);
  const { expect } = step;
  if (expect === undefined) {
    const fine = answer.status >= 200 && answer.status < 300;
    return fine ? [] : [{ where, expected: 'an answer of 2xx', got: shown(answer) }];
  }
  if (expect.status !== undefined && answer.status !== expect.status)
    return [{ where, expected: `status ${expect.status}`, got: shown(answer) }];
  const checked = { step, answer, variables, where };
  return [
    ...headerDifferences(expect, checked),
    ...bodyDifferences(expect, checked),
    ...pathDifferences(expect, checked),
    ...textDifferences(expect, checked),
    ...relationDifferences(expect, checked),
  ];
}

function shown(answer: Answer): string {
  return `status ${answer.status}: ${answer.text}`;
}

function headerDifferences(
  { headers = {} }: Expectation,
  { answer, where }: Pick<Checked, 'where'> & { readonly answer: Pick<Answer, 'headers'> },
): Difference[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const found = headerOf(answer.headers, name);
    const got = found === undefined ? null : scrubText(found);
    return got === value ? [] : [{ where: `${where}: header ${name}`, expected: value, got }];
  });
}

function at(where: string, differences: readonly Difference[]): Difference[] {
  return differences.map((difference) => ({
    ...difference,
    where: `${where}: ${difference.where}`,
  }));
}

function bodyDifferences(expect: Expectation, checked: Checked): Difference[] {
  if (!Object.hasOwn(expect, 'body')) return [];
  const { answer, step, variables, where } = checked;
  const got = answer.json === null ? scrubText(answer.text) : scrub(answer.json, step.keep);
  return at(where, jsonDifferences(fill(expect.body, texts(variables)), got));
}

function pathDifferences(expect: Expectation, checked: Checked): Difference[] {
  const { answer, step, variables, where } = checked;
  const scrubbed = scrub(answer.json, step.keep);
  const present = Object.entries(expect.bodyPaths ?? {}).flatMap(([path, value]) => {
    const found = pointer(scrubbed, path);
    if (found === undefined)
      return [{ where: `${where}: ${path}`, expected: value, got: undefined }];
    return at(where, jsonDifferences(fill(value, variables), found.value, path));
  });
  const absent = (expect.bodyAbsent ?? []).flatMap((path) => {
    const found = pointer(answer.json, path);
    return found === undefined
      ? []
      : [{ where: `${where}: ${path}`, expected: undefined, got: found.value }];
  });
  return [...present, ...absent];
}

function textDifferences({ bodyContains = [] }: Expectation, checked: Checked): Difference[] {
  const { answer, variables, where } = checked;
  return bodyContains.flatMap((piece) => {
    const text = asText(fill(piece, variables));
    return answer.text.includes(text)
      ? []
      : [{ where, expected: `a text with ${text}`, got: answer.text }];
  });
}

function relationDifferences({ relations = [] }: Expectation, checked: Checked): Difference[] {
  const { answer, variables, where } = checked;
  return relations.flatMap(([path, operator, value]) => {
    const found = pointer(answer.json, path);
    const other = fill(value, variables);
    if (found !== undefined && relates(operator, found.value, other)) return [];
    const expected = `${operator} ${value} (${asText(other)})`;
    return [{ where: `${where}: ${path}`, expected, got: found?.value }];
  });
}

const initialEnd = 'k8s.io/initial-events-end';

function typeOf(event: unknown): unknown {
  return isDictionary(event) ? event['type'] : undefined;
}

/** Events as they are compared: without bookmarks that may come at any time, the first ones sorted by name. */
function inOrder(step: Step, events: readonly unknown[]): unknown[] {
  const keeps = step.keep?.includes('bookmarks') === true;
  const wanted = events.filter((event, index) => {
    if (typeOf(event) !== 'BOOKMARK') return true;
    if (keeps) return index === 0 || typeOf(events[index - 1]) !== 'BOOKMARK';
    const marks = pointer(event, '/object/metadata/annotations')?.value;
    return isDictionary(marks) && Object.hasOwn(marks, initialEnd);
  });
  const count = step.initialUnordered ?? 0;
  const name = (event: unknown): string => {
    const found = pointer(event, '/object/metadata/name')?.value;
    return typeof found === 'string' ? found : '';
  };
  const head = wanted.slice(0, count).sort((left, right) => {
    const [a, b] = [name(left), name(right)];
    return a === b ? 0 : a < b ? -1 : 1;
  });
  return [...head, ...wanted.slice(count)];
}

/** Where the events of a watch differ from what its step expects. */
export function checkWatch(step: Step, watch: OpenWatch, variables: Variables): Difference[] {
  const where = `watch ${asText(fill(step.path ?? '', variables))}`;
  const expect = step.expect ?? {};
  if (expect.status !== undefined && watch.status !== expect.status)
    return [{ where, expected: `status ${expect.status}`, got: `status ${watch.status}` }];
  const events = inOrder(
    step,
    watch.events.map((event) => scrub(event, step.keep)),
  );
  return [
    ...headerDifferences(expect, { answer: watch, where }),
    ...eventDifferences(expect, { events, variables, where }),
    ...riseDifferences(expect, watch, where),
    ...endDifferences(expect, watch, where),
  ];
}

interface Events {
  readonly events: readonly unknown[];
  readonly variables: Variables;
  readonly where: string;
}

function eventDifferences(expect: Expectation, { events, variables, where }: Events): Difference[] {
  const wanted = fill(expect.watchEvents ?? [], texts(variables)) as unknown[];
  const types = jsonDifferences(
    wanted.map((event) => typeOf(event) ?? null),
    events.map((event) => typeOf(event) ?? null),
    'types',
  );
  if (expect.eventPaths === undefined)
    return at(where, [...types, ...jsonDifferences(wanted, [...events], 'events')]);
  const paths = expect.eventPaths.flatMap((entry, index) =>
    Object.entries(entry).flatMap(([path, value]) => {
      const found = pointer(events[index], path);
      const expected = fill(value, variables);
      const fine = found !== undefined && jsonDifferences(expected, found.value).length === 0;
      return fine ? [] : [{ where: `events/${index}${path}`, expected, got: found?.value }];
    }),
  );
  return at(where, [...types, ...paths]);
}

function riseDifferences(expect: Expectation, watch: OpenWatch, where: string): Difference[] {
  if (expect.resourceVersionsRise !== true) return [];
  const versions = watch.events
    .slice(expect.riseFrom ?? 0)
    .map((event) => pointer(event, '/object/metadata/resourceVersion')?.value);
  const rises = versions.every(
    (version, index) => index === 0 || relates('>=', version, versions[index - 1]),
  );
  return rises ? [] : [{ where, expected: 'resourceVersions that rise', got: versions }];
}

function endDifferences(expect: Expectation, watch: OpenWatch, where: string): Difference[] {
  if (expect.serverClosesAfterSeconds === undefined || expect.serverClosesAfterSeconds === null)
    return [];
  const [from, to] = expect.serverClosesAfterSeconds;
  const { seconds } = watch;
  if (seconds !== undefined && seconds >= from && seconds <= to) return [];
  const expected = `an end after ${from} to ${to} s`;
  return [{ where, expected, got: seconds === undefined ? 'no end' : `an end after ${seconds} s` }];
}

/** What came of a run of kubectl, scrubbed. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Where a run of kubectl differs from what its step expects. */
export function checkRun(step: Step, got: RunResult): Difference[] {
  const where = (step.argv ?? []).join(' ');
  const { expect = {} } = step;
  const streams = (['stdout', 'stderr'] as const).flatMap((stream) => {
    const wanted = expect[stream];
    const text = squeeze(got[stream]);
    const whole =
      wanted === undefined || squeeze(wanted) === text
        ? []
        : [{ where: `${where}: ${stream}`, expected: wanted, got: got[stream] }];
    const pieces = (expect[`${stream}Contains`] ?? [])
      .filter((piece) => !got[stream].includes(piece))
      .map((piece) => ({
        where: `${where}: ${stream}`,
        expected: `a text with ${piece}`,
        got: got[stream],
      }));
    return [...whole, ...pieces];
  });
  if (expect.exitCode === undefined || expect.exitCode === got.exitCode) return streams;
  return [
    ...streams,
    { where: `${where}: exit code`, expected: expect.exitCode, got: got.exitCode },
  ];
}
