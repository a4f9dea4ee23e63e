import { valueAt } from '../generate/value-at.ts';

/** GitLab takes no longer note. It counts code points. */
export const noteCharactersMax = 1_000_000;

/** A note that one program keeps up to date, found again by its marker. */
export interface MarkedNote {
  /** An HTML comment on one line, which readers do not see. */
  readonly marker: string;
  /** Markdown below the marker, or with it as the first line. */
  readonly body: string;
}

/** Whether a text can be a marker: one HTML comment that ends where the text ends. */
export function isNoteMarker(text: string): boolean {
  return /^<!-- [\w.:/=]+(?:[ -][\w.:/=]+)* -->$/.test(text);
}

/**
 * The whole text of a note, as GitLab stores it: without carriage returns and white space at the end.
 * A body that begins with the marker does not get it twice.
 */
export function noteText({ marker, body }: MarkedNote): string {
  return storedText(hasNoteMarker(body, marker) ? body : `${marker}\n${body}`);
}

/** Whether a stored note carries a marker. Only the first line counts: what is below may quote anything. */
export function hasNoteMarker(stored: string, marker: string): boolean {
  const text = storedText(stored);
  return text === marker || text.startsWith(`${marker}\n`);
}

/** Whether two texts are the same note to GitLab. */
export function isSameNote(a: string, b: string): boolean {
  return storedText(a) === storedText(b);
}

/** The length of a text as GitLab counts it. */
export function noteCharacters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

function storedText(text: string): string {
  return text.replaceAll('\r', '').trimEnd();
}

/** What an answer of GitLab's notes API means to whoever asked. */
export type NotesMeaning =
  /** It was done, and the answer holds the result. */
  | 'done'
  /** The text held nothing but quick actions: they were carried out, and there is no note. */
  | 'noNote'
  /** It leads elsewhere, as for a project that has moved. */
  | 'redirected'
  /** The token is no good. */
  | 'unauthorized'
  /** The token's user, or its scope, does not permit it. */
  | 'forbidden'
  /** There is no such project, merge request or note, or the token's user may not see it. */
  | 'missing'
  /** The text is too long. */
  | 'tooLong'
  /** Too many requests: nothing was done, and asking later helps. */
  | 'busy'
  /** GitLab or what stands before it fails: something may have been done. */
  | 'failing'
  /** GitLab takes the request for wrong, and asking again does not help. */
  | 'rejected';

/** An answer of the notes API, understood. */
export interface NotesAnswer {
  readonly meaning: NotesMeaning;
  /** GitLab's own words on one line; undefined when it has none. They are not to be trusted. */
  readonly message: string | undefined;
}

const meanings: Readonly<Record<number, NotesMeaning>> = {
  200: 'done',
  201: 'done',
  202: 'noNote',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'missing',
  408: 'failing',
  413: 'tooLong',
  429: 'busy',
};

/** Reads status and body of an answer. Any body is taken: a proxy may have written it. */
export function notesAnswer(status: number, body: string): NotesAnswer {
  const message = messageIn(body);
  if (status === 400 && /is too long/i.test(message ?? '')) return { meaning: 'tooLong', message };
  return { meaning: meanings[status] ?? meaningOfClass(status), message };
}

function meaningOfClass(status: number): NotesMeaning {
  if (status >= 500) return 'failing';
  return status >= 300 && status < 400 ? 'redirected' : 'rejected';
}

const messageLengthMax = 300;

function messageIn(body: string): string | undefined {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parts = ['message', 'error', 'error_description'].map((field) =>
    plainText(valueAt(content, [field])),
  );
  const text = parts
    .filter((part) => part !== '')
    .join(': ')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  if (text === '') return undefined;
  return text.length > messageLengthMax ? `${text.slice(0, messageLengthMax)}...` : text;
}

/** GitLab answers with a text, a list of texts, or faults by field. */
function plainText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > 2) return '';
  if (Array.isArray(value)) return value.map((item) => plainText(item, depth + 1)).join(', ');
  return Object.entries(value)
    .map(([field, fault]) => `${field} ${plainText(fault, depth + 1)}`)
    .join('; ');
}

/**
 * How long a `Retry-After` header asks to wait, in seconds or up to a date. Undefined when it is not
 * there or says nothing.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const atMs = / GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
