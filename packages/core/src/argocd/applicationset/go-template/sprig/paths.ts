import { mapAt, textFunction, type GoFunction } from '../go-function.ts';
import { GoMap, kindName, type GoValue } from '../go-value.ts';
import { percentEncode } from '../escapes.ts';
import { UnsupportedTemplateError } from '../template-error.ts';

/** Functions on paths and URLs. Source: Masterminds/sprig v3.3.0 and Go's path and net/url. */
export const pathFunctions: Readonly<Record<string, GoFunction>> = {
  base: textFunction(1, baseName),
  osBase: textFunction(1, baseName),
  dir: textFunction(1, directoryName),
  osDir: textFunction(1, directoryName),
  clean: textFunction(1, cleanPath),
  osClean: textFunction(1, cleanPath),
  ext: textFunction(1, extension),
  osExt: textFunction(1, extension),
  isAbs: textFunction(1, (path) => path.startsWith('/')),
  osIsAbs: textFunction(1, (path) => path.startsWith('/')),
  urlParse: textFunction(1, parseUrl),
  urlJoin: { parameters: ['map'], run: (args) => joinUrl(mapAt(args, 0)) },
};

/** The last element of a path, as Go's `path.Base`. */
export function baseName(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** All but the last element of a path, as Go's `path.Dir`. */
export function directoryName(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1));
}

/** The shortest path of the same meaning, as Go's `path.Clean`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push(part);
  }
  const joined = kept.join('/');
  return rooted ? `/${joined}` : joined === '' ? '.' : joined;
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

const urlShape =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:(?<userinfo>[^/?#@]*)@)?(?<host>[^/?#]*))?(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/;

function parseUrl(text: string): GoMap {
  const groups = urlShape.exec(text)?.groups;
  if (groups === undefined || /[\0-\x20\x7f%]/.test(text)) {
    throw new UnsupportedTemplateError(`urlParse of ${JSON.stringify(text)} in a template`);
  }
  const part = (name: string): string => groups[name] ?? '';
  const [scheme, host, path] = [part('scheme'), part('host'), part('path')];
  const opaque = scheme !== '' && host === '' && !path.startsWith('/') && path !== '';
  return new GoMap([
    ['scheme', scheme.toLowerCase()],
    ['userinfo', part('userinfo')],
    ['host', host],
    ['hostname', host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1')],
    ['path', opaque ? '' : path],
    ['opaque', opaque ? path : ''],
    ['query', part('query')],
    ['fragment', part('fragment')],
  ]);
}

function joinUrl(parts: GoMap): string {
  const part = (name: string): string => textPart(name, parts.entries.get(name));
  const scheme = part('scheme') === '' ? '' : `${part('scheme')}:`;
  const query = part('query') === '' ? '' : `?${part('query')}`;
  const fragment =
    part('fragment') === '' ? '' : `#${percentEncode(part('fragment'), urlCharacters)}`;
  if (part('opaque') !== '') return `${scheme}${part('opaque')}${query}${fragment}`;
  const user = part('userinfo') === '' ? '' : `${part('userinfo')}@`;
  const authority = user === '' && part('host') === '' ? '' : `//${user}${part('host')}`;
  const path = percentEncode(part('path'), urlCharacters);
  const slash = authority !== '' && path !== '' && !path.startsWith('/') ? '/' : '';
  return `${scheme}${authority}${slash}${path}${query}${fragment}`;
}

const urlCharacters = /[A-Za-z0-9\-_.~$&+,/:;=@!'()*]/;

function textPart(name: string, value: GoValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw new Error(
    `unable to parse ${name} key, must be of type string, but ${kindName(value)} found`,
  );
}
