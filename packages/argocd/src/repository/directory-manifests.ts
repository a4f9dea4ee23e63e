import {
  directoryFiles,
  skipFileMarker,
  type DirectoryOptions,
} from '@tidegate/core/argocd/sources';
import { isFields, objectFault } from './kube-objects.ts';
import { firstJson, readManifestStream } from './manifest-stream.ts';
import type { JsonValue } from './manifest-yaml.ts';
import type { FileSet } from './ports.ts';
import { NotModelled, SourceFault } from './source-fault.ts';

/** `reposerver.max.combined.directory.manifests.size`: 10M. */
export const combinedBytesMax = 10_000_000;

/**
 * The objects in the files of a directory source, lists whole. A file that does not parse is left out silently,
 * unless it looks like a manifest. Throws SourceFault.
 *
 * See `findManifests` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export async function directoryManifests(
  files: FileSet,
  folder: string,
  source: Readonly<Record<string, unknown>>,
): Promise<JsonValue[]> {
  const values: JsonValue[] = [];
  for (const { path, text } of await readFiles(files, folder, readOptions(source))) {
    values.push(...fileManifests(path.split('/').at(-1) ?? path, text));
  }
  return values;
}

function readOptions({
  recurse,
  include,
  exclude,
}: Readonly<Record<string, unknown>>): DirectoryOptions {
  return {
    recurse: recurse === true,
    include: typeof include === 'string' ? include : '',
    exclude: typeof exclude === 'string' ? exclude : '',
  };
}

interface TextFile {
  readonly path: string;
  readonly text: string;
}

async function readFiles(
  files: FileSet,
  folder: string,
  options: DirectoryOptions,
): Promise<TextFile[]> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const below = files.files.flatMap((path) =>
    path.startsWith(prefix) ? [path.slice(prefix.length)] : [],
  );
  const wanted = directoryFiles(below, options).filter(({ reason }) => reason === 'read');
  const texts: TextFile[] = [];
  let sizeBytes = 0;
  for (const { path } of wanted) {
    const text = await readLinked(files, `${prefix}${path}`);
    if (text === undefined || text.includes(skipFileMarker)) continue;
    if (path.endsWith('.jsonnet')) throw new NotModelled(`Jsonnet, as in ${prefix}${path},`);
    sizeBytes += text.length;
    if (sizeBytes > combinedBytesMax) {
      throw new SourceFault(
        'failed to get potentially valid manifests: exceeded max combined manifest file size',
      );
    }
    texts.push({ path, text });
  }
  return texts;
}

/** A link that leads nowhere, or to a folder, is passed over. */
async function readLinked(files: FileSet, path: string): Promise<string | undefined> {
  if (!Object.hasOwn(files.links, path)) return files.text(path);
  return files.text(path).catch(() => undefined);
}

function fileManifests(name: string, text: string): readonly JsonValue[] {
  return name.endsWith('.json') ? jsonManifest(name, text) : yamlManifests(name, text);
}

function jsonManifest(name: string, text: string): readonly JsonValue[] {
  const found = firstJson(text);
  const fault = found === undefined ? jsonFault(text) : objectFault(found.value);
  if (fault !== undefined) {
    // An OCI manifest is read as an object without fields.
    const isOther = found !== undefined && isFields(found.value);
    if (!isOther) throw unparsed(name, fault);
  }
  if (found !== undefined && text.slice(found.length).trim() !== '') {
    throw new SourceFault(
      `Found multiple objects in ${JSON.stringify(name)}. Only single objects are allowed in JSON files.`,
      'FailedPrecondition',
    );
  }
  return found === undefined ? [] : [found.value];
}

function jsonFault(text: string): string {
  return text.trim() === '' ? 'EOF' : 'invalid character in a JSON value';
}

function yamlManifests(name: string, text: string): readonly JsonValue[] {
  const { documents, fault } = readManifestStream(text);
  const broken = documents.findIndex((document) => objectFault(document) !== undefined);
  const good = broken === -1 ? documents : documents.slice(0, broken);
  const said = broken === -1 ? fault : decodingFault(documents[broken]);
  if (said === undefined) return good;
  const looksLikeManifest = ['apiVersion:', 'kind:', 'metadata:'].every((key) =>
    text.includes(key),
  );
  if (good.length > 0 || looksLikeManifest) {
    throw unparsed(name, `failed to unmarshal manifest: ${said}`);
  }
  return [];
}

/** What is wrong with a YAML document that holds no object. */
export function decodingFault(document: JsonValue): string {
  return `error unmarshaling JSON: while decoding JSON: ${objectFault(document) ?? ''}`;
}

function unparsed(name: string, fault: string): SourceFault {
  return new SourceFault(
    `Failed to unmarshal ${JSON.stringify(name)}: ${fault}`,
    'FailedPrecondition',
  );
}
