import { InputError } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import type { RenderParameter } from '../ports/chart-renderer.ts';
import { formatYaml } from '../yaml/format-yaml.ts';
import type { RenderTarget } from './render-target.ts';

type SourceFields = Pick<
  RenderTarget,
  | 'application'
  | 'chart'
  | 'releaseName'
  | 'namespace'
  | 'valueFiles'
  | 'ignoreMissingValueFiles'
  | 'inlineValues'
  | 'parameters'
  | 'skip'
  | 'valuesRevision'
> & {
  /** Path of the chart's version in the Application. */
  readonly versionPath: readonly (string | number)[];
};

/**
 * Reads the chart source of an Application as Argo CD does: one source with a chart, value files
 * that begin with `$ref/`, and the `ref` source they refer to. Throws InputError for anything that
 * Tidegate does not render (Kustomize, plain directories, plugins), naming it.
 */
export function readChartSource(application: unknown, file: string): SourceFields {
  const name = text(application, ['metadata', 'name']);
  const fail = (message: string): never => {
    throw new InputError(`Application "${name}": ${message}`, { position: { file } });
  };
  if (name === '') fail('has no metadata.name');
  const sources = sourceList(application);
  const charts = sources.filter((source) => text(source, ['chart']) !== '');
  const [source] = charts;
  if (source === undefined || charts.length > 1) {
    return fail(`expected one source with a chart, found ${charts.length}`);
  }
  for (const other of sources) {
    if (other !== source && text(other, ['ref']) === '')
      fail('has a source that is neither a chart nor a ref');
  }
  for (const tool of ['kustomize', 'plugin', 'directory']) {
    if (valueAt(source, [tool]) !== undefined) fail(`uses ${tool}, which Tidegate does not render`);
  }
  const files = strings(valueAt(source, ['helm', 'valueFiles']));
  const sourcePath =
    valueAt(application, ['spec', 'sources']) === undefined
      ? ['spec', 'source']
      : ['spec', 'sources', sources.indexOf(source)];
  const used = readValueFiles(files, sources, fail);
  return {
    application: name,
    chart: {
      repository: text(source, ['repoURL']),
      name: text(source, ['chart']),
      version: text(source, ['targetRevision']),
    },
    releaseName: text(source, ['helm', 'releaseName']) || name,
    namespace: text(application, ['spec', 'destination', 'namespace']),
    valueFiles: used.paths,
    valuesRevision: used.revision,
    ignoreMissingValueFiles: valueAt(source, ['helm', 'ignoreMissingValueFiles']) === true,
    inlineValues: inlineValues(source),
    parameters: readParameters(source),
    skip: {
      crds: valueAt(source, ['helm', 'skipCrds']) === true,
      tests: valueAt(source, ['helm', 'skipTests']) === true,
      schemaValidation: valueAt(source, ['helm', 'skipSchemaValidation']) === true,
    },
    versionPath: [...sourcePath, 'targetRevision'],
  };
}

function sourceList(application: unknown): unknown[] {
  const sources = valueAt(application, ['spec', 'sources']);
  if (Array.isArray(sources)) return sources;
  const source = valueAt(application, ['spec', 'source']);
  return source === undefined ? [] : [source];
}

function readValueFiles(
  files: readonly string[],
  sources: readonly unknown[],
  fail: (message: string) => never,
): { paths: string[]; revision: string } {
  let revision = '';
  const paths = files.map((file) => {
    const match = /^\$([-_a-zA-Z0-9]+)\/(.+)$/.exec(file);
    if (match === null) return fail(`value file "${file}" does not begin with $values/`);
    const ref = sources.find((source) => text(source, ['ref']) === match[1]);
    if (ref === undefined) return fail(`value file "${file}" refers to no source of that name`);
    revision = text(ref, ['targetRevision']);
    const path = match[2] ?? '';
    if (path.split('/').includes('..'))
      return fail(`value file "${file}" leads out of the repository`);
    return path;
  });
  return { paths, revision };
}

/** `valuesObject` wins over `values`, as in Argo CD. */
function inlineValues(source: unknown): string | undefined {
  const object = valueAt(source, ['helm', 'valuesObject']);
  if (object !== undefined && object !== null) return formatYaml(object);
  return text(source, ['helm', 'values']) || undefined;
}

function readParameters(source: unknown): RenderParameter[] {
  const parameters = valueAt(source, ['helm', 'parameters']);
  if (!Array.isArray(parameters)) return [];
  return parameters.map((parameter) => ({
    name: text(parameter, ['name']),
    value: text(parameter, ['value']),
    forceString: valueAt(parameter, ['forceString']) === true,
  }));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function text(value: unknown, path: readonly (string | number)[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}
