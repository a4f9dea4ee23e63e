import {
  findEnvironment,
  memoryTree,
  nodeValuesFiles,
  parseYamlDocuments,
  planGenerate,
  readNetwork,
  valueAt,
  type FileContent,
  type FileTree,
  type Network,
} from '@tidegate/core';
import { directoryTree, listFiles } from '@tidegate/node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from './spec-text.ts';

/** The repository of the spec's own network: what people own, and what is generated from it. */
export interface OurRepository {
  readonly network: Network;
  readonly tree: FileTree;
  readonly files: readonly FileContent[];
  /** Every object by its file; in files with several documents by file, kind and name. */
  readonly objects: ReadonlyMap<string, unknown>;
}

export async function readOurRepository(): Promise<OurRepository> {
  const folder = join(projectFolder, 'examples', 'dlt-network');
  const owned = await Promise.all(
    (await listFiles(folder)).map(async (path) => ({
      path,
      content: await readFile(join(folder, path), 'utf8'),
    })),
  );
  const network = await readNetwork(directoryTree(folder));
  const { files: generated } = await planGenerate(toTree(owned), network);
  const files = [...owned, ...generated.map(({ path, content }) => ({ path, content }))];
  const added = nodeValuesFiles(network, findEnvironment(network, 'qa'), {
    node: 'node-delta',
    role: 'observer',
    peers: ['node-alpha'],
  });
  return { network, tree: toTree(files), files, objects: indexObjects([...files, ...added]) };
}

function toTree(files: readonly FileContent[]): FileTree {
  return memoryTree(new Map(files.map((file) => [file.path, file.content])));
}

/** Objects of YAML files, by name as docs/deviations.md writes it. */
export function indexObjects(files: readonly FileContent[]): Map<string, unknown> {
  const objects = new Map<string, unknown>();
  for (const { path, content } of files.filter((file) => file.path.endsWith('.yaml'))) {
    const documents = parseYamlDocuments(content, path).map((document) => document.value);
    for (const value of documents) {
      const kind = textAt(value, ['kind']);
      const name = textAt(value, ['metadata', 'name']);
      const namespace = textAt(value, ['metadata', 'namespace']);
      const key = documents.length === 1 ? path : `${path} ${kind} ${namespace}/${name}`;
      if (objects.has(key)) throw new Error(`${key} exists twice`);
      objects.set(key, value);
    }
  }
  return objects;
}

function textAt(value: unknown, path: readonly string[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}
