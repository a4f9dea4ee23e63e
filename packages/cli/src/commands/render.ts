import {
  type ChartRenderer,
  checkedValues,
  type Environment,
  findEnvironment,
  listNodes,
  type Network,
  parseYamlDocuments,
  pinnedValuesRevision,
  planRenders,
  readNetwork,
  releaseTag,
  type RenderOutcome,
  type RenderSelection,
  type RenderTrees,
  UsageError,
} from '@tidegate/core';
import { writeFiles } from '@tidegate/node';
import { resolve } from 'node:path';
import type { Io } from '../io.ts';
import { colorsFor } from '../output/colors.ts';
import { formatJson } from '../output/data.ts';
import { reportError } from '../output/error-text.ts';
import { openRenderer, renderWithProgress, type RendererOptions } from '../renderer.ts';
import {
  openWorkspace,
  pickEnvironment,
  releaseTree,
  revisionTree,
  type DirectoryOptions,
  type Workspace,
} from '../workspace.ts';

export interface RenderOptions extends DirectoryOptions, RendererOptions {
  readonly release?: number;
  readonly outputDir?: string;
  readonly admin: boolean;
  readonly output: string;
}

/** What one run of `render` reads: the trees, and the definition that belongs to them. */
interface RenderScope {
  readonly trees: RenderTrees;
  readonly network: Network;
  readonly environment: Environment;
}

/** `tidegate render ENV [NODE] [COMPONENT]`. Returns the exit code of the first failure, else 0. */
export async function runRender(
  io: Io,
  args: readonly (string | undefined)[],
  options: RenderOptions,
): Promise<number> {
  const [environmentName = '', first, second] = args;
  const workspace = await openWorkspace(io, options);
  const scope = await openScope(workspace, pickEnvironment(workspace, environmentName), options);
  const selection = await readSelection(scope, first, second);
  const renderer = await openRenderer(io, scope.network, options);
  const outcomes = await renderSelection(io, scope, selection, checkedValues(renderer));
  const shown = options.admin
    ? outcomes
    : outcomes.filter(({ target }) => target.instance === 'non-admin');
  if (options.outputDir === undefined) io.stdout.write(formatOutcomes(shown, options.output));
  else await writeManifests(io, resolve(io.cwd, options.outputDir), shown);
  return reportFailures(io, outcomes);
}

async function openScope(
  workspace: Workspace,
  environment: Environment,
  options: RenderOptions,
): Promise<RenderScope> {
  const { tree, network } = workspace;
  if (options.release === undefined) {
    return { trees: { manifests: tree, values: tree }, network, environment };
  }
  const manifests = await releaseTree(workspace, environment, options.release);
  const pinned = await pinnedValuesRevision(manifests, environment);
  const own = releaseTag(environment.name, options.release);
  const values =
    pinned === undefined || pinned === own ? manifests : await revisionTree(workspace, pinned);
  const released = await readNetwork(manifests);
  return {
    trees: { manifests, values },
    network: released,
    environment: findEnvironment(released, environment.name),
  };
}

/** Both words may be left out; a service stands in the place of a node. */
async function readSelection(
  { trees, network, environment }: RenderScope,
  first: string | undefined,
  second: string | undefined,
): Promise<RenderSelection> {
  if (first === undefined) return {};
  const services = network.services.map((service) => service.name);
  if (services.includes(first)) {
    if (second === undefined) return { component: first };
    throw new UsageError(`"${first}" is a service of "${environment.name}" and has no components`);
  }
  const nodes = await listNodes(trees.values, network, environment);
  if (!nodes.includes(first)) {
    throw new UsageError(
      `${JSON.stringify(first)} is neither a node nor a service of "${environment.name}"`,
      {
        hint: `nodes: ${nodes.join(', ') || 'none'}; services: ${services.join(', ')}`,
      },
    );
  }
  const components = network.components.map((component) => component.name);
  if (second !== undefined && !components.includes(second)) {
    throw new UsageError(`${JSON.stringify(second)} is no component`, {
      hint: `components: ${components.join(', ')}`,
    });
  }
  return { node: first, ...(second === undefined ? {} : { component: second }) };
}

async function renderSelection(
  io: Io,
  { trees, network, environment }: RenderScope,
  selection: RenderSelection,
  renderer: ChartRenderer,
): Promise<RenderOutcome[]> {
  const targets = await planRenders(trees, network, environment, selection);
  const context = { network, environment, values: trees.values, renderer };
  return renderWithProgress(io, environment.name, targets, context);
}

function formatOutcomes(outcomes: readonly RenderOutcome[], format: string): string {
  if (format === 'json') return formatJson(outcomes.flatMap(outcomeData));
  return outcomes
    .flatMap((outcome) =>
      'result' in outcome ? [`# ${describe(outcome)}\n${ended(outcome.result.manifest)}`] : [],
    )
    .join('');
}

function describe({ target }: RenderOutcome): string {
  const { application, chart, namespace, instance } = target;
  const by = instance === 'admin' ? ', rendered by the admin instance' : '';
  return `Application ${application}: chart ${chart.name} ${chart.version}, namespace ${namespace}${by}`;
}

function ended(manifest: string): string {
  return manifest === '' || manifest.endsWith('\n') ? manifest : `${manifest}\n`;
}

function outcomeData(outcome: RenderOutcome): unknown[] {
  if (!('result' in outcome)) return [];
  const { target, result } = outcome;
  return [
    {
      application: target.application,
      environment: target.environment,
      node: target.node,
      component: target.component,
      instance: target.instance,
      wave: target.wave,
      chart: target.chart,
      chartDigest: result.chartDigest,
      helmVersion: result.helmVersion,
      releaseName: target.releaseName,
      namespace: target.namespace,
      valueFiles: target.valueFiles,
      manifests: parseYamlDocuments(result.manifest, target.application).map((d) => d.value),
    },
  ];
}

async function writeManifests(
  io: Io,
  folder: string,
  outcomes: readonly RenderOutcome[],
): Promise<void> {
  const files = outcomes.flatMap((outcome) =>
    'result' in outcome
      ? [
          {
            path: `${outcome.target.instance === 'admin' ? 'admin/' : ''}${outcome.target.application}.yaml`,
            content: outcome.result.manifest,
          },
        ]
      : [],
  );
  await writeFiles(folder, files, { overwrite: true });
  io.stdout.write(files.map((file) => `${file.path}\n`).join(''));
}

/** Prints every failure; the first one's exit code is the command's. */
export function reportFailures(io: Io, outcomes: readonly RenderOutcome[]): number {
  const colors = colorsFor(io.stderr, io);
  const reports = outcomes.flatMap((outcome) =>
    'error' in outcome ? [reportError(outcome.error, colors, false)] : [],
  );
  for (const text of new Set(reports.map((report) => report.text))) io.stderr.write(text);
  if (reports.length > 0) {
    io.stderr.write(`${reports.length} of ${outcomes.length} Applications could not be rendered\n`);
  }
  return reports[0]?.exitCode ?? 0;
}
