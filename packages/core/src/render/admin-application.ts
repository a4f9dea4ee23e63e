import { parseYamlDocuments } from '../yaml/parse-yaml.ts';
import { valueAt } from '../generate/value-at.ts';
import { InputError } from '../errors/tidegate-error.ts';
import { argocdRepository, type Network } from '../model/network.ts';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { formatYaml } from '../yaml/format-yaml.ts';
import type { RenderTarget } from './render-target.ts';

type YamlObject = Record<string, unknown>;

/** The parts of a PAT that decide the admin instance's Application. */
export interface PatSpec {
  readonly name: string;
  readonly project: string;
  readonly server: string;
  readonly namespace: string;
  readonly chart: string;
  readonly chartVersion: string;
  readonly syncPolicy: unknown;
  readonly values: unknown;
}

/** Reads a ProjectApplicationTemplate. Throws InputError that names what is missing. */
export function readPat(pat: unknown, file: string): PatSpec {
  const name = valueAt(pat, ['metadata', 'name']);
  const read = (...path: string[]): string => {
    const value = valueAt(pat, path);
    if (typeof value === 'string' && value !== '') return value;
    throw new InputError(
      `ProjectApplicationTemplate ${JSON.stringify(name ?? '')} has no ${path.join('.')}`,
      { position: { file } },
    );
  };
  return {
    name: read('metadata', 'name'),
    project: read('spec', 'project'),
    server: read('spec', 'destination', 'server'),
    namespace: read('spec', 'destination', 'namespace'),
    chart: read('spec', 'source', 'chart'),
    chartVersion: read('spec', 'source', 'targetRevision'),
    syncPolicy: valueAt(pat, ['spec', 'syncPolicy']),
    values: valueAt(pat, ['spec', 'values']) ?? {},
  };
}

/**
 * The Application that the PAT controller makes in the admin instance. The chart repository is the
 * network's own: a PAT says which chart and version, never from where.
 */
export function adminApplication(
  network: Network,
  adminNamespace: string,
  pat: PatSpec,
): YamlObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: pat.name, namespace: adminNamespace },
    spec: {
      project: pat.project,
      source: {
        repoURL: argocdRepository(network.charts.repository),
        chart: pat.chart,
        targetRevision: pat.chartVersion,
        helm: { valuesObject: pat.values },
      },
      destination: { server: pat.server, namespace: pat.namespace },
      ...(pat.syncPolicy === undefined ? {} : { syncPolicy: pat.syncPolicy }),
    },
  };
}

/** What the admin instance renders for the PATs in a rendered manifest; nothing when there is none. */
export function adminTargets(
  network: Network,
  parent: RenderTarget,
  manifest: string,
): RenderTarget[] {
  const file = `${parent.application} (rendered)`;
  return patDocuments(manifest, file)
    .filter(
      (value) =>
        valueAt(value, ['kind']) === 'ProjectApplicationTemplate' &&
        String(valueAt(value, ['apiVersion'])).startsWith(`${network.patGroup}/`),
    )
    .map((value) => {
      const pat = readPat(value, file);
      return {
        ...parent,
        application: pat.name,
        instance: 'admin' as const,
        chart: {
          repository: argocdRepository(network.charts.repository),
          name: pat.chart,
          version: pat.chartVersion,
        },
        releaseName: pat.name,
        namespace: pat.namespace,
        valueFiles: [],
        ignoreMissingValueFiles: false,
        inlineValues: formatYaml(pat.values),
        parameters: [],
        skip: { crds: false, tests: false, schemaValidation: false },
      };
    });
}

/** Rendered documents that may be PATs. A machine wrote them, and there are many: a fast reader does. */
function patDocuments(manifest: string, file: string): unknown[] {
  if (!manifest.includes('ProjectApplicationTemplate')) return [];
  try {
    return loadAll(manifest, undefined, { schema: CORE_SCHEMA, json: true });
  } catch {
    // Says what is wrong, and where.
    return parseYamlDocuments(manifest, file).map((document) => document.value);
  }
}
