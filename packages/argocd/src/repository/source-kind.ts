import { applyMergePatch } from '@tidegate/core/argocd/applicationset';
import type { ApplicationSource } from '../ports/manifests.ts';
import { isFields } from './kube-objects.ts';
import { readYaml, YamlFault } from './manifest-yaml.ts';
import type { FileSet } from './ports.ts';
import { NotModelled, SourceFault } from './source-fault.ts';

/** How a source's manifests are made. */
export type SourceKind = 'Helm' | 'Directory' | 'Kustomize';

/** A source with what the repository itself says about it, and its kind. */
export interface KnownSource {
  readonly source: ApplicationSource;
  readonly kind: SourceKind;
}

/**
 * Finds out what a source is: by what the Application says, else by the files in the folder. Throws SourceFault,
 * also for what is not modelled.
 *
 * See `GetAppSourceType` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export async function knowSource(
  source: ApplicationSource,
  files: FileSet,
  place: { readonly folder: string; readonly applicationName: string },
): Promise<KnownSource> {
  const merged = await mergeOverrides(source, files, place);
  const named = explicitKinds(merged);
  if (named.length > 1) {
    throw new SourceFault(
      `error getting app source type: multiple application sources defined: ${named.join(',')}`,
    );
  }
  const [kind = kindByFiles(files, place.folder)] = named;
  if (kind === 'Helm' || kind === 'Directory') return { source: merged, kind };
  if (kind === 'Kustomize') {
    const [option] = Object.keys(isFields(merged['kustomize']) ? merged['kustomize'] : {});
    if (option === undefined) return { source: merged, kind };
    throw new NotModelled(`spec.source.kustomize.${option}`);
  }
  throw new NotModelled('the config management plugin, which spec.source.plugin asks for,');
}

function explicitKinds(source: ApplicationSource): string[] {
  const kinds = { kustomize: 'Kustomize', helm: 'Helm', directory: 'Directory', plugin: 'Plugin' };
  return Object.entries(kinds).flatMap(([field, kind]) => (isFields(source[field]) ? [kind] : []));
}

function kindByFiles({ files }: FileSet, folder: string): string {
  const prefix = folder === '' ? '' : `${folder}/`;
  let kind = 'Directory';
  for (const path of files) {
    if (!path.startsWith(prefix)) continue;
    const name = path.slice(prefix.length);
    if (name.includes('/')) continue;
    // A name that ends so will do, and the last one in order counts.
    if (name.endsWith('Chart.yaml')) kind = 'Helm';
    if (['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(name)) {
      kind = 'Kustomize';
    }
  }
  return kind;
}

/** `.argocd-source.yaml` and the file for one Application change a source; where it lies they cannot. */
async function mergeOverrides(
  source: ApplicationSource,
  files: FileSet,
  { folder, applicationName }: { readonly folder: string; readonly applicationName: string },
): Promise<ApplicationSource> {
  let merged: unknown = source;
  for (const name of ['.argocd-source.yaml', `.argocd-source-${applicationName}.yaml`]) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (!files.files.includes(path)) continue;
    merged = applyMergePatch(merged, await overrideOf(files, path));
  }
  if (merged === source) return source;
  const { chart, path, targetRevision } = source;
  return {
    ...(isFields(merged) ? merged : {}),
    repoURL: source.repoURL,
    ...(chart === undefined ? {} : { chart }),
    ...(path === undefined ? {} : { path }),
    ...(targetRevision === undefined ? {} : { targetRevision }),
  };
}

async function overrideOf(files: FileSet, path: string): Promise<unknown> {
  try {
    return readYaml(await files.text(path));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new SourceFault(
      `error getting app source type: error while parsing source parameters: ${path}: ${error.message}`,
    );
  }
}
