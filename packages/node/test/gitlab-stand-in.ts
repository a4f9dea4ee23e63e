import { answerNotesRequest, type NotesCaller, type NotesResult } from '@tidegate/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';
import { reply, testServers } from './servers.ts';

/** A note as GitLab lists it. */
export interface StoredNote {
  readonly id: number;
  body: string;
  readonly author: { readonly id: number; readonly username: string };
  readonly system: boolean;
  readonly created_at: string;
}

/** A note to begin with. */
export interface SeedNote {
  readonly body: string;
  /** Default: the token's user. */
  readonly authorId?: number;
  readonly isSystem?: boolean;
  /** Left out of its page, as notes are that the user may not see. */
  readonly isHidden?: boolean;
}

/** What happens instead of an answer, or after the request has been carried out. */
export interface ScriptedFailure {
  /** Such as `POST notes`; `PUT note` is one note. */
  readonly at: 'GET user' | 'GET notes' | 'POST notes' | 'PUT note';
  /** `hang`: no answer; `drop`: the connection is cut. */
  readonly answer: number | 'hang' | 'drop';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Carries the request out all the same. */
  readonly isDone?: boolean;
  /** Called before the request is answered. */
  readonly before?: () => void;
}

export interface StandInOptions {
  /** As it stands in the path. Default: `42`. */
  readonly project?: string;
  /** Path before `/api/v4`. */
  readonly prefix?: string;
  /** What the token may do. Default: `api`. */
  readonly caller?: NotesCaller;
  /** From the oldest to the newest. */
  readonly notes?: readonly SeedNote[];
  readonly failures?: readonly ScriptedFailure[];
  /** Drops the headers about pages, as some proxies do. */
  readonly isWithoutPageHeaders?: boolean;
  /** Notes that the user has created within the last minute. */
  readonly createdInMinute?: number;
}

export interface GitlabStandIn {
  readonly apiUrl: string;
  /** From the oldest to the newest. */
  readonly notes: StoredNote[];
  /** Method and place of each request, such as `GET notes?page=1`. */
  readonly calls: string[];
  add(note: SeedNote): void;
}

export const standInToken = 'glpat-Stand_In-0123456789';
export const standInUser = { id: 7, username: 'project_42_bot' };
export const standInMergeRequest = 5;

/**
 * Starts stand-ins for GitLab's notes API. A test fails when it was asked anything that is not the
 * notes API with this token as a header, and when a scripted failure was never met.
 */
export function gitlabStandIns(): (options?: StandInOptions) => Promise<GitlabStandIn> {
  const serve = testServers();
  const faults: string[] = [];
  const scripts: ScriptedFailure[][] = [];
  afterEach(() => {
    const left = scripts.splice(0).flat();
    const all = [...faults.splice(0), ...left.map(({ at }) => `a failure of ${at} was not met`)];
    if (all.length > 0) throw new Error(`the GitLab stand-in: ${all.join('; ')}`);
  });
  return async (options = {}) => {
    const state = newState(options, faults);
    scripts.push(state.failures);
    const server = await serve((request, response) => {
      void answer(request, response, state).catch((error: unknown) => {
        faults.push(String(error));
        response.destroy();
      });
    });
    return {
      apiUrl: `${server.url}${options.prefix ?? ''}/api/v4`,
      notes: state.notes,
      calls: state.calls,
      add: (note) => {
        addNote(note, state);
      },
    };
  };
}

interface State {
  readonly options: StandInOptions;
  readonly notes: StoredNote[];
  readonly hidden: Set<number>;
  readonly calls: string[];
  readonly failures: ScriptedFailure[];
  readonly faults: string[];
}

function newState(options: StandInOptions, faults: string[]): State {
  const failures = [...(options.failures ?? [])];
  const state = { options, notes: [], hidden: new Set<number>(), calls: [], failures, faults };
  options.notes?.forEach((note) => {
    addNote(note, state);
  });
  return state;
}

function addNote({ body, authorId, isSystem, isHidden }: SeedNote, state: State): StoredNote {
  const id = 1_000 + state.notes.length;
  const isOwn = authorId === undefined || authorId === standInUser.id;
  const note = {
    id,
    body,
    author: isOwn ? standInUser : { id: authorId, username: `user${authorId}` },
    system: isSystem ?? false,
    created_at: new Date(Date.UTC(2030, 0, 1, 0, state.notes.length)).toISOString(),
  };
  state.notes.push(note);
  if (isHidden === true) state.hidden.add(id);
  return note;
}

interface Call {
  readonly at: ScriptedFailure['at'];
  readonly query: URLSearchParams;
  readonly noteId: number | undefined;
  readonly content: unknown;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
): Promise<void> {
  const sent = await text(request);
  const call = readCall(request, sent, state);
  if (typeof call === 'string') {
    state.faults.push(call);
    reply(response, 500, '{"message":"unexpected request"}');
    return;
  }
  const page = call.query.get('page');
  state.calls.push(page === null ? call.at : `${call.at}?page=${page}`);
  const index = state.failures.findIndex(({ at }) => at === call.at);
  const [failure] = index === -1 ? [] : state.failures.splice(index, 1);
  failure?.before?.();
  if (failure === undefined || failure.isDone === true) {
    const done = carryOut(request.method ?? '', call, state);
    if (failure === undefined) {
      reply(response, done.status, JSON.stringify(done.content), done.headers);
      return;
    }
  }
  fail(failure, response);
}

function fail({ answer: status, body = '', headers }: ScriptedFailure, to: ServerResponse): void {
  if (status === 'drop') to.destroy();
  else if (status !== 'hang') reply(to, status, body, headers);
}

/** What is asked, or why it is no request that this program may send. */
function readCall(request: IncomingMessage, sent: string, { options }: State): Call | string {
  const { method = '', url = '', headers } = request;
  const [path = '', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const { name, noteId } = placeOf(path, options);
  const at = `${method} ${name}`;
  const fault = faultOf(at, query, headers) ?? faultOfBody(method, sent, headers);
  if (fault !== undefined) return `${method} ${url}: ${fault}`;
  const content: unknown = sent === '' ? undefined : JSON.parse(sent);
  return { at: at as Call['at'], query, noteId, content };
}

function placeOf(
  path: string,
  { project = '42', prefix = '' }: StandInOptions,
): { name: string; noteId: number | undefined } {
  const api = `${prefix}/api/v4`;
  const notes = `${api}/projects/${project}/merge_requests/${standInMergeRequest}/notes`;
  const isNote = path.startsWith(`${notes}/`);
  if (isNote) return { name: 'note', noteId: Number(path.slice(notes.length + 1)) };
  const names: Readonly<Record<string, string>> = { [`${api}/user`]: 'user', [notes]: 'notes' };
  return { name: names[path] ?? path, noteId: undefined };
}

const queries: Readonly<Record<string, readonly string[]>> = {
  'GET user': [],
  'GET notes': ['order_by', 'page', 'per_page', 'sort'],
  'POST notes': [],
  'PUT note': [],
};

function faultOf(
  at: string,
  query: URLSearchParams,
  headers: IncomingMessage['headers'],
): string | undefined {
  const expected = queries[at];
  if (expected === undefined) return 'no such request is expected';
  if ([...query.keys()].sort().join() !== expected.join()) return 'other query than expected';
  if (headers['private-token'] !== standInToken) return 'no token in its header';
  return headers.authorization === undefined && headers.cookie === undefined
    ? undefined
    : 'credentials in other headers';
}

function faultOfBody(
  method: string,
  sent: string,
  headers: IncomingMessage['headers'],
): string | undefined {
  if (method === 'GET') return sent === '' ? undefined : 'a body';
  if (headers['content-type'] !== 'application/json') return 'a body that is not said to be JSON';
  const content = JSON.parse(sent) as Record<string, unknown>;
  return Object.keys(content).join() === 'body' ? undefined : 'other fields than the body';
}

interface Done {
  readonly status: number;
  readonly content: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function carryOut(method: string, { at, query, noteId, content }: Call, state: State): Done {
  const { caller = 'api', createdInMinute = 0 } = state.options;
  const note = state.notes.find(({ id }) => id === noteId);
  const result = answerNotesRequest({
    method: method as 'GET' | 'POST' | 'PUT',
    caller,
    isKnown: noteId === undefined || note !== undefined,
    content,
    createdInMinute,
  });
  if (result.status >= 300) return { status: result.status, content: result.response };
  if (at === 'GET user') return { status: 200, content: standInUser };
  return at === 'GET notes' ? listNotes(query, state) : store(result, note, state);
}

function store(
  { status, response, stored }: NotesResult,
  note: StoredNote | undefined,
  state: State,
): Done {
  if (stored === undefined) return { status, content: response };
  const kept = note ?? addNote({ body: stored }, state);
  kept.body = stored;
  return { status, content: kept };
}

function listNotes(query: URLSearchParams, { notes, hidden, options }: State): Done {
  const perPage = Math.min(Number(query.get('per_page') ?? 20), 100);
  const page = Number(query.get('page') ?? 1);
  const sorted = query.get('sort') === 'asc' ? notes : notes.toReversed();
  const shown = sorted.slice((page - 1) * perPage, page * perPage);
  const isLast = page * perPage >= notes.length;
  return {
    status: 200,
    content: shown.filter(({ id }) => !hidden.has(id)),
    headers:
      options.isWithoutPageHeaders === true
        ? {}
        : {
            'x-page': String(page),
            'x-per-page': String(perPage),
            'x-next-page': isLast ? '' : String(page + 1),
          },
  };
}
