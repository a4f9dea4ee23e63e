import { valueAt } from '../generate/value-at.ts';
import { noteCharacters, noteCharactersMax } from './notes.ts';

/** Who asks: with a personal or project access token, with a job's token, or nobody. */
export type NotesCaller = 'api' | 'read_api' | 'job' | 'nobody';

/** A request to GitLab's notes API, and what of the state of GitLab decides about it. */
export interface NotesRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly caller: NotesCaller;
  /** Whether what the path names is there and the caller may see it. */
  readonly isKnown: boolean;
  /** The JSON body. */
  readonly content?: unknown;
  /** Notes that the caller has created within the last minute. Default: 0. */
  readonly createdInMinute?: number;
}

/** GitLab's answer. */
export interface NotesResult {
  readonly status: number;
  readonly response: Readonly<Record<string, unknown>>;
  /** The text that is stored, where one is. */
  readonly stored?: string;
}

/** Notes that a user may create in a minute, unless the administrator says otherwise. */
const notesPerMinuteMax = 300;

/**
 * What GitLab answers to a request, in the order in which it checks: token, fields, rate, path, text.
 * A model for tests: what a client meets is what was recorded of GitLab.
 */
export function answerNotesRequest(request: NotesRequest): NotesResult {
  const { method, isKnown } = request;
  const refusal = refuseCaller(request) ?? refuseWrite(request);
  if (refusal !== undefined) return refusal;
  if (!isKnown) return { status: 404, response: { message: '404 Not found' } };
  if (method === 'DELETE') return { status: 204, response: {} };
  return method === 'GET' ? { status: 200, response: {} } : answerText(request);
}

function refuseCaller({ method, caller }: NotesRequest): NotesResult | undefined {
  if (caller === 'nobody' || (caller === 'job' && method !== 'GET')) {
    return { status: 401, response: { message: '401 Unauthorized' } };
  }
  return caller === 'read_api' && method !== 'GET' ? insufficientScope : undefined;
}

function refuseWrite(request: NotesRequest): NotesResult | undefined {
  const { method, createdInMinute = 0 } = request;
  if (method !== 'POST' && method !== 'PUT') return undefined;
  const fault = faultOfFields(request);
  if (fault !== undefined) return { status: 400, response: { error: fault } };
  return method === 'POST' && createdInMinute >= notesPerMinuteMax ? tooMany : undefined;
}

const insufficientScope: NotesResult = {
  status: 403,
  response: {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  },
};

const tooMany: NotesResult = {
  status: 429,
  response: {
    message: {
      error: 'This endpoint has been requested too many times. Try again later.',
    },
  },
};

function faultOfFields({ method, content }: NotesRequest): string | undefined {
  const body = valueAt(content, ['body']);
  if (body === undefined || body === null) return 'body is missing';
  if (typeof body !== 'string') return 'body is invalid';
  return method === 'PUT' && body.trim() === '' ? 'body is empty' : undefined;
}

function answerText({ method, content }: NotesRequest): NotesResult {
  const given = String(valueAt(content, ['body']));
  const fault = faultOfText(given);
  if (fault !== undefined) {
    const message = `400 Bad request - Note {:note=>[${JSON.stringify(fault)}]}`;
    return { status: 400, response: { message } };
  }
  const { text, commands } = takeCommands(given);
  if (text === '' && commands.length > 0) {
    const summary = commands.map((name) => `Carried out ${name}.`);
    return { status: 202, response: { commands_changes: {}, summary } };
  }
  return { status: method === 'POST' ? 201 : 200, response: { body: text }, stored: text };
}

function faultOfText(text: string): string | undefined {
  if (text.trim() === '') return "can't be blank";
  return noteCharacters(text) > noteCharactersMax
    ? `is too long (maximum is ${noteCharactersMax} characters)`
    : undefined;
}

const commandLine =
  /^\/(approve|assign|assign_reviewer|clear_milestone|close|cc|copy_metadata|done|draft|due|duplicate|estimate|label|labels|lock|merge|milestone|ready|reassign|rebase|relabel|remove_label|reopen|request_review|spend|subscribe|target_branch|tag|title|todo|unapprove|unassign|unlabel|unlock|unsubscribe|wip)(?: .*)?$/i;

/** Quick actions outside of fenced code, which GitLab carries out and takes out of the text. */
function takeCommands(given: string): { text: string; commands: string[] } {
  const commands: string[] = [];
  let isFenced = false;
  const kept = given
    .replaceAll('\r', '')
    .split('\n')
    .filter((line) => {
      if (line.startsWith('```')) isFenced = !isFenced;
      const name = isFenced ? undefined : commandLine.exec(line)?.[1];
      if (name !== undefined) commands.push(name.toLowerCase());
      return name === undefined;
    });
  return { text: kept.join('\n').trimEnd(), commands };
}

/** A recorded request to the notes API and GitLab's answer. */
export interface NotesCase {
  /** Such as `PUT /projects/:id/merge_requests/:iid/notes/:note_id unknown`. */
  readonly request: string;
  /** The JSON body; a text says in words what was sent. */
  readonly body?: unknown;
  /** Whether a token was sent, or which. */
  readonly auth: unknown;
  readonly status: number;
  /** Fields of the answer by dotted path. `...` stands for any value. */
  readonly response?: Readonly<Record<string, unknown>>;
}

/** One place where a recorded answer and the model's differ. */
export interface NotesDifference {
  readonly where: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Holds the model to a recorded case: what differs, or why the case cannot be understood. */
export function evaluateNotesCase(
  one: NotesCase,
): readonly NotesDifference[] | { readonly notCovered: string } {
  const request = requestOf(one);
  if (typeof request === 'string') return { notCovered: request };
  const { status, response } = answerNotesRequest(request);
  const answered = { author: { username: '<user>' }, ...response };
  const fields = Object.entries(one.response ?? {});
  return [
    ...(status === one.status ? [] : [{ where: 'status', expected: one.status, got: status }]),
    ...fields.flatMap(([path, expected]) => {
      const got = valueAt(answered, path.split('.'));
      return isLike(expected, got) ? [] : [{ where: `response.${path}`, expected, got }];
    }),
  ];
}

const casePath =
  /^(GET|POST|PUT|DELETE) \/projects\/[^/ ]+\/(?:merge_requests|issues|snippets)\/[^/ ]+\/notes(?:\/[^/ ?]+)?(?:\?\S*)?( unknown)?$/;

function requestOf({ request, body, auth }: NotesCase): NotesRequest | string {
  const match = casePath.exec(request);
  if (match === null) return `no request to the notes API is known as ${JSON.stringify(request)}`;
  const caller = callers.get(auth);
  if (caller === undefined) return `no caller is known as ${JSON.stringify(auth)}`;
  const base = {
    method: match[1] as NotesRequest['method'],
    caller,
    isKnown: match[2] === undefined,
  };
  if (typeof body !== 'string') return { ...base, content: writtenOut(body) };
  const before = /^more than (\d+) per minute\b/.exec(body)?.[1];
  if (before === undefined) return `no request is known as ${JSON.stringify(body)}`;
  return { ...base, content: { body: 'hi!' }, createdInMinute: Number(before) };
}

const callers: ReadonlyMap<unknown, NotesCaller> = new Map<unknown, NotesCaller>([
  [true, 'api'],
  ['api', 'api'],
  ['read_api', 'read_api'],
  ['CI_JOB_TOKEN', 'job'],
  [false, 'nobody'],
]);

/** A body whose text is told in short, such as `xxx... 1,000,001 characters`. */
function writtenOut(content: unknown): unknown {
  const body = valueAt(content, ['body']);
  const match = typeof body === 'string' ? /^(.)\1*\.\.\. ([\d,]+) characters$/.exec(body) : null;
  const [, character = '', count = ''] = match ?? [];
  if (match === null) return content;
  return { body: character.repeat(Number(count.replaceAll(',', ''))) };
}

function isLike(expected: unknown, got: unknown): boolean {
  if (expected === '...') return got !== undefined;
  if (Array.isArray(expected)) {
    if (!Array.isArray(got)) return false;
    const isAny = expected.length === 1 && expected[0] === '...';
    return isAny || isSameJson(expected, got);
  }
  return isSameJson(expected, got);
}

/** Ruby writes a hash as `{:note=>[]}` or, since 3.4, as `{note: []}`. */
function isSameJson(expected: unknown, got: unknown): boolean {
  const [a = '', b = ''] = [expected, got].map((value) =>
    String(JSON.stringify(value)).replace(/:(\w+)=>/g, '$1: '),
  );
  return a === b;
}
