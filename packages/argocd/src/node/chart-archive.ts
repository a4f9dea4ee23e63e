import { gzipSync } from 'node:zlib';
import type { ChartFolder } from '../repository/index.ts';
import { helmIgnore } from './helm-ignore.ts';

const blockBytes = 512;

/**
 * A chart's folder as an archive that Helm reads. The same files give the same bytes. What `.helmignore` names
 * is left out, as Helm leaves it out of a folder.
 */
export async function packChart(chart: ChartFolder): Promise<Buffer> {
  const prefix = chart.folder === '' ? '' : `${chart.folder}/`;
  const paths = chart.files.files.flatMap((path) =>
    path.startsWith(prefix) ? [path.slice(prefix.length)] : [],
  );
  const rules = paths.includes('.helmignore') ? await chart.files.text(`${prefix}.helmignore`) : '';
  const isIgnored = helmIgnore(rules);
  const parts: Buffer[] = [];
  for (const path of paths) {
    if (isIgnored(path)) continue;
    const content = await chart.files.bytes(`${prefix}${path}`).catch(() => undefined);
    // A link to a folder, or to nowhere.
    if (content !== undefined) parts.push(...tarEntry(`chart/${path}`, content));
  }
  parts.push(Buffer.alloc(2 * blockBytes));
  return gzipSync(Buffer.concat(parts), { level: 1 });
}

function tarEntry(path: string, content: Uint8Array): Buffer[] {
  const name = Buffer.from(path);
  if (name.length <= 100) return [tarHeader(name, content.length, '0'), ...padded(content)];
  const long = Buffer.concat([name, Buffer.alloc(1)]);
  return [
    tarHeader(Buffer.from('././@LongLink'), long.length, 'L'),
    ...padded(long),
    tarHeader(name.subarray(0, 100), content.length, '0'),
    ...padded(content),
  ];
}

function padded(content: Uint8Array): Buffer[] {
  const rest = content.length % blockBytes;
  return [Buffer.from(content), Buffer.alloc(rest === 0 ? 0 : blockBytes - rest)];
}

function tarHeader(name: Buffer, sizeBytes: number, type: string): Buffer {
  const header = Buffer.alloc(blockBytes);
  name.copy(header);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write('ustar  \0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
