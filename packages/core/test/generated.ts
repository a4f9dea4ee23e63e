import { planGenerate } from '../src/generate/plan-generate.ts';
import type { ReleaseHistory } from '../src/ports/release-repository.ts';
import type { Network } from '../src/model/network.ts';
import { parseNetwork } from '../src/model/parse-network.ts';
import { memoryTree, type FileTree } from '../src/ports/file-tree.ts';
import { defaultAnswers, definitionText } from '../src/scaffold/definition-text.ts';
import {
  exampleNodes,
  scaffoldRepository,
  type InitialNodes,
} from '../src/scaffold/scaffold-repository.ts';
import { parseYamlDocuments } from '../src/yaml/parse-yaml.ts';

export type Plain = Record<string, unknown>;

/** A repository as `init` makes it, before anything is generated. */
export interface OwnedRepository {
  readonly network: Network;
  readonly files: ReadonlyMap<string, string>;
  readonly tree: FileTree;
}

/** The spec's definition as text, with a part replaced. Throws when that part is not there. */
export function definition(...changes: readonly [from: string, to: string][]): string {
  let text = definitionText(defaultAnswers);
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the definition has no "${from}"`);
    text = text.replace(from, () => to);
  }
  return text;
}

export function ownedRepository(
  text: string = definition(),
  nodes: InitialNodes = exampleNodes,
): OwnedRepository {
  const network = parseNetwork(text);
  const owned = scaffoldRepository(network, text, nodes);
  const files = new Map(owned.map(({ path, content }) => [path, content]));
  return { network, files, tree: memoryTree(files) };
}

/** Content of every generated file, by path. */
export async function generatedFiles(
  { network, tree }: OwnedRepository,
  history?: ReleaseHistory,
): Promise<Map<string, string>> {
  const { files } = await planGenerate(tree, network, history);
  return new Map(files.map(({ path, content }) => [path, content]));
}

/** The objects in a YAML file. */
export function readObjects(files: ReadonlyMap<string, string>, path: string): Plain[] {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is not generated`);
  return parseYamlDocuments(text, path).map((document) => document.value as Plain);
}

/** The only object in a YAML file. */
export function readObject(files: ReadonlyMap<string, string>, path: string): Plain {
  const [object, ...more] = readObjects(files, path);
  if (object === undefined || more.length > 0) throw new Error(`${path} has not one object`);
  return object;
}

/** Paths of fields that are `{}`, `[]`, `""` or null. */
export function emptyFields(value: unknown, path = ''): string[] {
  if (value === null || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, item]) => emptyFields(item, `${path}.${key}`));
}

/** The definition with a component and an environment more. */
export function largerDefinition(): string {
  return definition(
    [
      '    chart: dlt-frontend\n    wave: 3\n',
      '    chart: dlt-frontend\n    wave: 3\n  explorer:\n    wave: 4\n    chart: chain-explorer\n',
    ],
    [
      '  prod:\n    sync: manual\n',
      '  staging:\n    sync: manual\n    promotesFrom: qa\n  prod:\n    sync: manual\n',
    ],
  );
}
