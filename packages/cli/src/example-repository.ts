import {
  memoryTree,
  planGenerate,
  readNetwork,
  type FileContent,
  type FileTree,
} from '@tidegate/core';
import { schemaFile } from './commands/init.ts';

/**
 * A whole GitOps repository from a folder that holds only what people own: the definition, versions
 * and values are copied, everything else is generated.
 */
export async function exampleRepository(source: FileTree): Promise<FileContent[]> {
  const owned = await readAll(source, '');
  const tree = memoryTree(new Map(owned.map((file) => [file.path, file.content])));
  const { files } = await planGenerate(tree, await readNetwork(tree));
  return [...owned, ...files.map(({ path, content }) => ({ path, content })), schemaFile()];
}

async function readAll(tree: FileTree, folder: string): Promise<FileContent[]> {
  const files: FileContent[] = [];
  for (const { name, kind } of await tree.list(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (kind === 'folder') files.push(...(await readAll(tree, path)));
    else files.push({ path, content: (await tree.read(path)) ?? '' });
  }
  return files;
}
