import {
  checkedValues,
  containerImages,
  InputError,
  planRenders,
  TidegateError,
  type ChartReference,
  type Refusal,
  type ReleasePlan,
  type RenderOutcome,
  type RenderTarget,
} from '@tidegate/core';
import type { ChartStore } from '@tidegate/node';
import type { Io } from '../io.ts';
import {
  openChartStore,
  openRenderer,
  renderWithProgress,
  type RendererOptions,
} from '../renderer.ts';
import { openImageRegistry } from './registry-credentials.ts';

/**
 * The gates that ask the chart repository and registries, and render: every chart version is there,
 * everything renders, every image tag is there. Throws RemoteError when they cannot be asked.
 */
export async function remoteRefusals(
  io: Io,
  plan: ReleasePlan,
  options: RendererOptions,
): Promise<Refusal[]> {
  const { gates } = plan.environment;
  if (!gates.checkCharts && !gates.checkRender && !gates.checkImages) return [];
  const trees = { manifests: plan.planned, values: plan.values };
  const targets = await planRenders(trees, plan.network, plan.environment);
  const charts = openChartStore(io, plan.network, options);
  const missing = gates.checkCharts ? await missingCharts(charts, targets) : [];
  if (missing.length > 0 || (!gates.checkRender && !gates.checkImages)) return missing;
  const renderer = checkedValues(await openRenderer(io, plan.network, options, charts));
  const outcomes = await renderWithProgress(io, plan.tag, targets, {
    network: plan.network,
    environment: plan.environment,
    values: plan.values,
    renderer,
  });
  const failures = renderFailures(outcomes);
  if (failures.length > 0 || !gates.checkImages) return failures;
  return missingImages(io, plan, outcomes);
}

async function missingCharts(
  charts: ChartStore,
  targets: readonly RenderTarget[],
): Promise<Refusal[]> {
  const wanted = new Map(
    targets.map(({ chart }): [string, ChartReference] => [JSON.stringify(chart), chart]),
  );
  const refusals = [...wanted.values()].map(async (chart): Promise<Refusal[]> => {
    try {
      await charts.fetch(chart);
      return [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const hint = error.hint ?? 'publish the chart, or release another version';
      return [{ gate: 'charts', reason: error.message, hint }];
    }
  });
  return (await Promise.all(refusals)).flat();
}

const failuresShownMax = 5;

/** What is at fault in values or charts refuses the release; what cannot be had is thrown. */
function renderFailures(outcomes: readonly RenderOutcome[]): Refusal[] {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const other = errors.find((error) => !(error instanceof InputError));
  if (other !== undefined) throw other;
  const known = errors.filter((error) => error instanceof TidegateError);
  const refusals = known.map((error): Refusal => {
    const at = error.position;
    const where =
      at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}: `;
    return {
      gate: 'render',
      reason: `${where}${error.message}`,
      hint: error.hint ?? 'what does not render cannot be deployed; see "tidegate render"',
    };
  });
  const distinct = [...new Map(refusals.map((refusal) => [refusal.reason, refusal])).values()];
  return distinct.slice(0, failuresShownMax);
}

/** Images whose tags the versions file names; other images are the charts' own matter. */
async function missingImages(
  io: Io,
  plan: ReleasePlan,
  outcomes: readonly RenderOutcome[],
): Promise<Refusal[]> {
  const images = new Map<string, string>();
  for (const outcome of outcomes) {
    if (!('result' in outcome)) continue;
    const { component } = outcome.target;
    const version = plan.versions.components[component] ?? plan.versions.services[component];
    if (version?.imageTag === undefined) continue;
    for (const image of containerImages(outcome.result.manifest, outcome.target.application)) {
      if (image.endsWith(`:${version.imageTag}`)) images.set(image, component);
    }
  }
  const registry = await openImageRegistry(io);
  const refusals = [...images].map(async ([image, component]): Promise<Refusal[]> => {
    if (await registry.hasTag(image)) return [];
    return [
      {
        gate: 'images',
        reason: `image ${image} of ${component} does not exist`,
        hint: 'wait until its build has pushed it, or release another version',
      },
    ];
  });
  return (await Promise.all(refusals)).flat();
}
