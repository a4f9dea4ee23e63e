import { joinPath } from '@tidegate/core/argocd/sources';
import { isFields } from './kube-objects.ts';
import { readManifestStream } from './manifest-stream.ts';
import { readYaml, YamlFault, type JsonValue } from './manifest-yaml.ts';
import type { FileSet } from './ports.ts';
import { NotModelled, SourceFault } from './source-fault.ts';

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Fields that a kustomization may have here: what it consists of, and what says what it is. */
const modelled: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'resources']);

/** The name of the kustomization of a folder; undefined: it has none. */
export function kustomizationOf({ files }: FileSet, folder: string): string | undefined {
  return fileNames.map((name) => placed(folder, name)).find((path) => files.includes(path));
}

/**
 * The objects of a kustomization that only lists files and folders, in the order of its list. Whatever
 * changes objects is refused by the name of its field. Throws SourceFault.
 *
 * See `KustomizeBuild` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/kustomize/kustomize.go
 */
export async function kustomizeManifests(files: FileSet, folder: string): Promise<JsonValue[]> {
  const path = kustomizationOf(files, folder);
  if (path === undefined) throw failed(folder, `unable to find one of ${fileNames.join(', ')}`);
  const resources = await resourcesOf(files, path);
  const objects: JsonValue[] = [];
  for (const resource of resources) {
    if (/^(?:https?|ssh|git)(?::|@)|\?ref=/.test(resource)) {
      throw new NotModelled(`the remote resource "${resource}" of ${path}`);
    }
    objects.push(...(await resourceManifests(files, folder, resource)));
  }
  return objects;
}

async function resourcesOf(files: FileSet, path: string): Promise<readonly string[]> {
  const content = await readKustomization(files, path);
  const other = Object.keys(content).find((field) => !modelled.has(field));
  if (other !== undefined) throw new NotModelled(`the field "${other}" of ${path}`);
  const { resources = [] } = content;
  if (Array.isArray(resources) && resources.every((one) => typeof one === 'string')) {
    return resources;
  }
  throw failed(path, 'invalid Kustomization: resources has to be a list of paths');
}

async function readKustomization(
  files: FileSet,
  path: string,
): Promise<Readonly<Record<string, JsonValue>>> {
  try {
    const content = readYaml(await files.text(path));
    if (isFields(content)) return content;
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw failed(path, `invalid Kustomization: ${error.message}`);
  }
  throw failed(path, 'kustomization.yaml is empty');
}

async function resourceManifests(
  files: FileSet,
  folder: string,
  resource: string,
): Promise<JsonValue[]> {
  const path = joinPath(folder, resource);
  if (files.files.some((file) => file.startsWith(`${path}/`))) {
    return kustomizeManifests(files, path);
  }
  if (!files.files.includes(path)) {
    throw failed(resource, `accumulating resources: '${path}' doesn't exist`);
  }
  const { documents, fault } = readManifestStream(await files.text(path));
  if (fault !== undefined) throw failed(path, `MalformedYAMLError: ${fault}`);
  return documents.filter((document) => document !== null);
}

function placed(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function failed(where: string, why: string): SourceFault {
  return new SourceFault(
    `\`kustomize build <path to cached source>\` failed exit status 1: Error: ${where}: ${why}`,
  );
}
