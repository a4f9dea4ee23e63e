import { fromBytes, toBytes } from '../globs/utf8.ts';

/** A URL as Go reads it. */
export interface GoUrl {
  /** In lower case; empty for a path alone. */
  readonly scheme: string;
  /** The URL as Go writes it again: with characters escaped that have to be. */
  readonly text: string;
}

/** Characters that a part of a URL holds as they are. */
const plain = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=@?!()*]/,
  host: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  user: /[A-Za-z0-9\-_.~$&+,;=]/,
};
type Part = keyof typeof plain;

/** Characters that may stand in what is written as it came, besides the plain ones. */
const tolerated = /[!$&'()*+,;=:@[\]%]/;
const userCharacters = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const ipLiteral = /^\[[0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:%25[^\]]+)?\](?::\d*)?$/;

class UrlFault extends Error {}

/**
 * Reads a URL as Go's `url.Parse` does and writes it as `URL.String`; undefined where Go refuses it.
 * Argo CD compares repositories, and decides what is a URL at all, by this.
 *
 * See https://pkg.go.dev/net/url#Parse.
 */
export function parseGoUrl(text: string): GoUrl | undefined {
  try {
    const { scheme, text: written } = readUrl(toBytes(text));
    return { scheme, text: fromBytes(written) };
  } catch (error) {
    if (error instanceof UrlFault) return undefined;
    throw error;
  }
}

function readUrl(url: string): GoUrl {
  const [head, fragment] = cut(url, '#');
  // eslint-disable-next-line no-control-regex -- these are what Go refuses
  if (/[\0-\x1f\x7f]/.test(head)) throw new UrlFault('invalid control character in URL');
  const { scheme, rest } = splitScheme(head);
  const [target, query] = cut(rest, '?');
  const start = scheme === '' ? '' : `${scheme}:`;
  const end = `${query === undefined ? '' : queryText(rest, query)}${fragmentText(fragment)}`;
  if (scheme !== '' && target !== '' && !target.startsWith('/')) {
    return { scheme, text: `${start}${target}${end}` };
  }
  if (!target.startsWith('/') && cut(target, '/')[0].includes(':')) {
    throw new UrlFault('first path segment in URL cannot contain colon');
  }
  return { scheme, text: `${start}${hierarchyText(scheme, target)}${end}` };
}

function splitScheme(url: string): { scheme: string; rest: string } {
  if (url.startsWith(':')) throw new UrlFault('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url);
  if (match === null) return { scheme: '', rest: url };
  return { scheme: (match[1] ?? '').toLowerCase(), rest: url.slice(match[0].length) };
}

/** A question mark is written for a query, or where it is the only one and ends the URL. */
function queryText(rest: string, query: string): string {
  return query !== '' || rest.indexOf('?') === rest.length - 1 ? `?${query}` : '';
}

function fragmentText(fragment: string | undefined): string {
  return fragment === undefined || fragment === '' ? '' : `#${rewritten(fragment, 'fragment')}`;
}

/** Host and path. */
function hierarchyText(scheme: string, target: string): string {
  const hasAuthority = target.startsWith('//') && (scheme !== '' || !target.startsWith('///'));
  if (!hasAuthority) return rewritten(target, 'path');
  const slash = target.indexOf('/', 2);
  const authority = slash === -1 ? target.slice(2) : target.slice(2, slash);
  const path = slash === -1 ? '' : target.slice(slash);
  const written = authorityText(scheme, authority);
  const isEmpty = written === '' && (path === '' || scheme === '');
  return `${isEmpty ? '' : '//'}${written}${rewritten(path, 'path')}`;
}

function authorityText(scheme: string, authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = hostText(scheme, authority.slice(at + 1));
  if (at === -1) return host;
  const user = authority.slice(0, at);
  if (!userCharacters.test(user)) throw new UrlFault('invalid userinfo');
  const [name, password] = cut(user, ':').map((part) =>
    part === undefined ? undefined : escaped(unescaped(part), 'user'),
  );
  return `${name ?? ''}${password === undefined ? '' : `:${password}`}@${host}`;
}

function hostText(scheme: string, host: string): string {
  if (host.includes('[')) {
    if (!ipLiteral.test(host)) throw new UrlFault('invalid IP-literal');
    return host;
  }
  // Only http and https refuse a second colon.
  const isStrict = scheme === 'http' || scheme === 'https';
  const colon = isStrict ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon !== -1 && !/^:\d*$/.test(host.slice(colon))) throw new UrlFault('invalid port');
  for (const char of host.replace(/%[89A-Fa-f][0-9A-Fa-f]|%25/g, '')) {
    if (char < '\x80' && !plain.host.test(char)) throw new UrlFault('invalid character in host');
  }
  return escaped(unescaped(host), 'host');
}

/** A part as it came, where nothing in it has to be escaped; else all of it is escaped anew. */
function rewritten(part: string, kind: Part): string {
  const value = unescaped(part);
  const isValid = [...part].every((char) => tolerated.test(char) || plain[kind].test(char));
  if (isValid) return part;
  return value === '*' ? value : escaped(value, kind);
}

function unescaped(part: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) throw new UrlFault('invalid URL escape');
  return part.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escaped(value: string, kind: Part): string {
  return [...value]
    .map((char) => {
      const hex = char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
      return plain[kind].test(char) ? char : `%${hex}`;
    })
    .join('');
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
