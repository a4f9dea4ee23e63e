import {
  hasNoteMarker,
  InputError,
  invariant,
  isNoteMarker,
  isSameNote,
  noteCharacters,
  noteCharactersMax,
  notesAnswer,
  noteText,
  RemoteError,
  retryAfterMs,
  UsageError,
  valueAt,
  type MarkedNote,
  type NotesAnswer,
  type NotesMeaning,
} from '@tidegate/core';
import { shownUrl } from './chart-repository.ts';
import { httpSend, type HttpAnswer, type HttpCall } from './http-client.ts';
import type { Clock } from './system-clock.ts';

export interface GitlabNotesOptions {
  /** GitLab's API, such as `https://gitlab.example.com/api/v4`; in a job `CI_API_V4_URL`. */
  readonly apiUrl: string;
  /** Id or path of the project. */
  readonly project: string;
  /** Number of the merge request within its project. */
  readonly mergeRequest: number;
  /** A project or personal access token with the scope `api`. */
  readonly token: string;
  readonly clock: Clock;
  /** How long one request may take. Default: 65 s. */
  readonly fetchTimeoutMs?: number;
}

/** What became of a note. */
export type NoteOutcome = 'created' | 'updated' | 'unchanged';

/** The notes that this program keeps on one merge request. */
export interface GitlabNotes {
  /**
   * Makes the one note with this marker say the body. Of several, the newest is taken and the others
   * stay as they are: people may have answered them. Throws InputError for a note that is longer than
   * GitLab takes, RemoteError when GitLab refuses or cannot be asked.
   */
  upsert(note: MarkedNote): Promise<NoteOutcome>;
}

const triesMax = 4;
const firstPauseMs = 1_000;
/** Without word from GitLab: its limit on notes is one of each minute, and all waits together are longer. */
const firstBusyPauseMs = 10_000;
const waitMsMax = 120_000;
/** GitLab itself gives up after 60 s: what timed out here is not done later. */
const timeoutMsDefault = 65_000;
/** A page of a hundred long notes. */
const bytesMax = 256 * 1024 * 1024;
const pagesMax = 1_000;

/**
 * Keeps notes on a merge request. A note is this program's when the token's own user wrote it and it
 * begins with the marker; what others write, or what stands further down, is never taken for it.
 */
export function gitlabNotes(options: GitlabNotesOptions): GitlabNotes {
  const session = openSession(options);
  return {
    upsert: (note) => {
      invariant(isNoteMarker(note.marker), `${JSON.stringify(note.marker)} is no marker of a note`);
      return upsert(note, session);
    },
  };
}

interface Session {
  readonly api: string;
  /** Path below the API, encoded. */
  readonly notesPath: string;
  /** How the merge request is named to people. */
  readonly subject: string;
  readonly token: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

function openSession(options: GitlabNotesOptions): Session {
  const { project, mergeRequest, clock } = options;
  if (!/^\d+$|^[\w.-]+(\/[\w.-]+)+$/.test(project)) {
    throw new UsageError(
      `${JSON.stringify(project)} is no GitLab project; expected its id or its path, such as group/project`,
    );
  }
  if (!Number.isSafeInteger(mergeRequest) || mergeRequest < 1) {
    throw new UsageError(
      `${mergeRequest} is no merge request; expected its number within the project`,
      { hint: 'in a merge request pipeline it is CI_MERGE_REQUEST_IID' },
    );
  }
  return {
    api: checkedApiUrl(options.apiUrl),
    notesPath: `projects/${encodeURIComponent(project)}/merge_requests/${mergeRequest}/notes`,
    subject: `merge request !${mergeRequest} of ${project}`,
    token: checkedToken(options.token),
    clock,
    timeoutMs: options.fetchTimeoutMs ?? timeoutMsDefault,
  };
}

function checkedApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (isPlain) return url.href.replace(/\/+$/, '');
  throw new UsageError(
    `${JSON.stringify(shownUrl(text))} is no address of GitLab's API; expected one such as https://gitlab.example.com/api/v4`,
  );
}

function checkedToken(text: string): string {
  const token = text.trim();
  // An error from the HTTP library would show the token.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError('the token for notes holds characters that no token has, or nothing', {
    hint: 'TIDEGATE_NOTES_TOKEN is to hold the token alone, on one line',
  });
}

/**
 * Looks before each try: a request that seemed to fail may have created the note all the same, and a
 * note that was found may be gone by now.
 */
async function upsert(note: MarkedNote, session: Session): Promise<NoteOutcome> {
  const text = noteText(note);
  assertFits(text);
  const authorId = await readOwnId(session);
  let failure: RemoteError | undefined;
  let isSent = false;
  for (let tries = 0; ; tries++) {
    const own = await findNote({ marker: note.marker, authorId }, session);
    if (own !== undefined && isSameNote(own.body, text)) return isSent ? 'created' : 'unchanged';
    if (failure !== undefined && tries >= triesMax) throw failure;
    failure =
      own === undefined ? await createNote(text, session) : await updateNote(own.id, text, session);
    if (failure === undefined) return own === undefined ? 'created' : 'updated';
    if (own === undefined) isSent = true;
    await session.clock.sleep(firstPauseMs * 2 ** tries);
  }
}

function assertFits(text: string): void {
  const characters = noteCharacters(text);
  if (characters <= noteCharactersMax) return;
  throw new InputError(
    `the note has ${characters} characters; expected at most ${noteCharactersMax}, the longest that GitLab takes`,
  );
}

async function readOwnId(session: Session): Promise<number> {
  const { content } = await ask({ method: 'GET', path: 'user' }, session);
  const id = valueAt(content, ['id']);
  if (typeof id !== 'number') throw notGitlab(session);
  return id;
}

interface OwnNote {
  readonly id: number;
  readonly body: string;
}

interface Wanted {
  readonly marker: string;
  readonly authorId: number;
}

/** The newest note of ours. From the newest on, and no further than needed. */
async function findNote(wanted: Wanted, session: Session): Promise<OwnNote | undefined> {
  for (let page = 1; page <= pagesMax;) {
    const query = `order_by=created_at&sort=desc&per_page=100&page=${page}`;
    const answer = await ask({ method: 'GET', path: `${session.notesPath}?${query}` }, session);
    if (!Array.isArray(answer.content)) throw notGitlab(session);
    const notes = answer.content as readonly unknown[];
    const own = notes.map((note) => ownNote(note, wanted)).find((note) => note !== undefined);
    if (own !== undefined) return own;
    const next = nextPage(answer.headers, page, notes.length);
    if (next === undefined) return undefined;
    page = next;
  }
  throw new RemoteError(`${session.subject} has more than ${pagesMax} pages of notes`);
}

function ownNote(note: unknown, { marker, authorId }: Wanted): OwnNote | undefined {
  const id = valueAt(note, ['id']);
  const body = valueAt(note, ['body']);
  const isOwn =
    valueAt(note, ['author', 'id']) === authorId &&
    valueAt(note, ['system']) !== true &&
    typeof body === 'string' &&
    hasNoteMarker(body, marker);
  return isOwn && typeof id === 'number' ? { id, body } : undefined;
}

/** A page may be short though more follow, as it leaves out what the user may not see. */
function nextPage(headers: Headers, page: number, count: number): number | undefined {
  const header = headers.get('x-next-page');
  // A proxy may have dropped it: the end is then a page without notes.
  if (header === null) return count > 0 ? page + 1 : undefined;
  const next = Number(header);
  return Number.isSafeInteger(next) && next > page ? next : undefined;
}

/** Creates the note. Gives a failure that leaves open whether it was created. */
async function createNote(text: string, session: Session): Promise<RemoteError | undefined> {
  const request: ApiRequest = { method: 'POST', path: session.notesPath, text };
  const outcome = await attempt(request, session);
  if (outcome instanceof RemoteError) return outcome;
  if (!isNote(outcome.content)) throw notGitlab(session);
  return undefined;
}

/** Updates the note. Gives a failure when it is gone. */
async function updateNote(
  id: number,
  text: string,
  session: Session,
): Promise<RemoteError | undefined> {
  try {
    const path = `${session.notesPath}/${id}`;
    const { content } = await ask({ method: 'PUT', path, text }, session);
    if (!isNote(content)) throw notGitlab(session);
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError && error.data['status'] === 404) return error;
    throw error;
  }
}

function isNote(content: unknown): boolean {
  return typeof valueAt(content, ['id']) === 'number';
}

interface ApiRequest {
  readonly method: HttpCall['method'];
  /** Below the API. */
  readonly path: string;
  readonly text?: string;
}

interface ApiAnswer {
  readonly headers: Headers;
  readonly content: unknown;
}

/** Asks, and asks again after failures that may pass by themselves. For what may be done twice. */
async function ask(request: ApiRequest, session: Session): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(request, session);
    if (!(outcome instanceof RemoteError)) return outcome;
    if (tries >= triesMax) throw outcome;
    await session.clock.sleep(firstPauseMs * 2 ** (tries - 1));
  }
}

/**
 * Asks once, and again only while GitLab says that there are too many requests. Gives a RemoteError
 * for a failure that leaves open whether anything was done; throws every other.
 */
async function attempt(request: ApiRequest, session: Session): Promise<ApiAnswer | RemoteError> {
  for (let tries = 1; ; tries++) {
    const answer = await httpSend(callOf(request, session));
    if (answer instanceof RemoteError) return answer;
    const body = new TextDecoder().decode(answer.body);
    const reading = notesAnswer(answer.status, withoutToken(body, session));
    if (reading.meaning === 'done') return { headers: answer.headers, content: parse(body) };
    const error = failureOf(reading, { answer, request }, session);
    if (reading.meaning === 'failing') return error;
    if (reading.meaning !== 'busy' || tries >= triesMax) throw error;
    await session.clock.sleep(busyPauseMs(answer.headers, tries, session));
  }
}

function callOf({ method, path, text }: ApiRequest, session: Session): HttpCall {
  return {
    method,
    url: `${session.api}/${path}`,
    headers: {
      accept: 'application/json',
      'private-token': session.token,
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(text === undefined ? {} : { body: JSON.stringify({ body: text }) }),
    timeoutMs: session.timeoutMs,
    bytesMax,
  };
}

function busyPauseMs(headers: Headers, tries: number, { api, clock }: Session): number {
  const asked = retryAfterMs(headers.get('retry-after'), clock.nowMs());
  if (asked === undefined) return firstBusyPauseMs * 2 ** (tries - 1);
  if (asked <= waitMsMax) return Math.max(asked, firstPauseMs);
  throw new RemoteError(
    `${api} takes no more requests for ${Math.ceil(asked / 1000)} s (HTTP 429); expected at most ${waitMsMax / 1000} s`,
    { data: { status: 429 }, hint: 'run the job again later' },
  );
}

/** `undefined` for what is no JSON, such as a proxy's page. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A server that repeats what it was sent must not make a message show the token. */
function withoutToken(text: string, { token }: Session): string {
  return text.replaceAll(token, '[token]');
}

function notGitlab({ api }: Session): RemoteError {
  return new RemoteError(`${api} does not answer as GitLab's API does`, {
    hint: 'check the address, and that no sign-in page of a proxy stands before it',
  });
}

interface Exchange {
  readonly answer: HttpAnswer;
  readonly request: ApiRequest;
}

const tokenHint =
  'TIDEGATE_NOTES_TOKEN is to hold an access token of this project that has not expired, with the scope api and at least the role Reporter';

function failureOf(
  { meaning, message }: NotesAnswer,
  { answer, request }: Exchange,
  session: Session,
): RemoteError {
  const [what, hint] = explain(meaning, { answer, request }, session);
  const said = message === undefined ? '' : `: ${message}`;
  return new RemoteError(withoutToken(`${what} (HTTP ${answer.status})${said}`, session), {
    data: { status: answer.status },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What went wrong, and what to do about it. */
function explain(
  meaning: NotesMeaning,
  { answer, request }: Exchange,
  { api, subject }: Session,
): [what: string, hint?: string] {
  switch (meaning) {
    case 'unauthorized':
      return [`${api} refuses the token`, `${tokenHint}; a job token cannot write notes`];
    case 'forbidden':
      return [`${api} does not permit notes on ${subject}`, tokenHint];
    case 'missing':
      return request.path === 'user'
        ? [`${api} is not GitLab's API`, 'check the address; it ends with /api/v4']
        : [
            `${api} shows no ${subject} to the token`,
            `check project and number of the merge request; ${tokenHint}`,
          ];
    case 'tooLong':
      return [
        `${api} finds the note of ${noteCharacters(request.text ?? '')} characters too long`,
        'a proxy before GitLab may take less than GitLab does, such as nginx with client_max_body_size',
      ];
    case 'noNote':
      return [`${api} made no note on ${subject}, but took its text for quick actions`];
    case 'redirected':
      return [`${api} leads to ${redirectTarget(answer, api)} instead of answering`, redirectHint];
    case 'busy':
      return [`${api} takes no more requests for now`, 'run the job again later'];
    case 'failing':
      return [`${api} fails`, 'see whether GitLab is up, and run the job again'];
    default:
      return [`${api} refuses the ${request.method} request for notes on ${subject}`];
  }
}

const redirectHint =
  'give the address and the project that it leads to; the token is not sent there';

function redirectTarget({ headers }: HttpAnswer, api: string): string {
  const location = headers.get('location') ?? '';
  return URL.canParse(location, api) ? shownUrl(new URL(location, api).href) : 'elsewhere';
}
