import { expandEnvironment, helmTemplateArguments } from '@tidegate/core/argocd/sources';
import { decodingFault } from './directory-manifests.ts';
import { plainKubeVersion, readHelmOptions, type HelmOptions } from './helm-options.ts';
import { parameterFile, readPlaced, valueFilesOf, type ValuePlaces } from './helm-values.ts';
import { isFields, objectFault } from './kube-objects.ts';
import { readManifestStream } from './manifest-stream.ts';
import { readYaml, YamlFault, type JsonValue } from './manifest-yaml.ts';
import type { ChartFolder, Helm, TemplateRequest } from './ports.ts';
import { SourceFault } from './source-fault.ts';

/** What a chart is rendered with, besides `source.helm`. */
export interface HelmQuestion {
  readonly helmSource: Readonly<Record<string, unknown>> | undefined;
  readonly chart: ChartFolder;
  readonly places: ValuePlaces;
  readonly applicationName: string;
  readonly destinationNamespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** Where Argo CD writes values of its own; it changes from run to run. */
const inlineValuesFile = '/tmp/00000000-0000-4000-8000-000000000000';

/**
 * The objects that Helm renders, in Helm's order. Throws SourceFault, in the words of Argo CD and Helm.
 *
 * See `helmTemplate` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/reposerver/repository/repository.go
 */
export async function helmManifests(question: HelmQuestion, helm: Helm): Promise<JsonValue[]> {
  const options = readHelmOptions(question.helmSource);
  const call = prepareCall(question, options);
  await assertChart(question);
  if (!['', 'v3', 'v4'].includes(options.version)) {
    throw new SourceFault(
      `error initializing helm app object: failed to create new helm command: helm version '${options.version}' is not supported`,
    );
  }
  return objectsOf(await render(call, question, helm));
}

/** What `helm template` is called with. */
interface HelmCall {
  readonly options: HelmOptions;
  readonly releaseName: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
  readonly valueFiles: readonly string[];
  readonly set: ReadonlyMap<string, string>;
  readonly setString: ReadonlyMap<string, string>;
  readonly setFile: ReadonlyMap<string, string>;
}

function prepareCall(question: HelmQuestion, options: HelmOptions): HelmCall {
  const { places } = question;
  const wanted = options.kubeVersion === '' ? question.kubeVersion : options.kubeVersion;
  const kubeVersion = plainKubeVersion(wanted);
  if (kubeVersion === undefined) {
    throw new SourceFault(
      `could not parse kubernetes version ${wanted}: could not parse ${JSON.stringify(wanted)} as version`,
    );
  }
  const valueFiles = valueFilesOf(options, places);
  const parameters = (forceString: boolean): Map<string, string> =>
    new Map(
      options.parameters
        .filter((parameter) => parameter.forceString === forceString)
        .map(({ name, value }) => [name, expandEnvironment(value, places.environment)]),
    );
  const { apiVersions } = options;
  return {
    options,
    releaseName: options.releaseName === '' ? question.applicationName : options.releaseName,
    namespace: options.namespace === '' ? question.destinationNamespace : options.namespace,
    kubeVersion,
    apiVersions: apiVersions.length === 0 ? question.apiVersions : apiVersions,
    valueFiles,
    set: parameters(false),
    setString: parameters(true),
    setFile: new Map(
      options.fileParameters.map(({ name, path }) => [name, parameterFile(path, places)]),
    ),
  };
}

/** Argo CD reads the chart's dependencies before it calls Helm. */
async function assertChart({ chart, places }: HelmQuestion): Promise<void> {
  const path = inFolder(chart, 'Chart.yaml');
  const shown = `${places.appPath}/Chart.yaml`;
  const text = await chart.files.text(path).catch(() => undefined);
  if (text === undefined) {
    throw new SourceFault(
      `error getting helm repos: error retrieving helm dependency repos: error reading helm chart from ${shown}: open ${shown}: no such file or directory`,
    );
  }
  try {
    readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new SourceFault(
      `error getting helm repos: error retrieving helm dependency repos: error unmarshalling the helm chart while getting helm dependency repos: ${error.message}`,
    );
  }
}

function inFolder({ folder }: ChartFolder, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

async function render(call: HelmCall, question: HelmQuestion, helm: Helm): Promise<string> {
  const request = await templateRequest(call, question, helm);
  if ('fault' in request) throw templateFault(call, `exit status 1: Error: ${request.fault}`);
  const first = await helm.template(request);
  if ('manifest' in first) return first.manifest;
  if (!isMissingDependency(first.fault)) throw templateFault(call, first.fault);
  const built = await helm.buildDependencies(question.chart);
  if ('fault' in built) {
    throw new SourceFault(
      `error building helm chart dependencies: failed to build helm dependencies: failed to build dependencies: failed running helm: \`helm dependency build\` failed ${built.fault}`,
    );
  }
  const second = await helm.template({ ...request, chart: built.chart });
  if ('manifest' in second) return second.manifest;
  throw templateFault(call, second.fault);
}

function isMissingDependency(fault: string): boolean {
  return (
    fault.includes('found in requirements.yaml, but missing in charts') ||
    fault.includes('found in Chart.yaml, but missing in charts/ directory')
  );
}

/** The request, with the content of all files, or what Helm says of the first that is not there. */
async function templateRequest(
  call: HelmCall,
  { chart, places }: HelmQuestion,
  helm: Helm,
): Promise<TemplateRequest | { readonly fault: string }> {
  const { options } = call;
  const values: { path: string; content: string }[] = [];
  for (const path of call.valueFiles) {
    const read = await readPlaced(path, places, helm);
    if ('fault' in read) return read;
    values.push({ path, content: read.text });
  }
  if (options.values !== '') values.push({ path: inlineValuesFile, content: options.values });
  const files: { name: string; value: string; forceString: true }[] = [];
  for (const [name, path] of call.setFile) {
    const read = await readPlaced(path, places, helm);
    if ('fault' in read) return { fault: `failed parsing --set-file data: ${read.fault}` };
    files.push({ name, value: literalSetting(read.text), forceString: true });
  }
  return {
    chart,
    releaseName: call.releaseName,
    namespace: call.namespace,
    kubeVersion: call.kubeVersion,
    apiVersions: call.apiVersions,
    values,
    parameters: [...settings(call.set, false), ...settings(call.setString, true), ...files],
    skipCrds: options.skipCrds,
    skipTests: options.skipTests,
    skipSchemaValidation: options.skipSchemaValidation,
  };
}

function settings(
  values: ReadonlyMap<string, string>,
  forceString: boolean,
): { name: string; value: string; forceString: boolean }[] {
  return [...values].map(([name, value]) => ({ name, value, forceString }));
}

/** A text so that `--set-string` takes it as it is, as `--set-file` takes a file. */
function literalSetting(text: string): string {
  return text.replace(/[\\,]/g, '\\$&').replace(/^\{/, '\\{');
}

/** The command as Argo CD's error shows it: word for word, without the API versions. */
function templateFault(call: HelmCall, fault: string): SourceFault {
  const { options, namespace, kubeVersion, apiVersions, valueFiles } = call;
  const command = helmTemplateArguments({
    releaseName: call.releaseName,
    namespace,
    kubeVersion,
    apiVersions,
    set: Object.fromEntries(call.set),
    setString: Object.fromEntries(call.setString),
    setFile: Object.fromEntries(call.setFile),
    valueFiles: options.values === '' ? valueFiles : [...valueFiles, inlineValuesFile],
    skipCrds: options.skipCrds,
    skipSchemaValidation: options.skipSchemaValidation,
    skipTests: options.skipTests,
  });
  const text = `failed running helm: \`${command.join(' ')}\` failed ${fault}`;
  const shown = text.replace(/(?:--api-versions [^ ]+ )+/g, '<api versions removed> ');
  return new SourceFault(`failed to execute helm template command: ${shown}`);
}

function objectsOf(manifest: string): JsonValue[] {
  const { documents, fault } = readManifestStream(manifest);
  const broken = documents.find((document) => objectFault(document) !== undefined);
  const said = fault ?? (broken === undefined ? undefined : decodingFault(broken));
  if (said !== undefined) throw new SourceFault(`failed to unmarshal manifest: ${said}`);
  return documents.filter(isFields);
}
