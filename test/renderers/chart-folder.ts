import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** A chart of a folder of charts, with the values that it brings for tests (`ci/*-values.yaml`). */
export interface FoundChart {
  readonly name: string;
  readonly archive: () => Promise<Buffer>;
  readonly values: readonly string[];
}

/** Chart archives and unpacked charts in a folder, at any depth. */
export async function findCharts(folder: string): Promise<FoundChart[]> {
  const found: FoundChart[] = [];
  const look = async (path: string): Promise<void> => {
    if (existsSync(join(path, 'Chart.yaml'))) {
      found.push({
        name: relative(folder, path) || basename(path),
        archive: () => Promise.resolve(pack(path)),
        values: await valuesFiles(join(path, 'ci')),
      });
      return;
    }
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) await look(below);
      else if (entry.name.endsWith('.tgz'))
        found.push({ name: relative(folder, below), archive: () => readFile(below), values: [] });
    }
  };
  await look(folder);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function pack(path: string): Buffer {
  return execFileSync('tar', ['-cz', '-C', dirname(path), basename(path)], {
    maxBuffer: 1024 * 1024 * 1024,
  });
}

async function valuesFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => /-values\.ya?ml$/.test(name)).sort();
  return names.map((name) => join(folder, name));
}

/** A text without the lines in which two outcomes of the same request differ: random names, keys and times. */
export function withoutChance(text: string, one: string, other: string): string {
  const [lines, ones, others] = [text, one, other].map((each) => each.split('\n')) as [
    string[],
    string[],
    string[],
  ];
  if (ones.length !== others.length || lines.length !== ones.length) return text;
  return lines.map((line, index) => (ones[index] === others[index] ? line : '~')).join('\n');
}
