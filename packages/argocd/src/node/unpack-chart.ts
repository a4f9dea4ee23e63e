import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { FileSet } from '../repository/index.ts';
import { byBytes, readText } from './memory-files.ts';

const unzip = promisify(gunzip);
const blockBytes = 512;
/** `reposerver.helm.manifest.max.extracted.size` is 1G; that much is not kept in memory here. */
export const extractedBytesMax = 256 * 1024 * 1024;

/** Unpacks a chart's archive. Throws an Error that says what is wrong with it. */
export async function unpackChart(archive: Uint8Array, chart: string): Promise<FileSet> {
  const tar = await unzip(archive, { maxOutputLength: extractedBytesMax });
  const files = new Map<string, Uint8Array>();
  const links: Record<string, string> = {};
  const prefix = `${chart.split('/').at(-1) ?? chart}/`;
  for (const entry of tarEntries(tar)) {
    const path = cleanPath(entry.path);
    if (path === undefined) throw new Error(`illegal filepath in archive: ${entry.path}`);
    if (!path.startsWith(prefix)) continue;
    const inside = path.slice(prefix.length);
    if (entry.type === '2') links[inside] = entry.link;
    if (entry.type === '0' || entry.type === '2') files.set(inside, entry.content);
  }
  const bytes = (path: string): Promise<Uint8Array> =>
    new Promise((resolve) => {
      const content = files.get(path);
      if (content === undefined) throw new Error(`open ${path}: no such file or directory`);
      resolve(content);
    });
  return {
    files: [...files.keys()].sort(byBytes),
    links,
    bytes,
    text: async (path) => readText(await bytes(path)),
  };
}

interface TarEntry {
  readonly path: string;
  /** `0` file, `2` symbolic link, `5` folder. */
  readonly type: string;
  readonly link: string;
  readonly content: Uint8Array;
}

function* tarEntries(tar: Buffer): Generator<TarEntry> {
  let longPath: string | undefined;
  for (let at = 0; at + blockBytes <= tar.length;) {
    const header = tar.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return;
    const sizeBytes = Number.parseInt(field(header, 124, 12).trim() || '0', 8);
    const start = at + blockBytes;
    if (!(start + sizeBytes <= tar.length)) throw new Error('unexpected EOF');
    const content = tar.subarray(start, start + sizeBytes);
    at = start + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    const type = field(header, 156, 1) || '0';
    if (type === 'L') longPath = content.toString().replace(/\0+$/, '');
    else if (type === 'x') longPath = /(?:^|\n)\d+ path=(.*)\n/.exec(content.toString())?.[1];
    else if (type !== 'g') {
      yield { path: longPath ?? ustarPath(header), type, link: field(header, 157, 100), content };
      longPath = undefined;
    }
  }
}

function ustarPath(header: Buffer): string {
  const name = field(header, 0, 100);
  const prefix = field(header, 257, 6) === 'ustar' ? field(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function field(header: Buffer, start: number, length: number): string {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? length : end).toString();
}

/** Undefined for a path that leads out of the archive. */
function cleanPath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}
