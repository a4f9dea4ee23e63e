import { InputError, TidegateError } from '../errors/tidegate-error.ts';
import type { Environment, Network } from '../model/network.ts';
import type { Cancellation } from '../ports/cancellation.ts';
import type { ChartRenderer, RenderRequest, RenderResult } from '../ports/chart-renderer.ts';
import type { FileContent, FileTree } from '../ports/file-tree.ts';
import { adminTargets } from './admin-application.ts';
import type { RenderTarget } from './render-target.ts';

/** What came of one Application. Expected failures are data, so that one does not hide the others. */
export type RenderOutcome =
  | { readonly target: RenderTarget; readonly result: RenderResult }
  | { readonly target: RenderTarget; readonly error: TidegateError };

export interface RenderContext {
  readonly network: Network;
  readonly environment: Environment;
  /** What `$values` stands for. */
  readonly values: FileTree;
  readonly renderer: ChartRenderer;
  readonly cancellation?: Cancellation;
  /** Called after each Application, for progress. */
  readonly onOutcome?: (outcome: RenderOutcome) => void;
}

/** Where an Application's own values stand in Helm's messages. */
const inlineValuesFile = 'values-of-the-application.yaml';

/**
 * Renders Applications and, for each PAT among their manifests, what the admin instance renders for
 * it. Outcomes come in the targets' order, a PAT's right after its Application. The renderer bounds
 * how many run at once.
 */
export async function renderApplications(
  targets: readonly RenderTarget[],
  context: RenderContext,
): Promise<RenderOutcome[]> {
  const files = sharedReader(context.values);
  const outcomes = targets.map(async (target) => {
    const own = await renderOne(target, files, context);
    if (!('result' in own)) return [own];
    const admin = await renderAdmin(own.target, own.result, files, context);
    return [own, ...admin];
  });
  return (await Promise.all(outcomes)).flat();
}

/** Renders one target; what several need is read once. Expected failures are data. */
export function targetRenderer(
  context: RenderContext,
): (target: RenderTarget) => Promise<RenderOutcome> {
  const files = sharedReader(context.values);
  return (target) => renderOne(target, files, context);
}

async function renderAdmin(
  target: RenderTarget,
  result: RenderResult,
  files: ReadFile,
  context: RenderContext,
): Promise<RenderOutcome[]> {
  const isNamespace = context.network.components.some(
    (component) => component.role === 'namespace' && component.name === target.component,
  );
  if (!isNamespace) return [];
  try {
    const targets = adminTargets(context.network, target, result.manifest);
    return await Promise.all(targets.map((admin) => renderOne(admin, files, context)));
  } catch (error) {
    return [failure(target, error)];
  }
}

async function renderOne(
  target: RenderTarget,
  files: ReadFile,
  context: RenderContext,
): Promise<RenderOutcome> {
  const outcome = await attempt(target, files, context);
  context.onOutcome?.(outcome);
  return outcome;
}

async function attempt(
  target: RenderTarget,
  files: ReadFile,
  context: RenderContext,
): Promise<RenderOutcome> {
  try {
    const request = await buildRequest(target, files, context);
    return { target, result: await context.renderer.render(request, context.cancellation) };
  } catch (error) {
    return failure(target, error);
  }
}

function failure(target: RenderTarget, error: unknown): RenderOutcome {
  if (!(error instanceof TidegateError)) throw error;
  return { target, error: placed(error, target) };
}

/** A fault without a place of its own, such as a chart version that is not there, is the manifest's. */
function placed(error: TidegateError, target: RenderTarget): TidegateError {
  if (!(error instanceof InputError) || error.position !== undefined) return error;
  return new InputError(error.message, {
    position: target.position,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    data: error.data,
    diagnostics: error.diagnostics,
  });
}

async function buildRequest(
  target: RenderTarget,
  files: ReadFile,
  { environment, values }: RenderContext,
): Promise<RenderRequest> {
  const layers: FileContent[] = [];
  for (const path of target.valueFiles) {
    const content = await files(path);
    if (content !== undefined) layers.push({ path, content });
    else if (!target.ignoreMissingValueFiles) {
      throw new InputError(
        `Application "${target.application}" needs this values layer, which is not in ${values.name}`,
        {
          position: { file: path },
          hint: `${target.position.file} lists it; add the file, even if it only says {}`,
        },
      );
    }
  }
  if (target.inlineValues !== undefined) {
    layers.push({ path: inlineValuesFile, content: target.inlineValues });
  }
  return {
    chart: target.chart,
    releaseName: target.releaseName,
    namespace: target.namespace,
    values: layers,
    parameters: target.parameters,
    kubeVersion: environment.kubernetes.version,
    apiVersions: environment.kubernetes.apiVersions,
    skipCrds: target.skip.crds,
    skipTests: target.skip.tests,
    skipSchemaValidation: target.skip.schemaValidation,
  };
}

type ReadFile = (path: string) => Promise<string | undefined>;

/** Common layers belong to every Application: read each file once. */
function sharedReader(tree: FileTree): ReadFile {
  const seen = new Map<string, Promise<string | undefined>>();
  return (path) => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const reading = tree.read(path);
    seen.set(path, reading);
    return reading;
  };
}
