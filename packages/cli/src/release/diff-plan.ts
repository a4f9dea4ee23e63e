import {
  checkedValues,
  deployedRelease,
  diffEnvironment,
  formatTerminal,
  TidegateError,
  type EnvironmentSide,
  type ReleasePlan,
} from '@tidegate/core';
import { systemClock } from '@tidegate/node';
import { openMasker } from '../diff/masking.ts';
import { describeWindow } from '../diff/window.ts';
import type { Io } from '../io.ts';
import { colorsFor } from '../output/colors.ts';
import { openRenderer, type RendererOptions } from '../renderer.ts';

const width = 100;

/**
 * What a planned release would change on top of the newest one, rendered, for a terminal or a log. That
 * it cannot be shown is no reason not to release: what has to render is a gate.
 */
export async function diffPlan(
  io: Io,
  plan: ReleasePlan,
  options: RendererOptions,
): Promise<string> {
  try {
    return await comparePlan(io, plan, options);
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    io.stderr.write(`warning: what changes in the cluster cannot be shown: ${error.message}\n`);
    return '';
  }
}

async function comparePlan(io: Io, plan: ReleasePlan, options: RendererOptions): Promise<string> {
  const { network, environment, versions, nodes, newest } = plan;
  const head: EnvironmentSide = {
    name: plan.tag,
    network,
    environment,
    trees: { manifests: plan.planned, values: plan.values },
    versions,
    nodes,
  };
  const base = newest === undefined ? undefined : deployedRelease(newest, environment.name);
  const compared = await diffEnvironment(
    environment.name,
    { base, head },
    {
      renderer: checkedValues(await openRenderer(io, network, options)),
      masker: openMasker(io, network.diff),
      cancellation: io.signal,
      windowOf: (side) => describeWindow(side.environment, systemClock().nowMs()),
    },
  );
  const report = { base: base?.name ?? 'nothing', head: plan.tag, environments: [compared] };
  return `\n${formatTerminal(report, { colors: colorsFor(io.stdout, io), width, split: false })}`;
}
