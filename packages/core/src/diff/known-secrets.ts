import { encodeBase64 } from './base64.ts';
import type { Span } from './spans.ts';

/**
 * Secrets that were seen, in the forms in which they may turn up in a text. Looking for them takes
 * time by the length of the text, whatever their number.
 */
export interface KnownSecrets {
  /**
   * Remembers a secret under its mask; shorter ones than `lengthMin` would shred every text. Says
   * whether it is remembered now and was not before.
   */
  learn(secret: string, mask: string, lengthMin: number): boolean;
  /** Where known secrets stand. */
  find(text: string): Span[];
  /** The mask of a known secret in one of its forms. */
  maskOf(form: string): string | undefined;
}

/** Shorter forms are not looked for. */
const headLength = 4;
/** Longer forms are looked for in pieces of this length, which overlap by one character. */
const pieceLength = 64;
/** Longer forms are found, but have no mask of their own. */
const labelLengthMax = 512;

/** Words that are no secret wherever they were found. */
const common = new Set([
  ...['true', 'false', 'null', 'none', 'default', 'admin', 'root', 'user', 'username', 'name'],
  ...['password', 'secret', 'token', 'postgres', 'vault', 'http', 'https', 'localhost', 'opaque'],
  ...['disabled', 'enabled', 'required', 'optional', 'kubernetes', 'cluster', 'public', 'system'],
  ...['masked', 'data', 'value', 'string', 'database', 'backend', 'frontend', 'namespace', 'basic'],
  ...['bearer', 'main', 'master', 'latest', 'debug', 'info', 'test', 'prod', 'preprod', 'service'],
]);

export function knownSecrets(): KnownSecrets {
  const masks = new Map<string, string>();
  const pieces = new PieceIndex();
  const add = (form: string, mask: string): void => {
    if (form.length < headLength) return;
    if (form.length <= labelLengthMax && !masks.has(form)) masks.set(form, mask);
    for (const piece of piecesOf(form)) pieces.add(piece);
  };
  const learned = new Set<string>();
  return {
    learn: (secret, mask, lengthMin) => {
      if (secret.length < lengthMin || learned.has(secret)) return false;
      if (common.has(secret.toLowerCase())) return false;
      learned.add(secret);
      for (const form of formsOf(secret)) add(form, mask);
      return true;
    },
    find: (text) => pieces.find(text),
    maskOf: (form) => masks.get(form),
  };
}

function piecesOf(form: string): string[] {
  if (form.length <= pieceLength) return [form];
  const pieces: string[] = [];
  for (let at = 0; at + pieceLength < form.length; at += pieceLength - 1) {
    pieces.push(form.slice(at, at + pieceLength));
  }
  pieces.push(form.slice(-pieceLength));
  return pieces;
}

/** A secret as it is, and as JSON, Go, YAML, HTML, URLs and base64 write it. */
function formsOf(secret: string): Set<string> {
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = encodeBase64(secret);
  const bare = base64.replace(/=+$/, '');
  const url = urlEncoded(secret);
  return new Set([
    secret,
    json,
    json.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll("'", "''"),
    secret.replace(/[&<>"']/g, (char) => htmlEntities[char] ?? char),
    url,
    url.replaceAll('%20', '+'),
    base64,
    bare,
    bare.replaceAll('+', '-').replaceAll('/', '_'),
  ]);
}

/** What a secret that was found in a text may be when it is read: escapes resolved, percent signs decoded. */
export function readingsOf(secret: string): Set<string> {
  const readings = new Set([secret, secret.replaceAll("''", "'")]);
  for (const reading of readings) {
    const read = reading.includes('\\') ? attempt(() => fromJson(reading)) : undefined;
    if (read !== undefined && read !== '') readings.add(read);
  }
  const decoded = secret.includes('%') ? attempt(() => decodeURIComponent(secret)) : undefined;
  if (decoded !== undefined) readings.add(decoded);
  readings.delete(secret);
  return readings;
}

function fromJson(escaped: string): string {
  return String(JSON.parse(`"${escaped}"`));
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function urlEncoded(text: string): string {
  return encodeURIComponent(text.replace(loneSurrogate, '\ufffd'));
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Finds pieces of text of `headLength` to `pieceLength` characters. */
class PieceIndex {
  /** Pieces by how they begin, each in order. */
  private readonly buckets = new Map<string, string[]>();
  /** Which beginnings there may be. */
  private readonly heads = new Uint8Array(1 << 16);

  add(piece: string): void {
    const head = piece.slice(0, headLength);
    const bucket = this.buckets.get(head);
    if (bucket === undefined) {
      this.buckets.set(head, [piece]);
      this.heads[hashAt(piece, 0)] = 1;
      return;
    }
    const at = firstAbove(bucket, piece);
    if (bucket[at - 1] !== piece) bucket.splice(at, 0, piece);
  }

  /** Every place where a piece stands; those that overlap become one. */
  find(text: string): Span[] {
    const spans: { start: number; end: number }[] = [];
    if (this.buckets.size === 0) return spans;
    for (let at = 0; at + headLength <= text.length; at += 1) {
      if (this.heads[hashAt(text, at)] === 0) continue;
      const length = this.longestAt(text, at);
      if (length === 0) continue;
      const last = spans.at(-1);
      if (last === undefined || last.end <= at) spans.push({ start: at, end: at + length });
      else last.end = Math.max(last.end, at + length);
    }
    return spans;
  }

  /** Length of the longest piece at a place, 0 for none. */
  private longestAt(text: string, at: number): number {
    const bucket = this.buckets.get(text.slice(at, at + headLength));
    if (bucket === undefined) return 0;
    let window = text.slice(at, at + pieceLength);
    for (;;) {
      // A piece that the window begins with is the last one up to it, or begins that one.
      const nearest = bucket[firstAbove(bucket, window) - 1];
      if (nearest === undefined) return 0;
      if (window.startsWith(nearest)) return nearest.length;
      window = window.slice(0, commonLength(window, nearest));
    }
  }
}

function hashAt(text: string, at: number): number {
  return (
    (text.charCodeAt(at) ^
      (text.charCodeAt(at + 1) << 4) ^
      (text.charCodeAt(at + 2) << 8) ^
      (text.charCodeAt(at + 3) << 11)) &
    0xffff
  );
}

/** Index of the first text in a sorted list that is greater. */
function firstAbove(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
