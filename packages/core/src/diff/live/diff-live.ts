import { InputError } from '../../errors/tidegate-error.ts';
import { componentManifestPath, serviceManifestPath } from '../../layout/paths.ts';
import type { FileTree } from '../../ports/file-tree.ts';
import { adminTargets } from '../../render/admin-application.ts';
import { planRenders } from '../../render/plan-renders.ts';
import { targetRenderer, type RenderOutcome } from '../../render/render-applications.ts';
import type { RenderTarget } from '../../render/render-target.ts';
import { parseYaml } from '../../yaml/parse-yaml.ts';
import { atOnceMax, planOf, type DiffContext } from '../diff-environment.ts';
import { messageOf, readFolder } from '../environment-work.ts';
import { Folder } from '../fold.ts';
import { inOrder } from '../in-order.ts';
import type { DiffError, EnvironmentDiff, Risk } from '../model.ts';
import { UnreadableDocument } from '../read-resources.ts';
import type { EnvironmentSide } from '../sides.ts';
import { compareUnit, extraneous, ignoreDifferencesOf, type UnitDiff } from './compare-live.ts';
import { applicationRules, type IgnoreRule } from './ignored-fields.ts';
import type { LiveCluster, Unseen } from './live-cluster.ts';
import { LiveIndex } from './live-index.ts';
import { readSettings, type Settings } from './live-settings.ts';
import { folderUnits, leftoverUnits, targetUnit, type LiveUnit } from './live-unit.ts';

export interface LiveContext extends DiffContext {
  readonly cluster: LiveCluster;
  /** Where `bootstrap/` and the root are read from: both follow the branch, not a release. */
  readonly branch: FileTree;
}

/**
 * Compares a cluster with what an environment's Applications would make of it: drift, what is missing, and
 * what Argo CD would prune. Nothing is written. What cannot be rendered, or what the cluster refuses, is an
 * error in the result. Throws RemoteError when the cluster is out of reach.
 */
export async function diffLive(
  side: EnvironmentSide,
  context: LiveContext,
): Promise<EnvironmentDiff> {
  const targets = await planRenders(side.trees, side.network, side.environment);
  const index = new LiveIndex();
  const unseen = await context.cluster.scan(namespacesOf(side, targets), (object) => {
    index.add(object);
  });
  const work = new LiveWork(side, context, index);
  await work.prepare();
  await inOrder(targets, {
    atOnce: atOnceMax,
    run: (target) => work.compareTarget(target),
    take: (steps, done) => {
      for (const step of steps) work.add(step);
      context.onProgress?.(done, targets.length);
    },
  });
  await work.compareFolders();
  work.addLeftovers();
  return work.result(targets.length, unseen);
}

/** Every namespace that may hold something of the environment. */
function namespacesOf(
  { environment: { argocd } }: EnvironmentSide,
  targets: readonly RenderTarget[],
): string[] {
  const own = targets.map(({ namespace }) => namespace);
  return [...new Set([argocd.namespace, argocd.adminNamespace, ...own])].sort();
}

/** What came of a unit: how it differs, or why that cannot be said. */
type Step =
  | { readonly unit: LiveUnit; readonly diff: UnitDiff }
  | { readonly unit: LiveUnit; readonly failure: string };

/** Renders, compares and collects. */
class LiveWork {
  private readonly side: EnvironmentSide;
  private readonly context: LiveContext;
  private readonly index: LiveIndex;
  private readonly render: (target: RenderTarget) => Promise<RenderOutcome>;
  private readonly folder = new Folder();
  private readonly errors: DiffError[] = [];
  private readonly kept: string[] = [];
  /** Applications whose objects have been looked at, or whose manifests cannot be. */
  private readonly compared = new Set<string>();
  private readonly rules = new Map<string, readonly IgnoreRule[]>();
  private settings: Settings | undefined;
  private hooks = 0;
  private isPartial = false;

  constructor(side: EnvironmentSide, context: LiveContext, index: LiveIndex) {
    this.side = side;
    this.context = context;
    this.index = index;
    const { renderer, cancellation } = context;
    this.render = targetRenderer({
      network: side.network,
      environment: side.environment,
      values: side.trees.values,
      renderer,
      ...(cancellation === undefined ? {} : { cancellation }),
    });
  }

  /** Reads what both instances and all Applications are told to ignore. */
  async prepare(): Promise<void> {
    const { environment, network, trees } = this.side;
    const bootstrap = await readFolder(this.context.branch, `bootstrap/${environment.name}`);
    this.settings = readSettings(this.index, environment, bootstrap);
    const files = [
      ...network.services.map(({ name }) => [name, serviceManifestPath(environment.name, name)]),
      ...network.components.map(({ name }) => [
        name,
        componentManifestPath(environment.name, name),
      ]),
    ] as [string, string][];
    for (const [name, path] of files) {
      const text = (await trees.manifests.read(path)) ?? '';
      this.rules.set(name, applicationRules(ignoreDifferencesOf(parseYaml(text, path).value)));
    }
  }

  /** One Application, then what the admin instance makes of its PATs. */
  async compareTarget(target: RenderTarget): Promise<Step[]> {
    const isAdmin = target.instance === 'admin';
    const own = isAdmin ? [] : (this.rules.get(target.component) ?? []);
    const unit = targetUnit(target, this.known(), own);
    this.compared.add(unit.application);
    const outcome = await this.render(target);
    if ('error' in outcome) return [{ unit, failure: messageOf(outcome.error) }];
    const { manifest } = outcome.result;
    const step = await this.compare(unit, manifest);
    const { components } = this.side.network;
    const role = components.find(({ name }) => name === target.component)?.role;
    if (role !== 'namespace' || isAdmin) return [step];
    try {
      const admin = adminTargets(this.side.network, target, manifest);
      const steps = await Promise.all(admin.map((one) => this.compareTarget(one)));
      return [step, ...steps.flat()];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [step, { unit, failure: error.message }];
    }
  }

  /** Objects of `argocd/` and `bootstrap/`. */
  async compareFolders(): Promise<void> {
    const { branch } = this.context;
    for (const { unit, folder, files, isOfBranch } of folderUnits(this.side, this.known())) {
      const tree = isOfBranch ? branch : this.side.trees.manifests;
      const manifest = await readFolder(tree, folder, files);
      if (unit.tracker !== undefined) this.compared.add(unit.tracker.application);
      this.add(await this.compare(unit, manifest));
    }
  }

  /** What nodes have left behind that are not there any more. */
  addLeftovers(): void {
    const { masker } = this.context;
    const others = this.index
      .applications()
      .filter((name) => !this.compared.has(name))
      .sort();
    const units = leftoverUnits(this.side, this.known(), others);
    for (const unit of units) {
      const { resources, kept } = extraneous({ index: this.index, masker }, unit, new Set());
      const reason: Risk = {
        level: 'medium',
        badge: 'left over',
        reason: `${unit.application} is of a node that ${this.side.name} does not have; it stays until somebody deletes it`,
      };
      this.kept.push(...kept);
      const marked = resources.map((resource) => ({ ...resource, risks: [reason] }));
      this.folder.add({ ...unit, resources: marked });
    }
  }

  /** Takes what came of a unit. The order decides which node's change stands for those that are the same. */
  add(step: Step): void {
    const { masker } = this.context;
    const { unit } = step;
    if ('failure' in step) {
      const { application, node, component } = unit;
      const message = masker.maskText(step.failure);
      this.errors.push({ side: 'head', application, node, component, message });
      return;
    }
    const { resources, errors, hooks, kept, isPartial } = step.diff;
    this.folder.add({ ...unit, resources });
    for (const error of errors) {
      this.errors.push({ ...error, message: masker.maskText(error.message) });
    }
    this.hooks += hooks;
    this.kept.push(...kept);
    this.isPartial ||= isPartial;
  }

  result(applications: number, unseen: readonly Unseen[]): EnvironmentDiff {
    const groups = this.folder.list();
    return {
      environment: this.side.environment.name,
      applications,
      rendered: applications,
      nodesAdded: [],
      nodesRemoved: [],
      versions: [],
      groups,
      errors: [...this.errors, ...unseenError(unseen)],
      notes: this.notes(),
      plan: planOf(this.side, groups, this.context),
    };
  }

  private known(): Settings {
    if (this.settings === undefined) throw new Error('prepare comes first');
    return this.settings;
  }

  private async compare(unit: LiveUnit, manifest: string): Promise<Step> {
    const { cluster, masker } = this.context;
    try {
      const diff = await compareUnit({ cluster, masker, index: this.index }, unit, manifest);
      return { unit, diff };
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      return { unit, failure: error.message };
    }
  }

  private notes(): string[] {
    const kept = [...new Set(this.kept)].sort();
    return [
      ...(this.hooks > 0
        ? [`Hooks are left out (${this.hooks}): they run in a sync and are no state.`]
        : []),
      ...(kept.length > 0
        ? [`In no manifest, but kept for they say Prune=false: ${kept.join(', ')}.`]
        : []),
      ...(this.isPartial
        ? [
            'Argo CD ignores some fields by jq expressions or field managers; they are compared here all the same.',
          ]
        : []),
    ];
  }
}

/** One error for all that may not be listed: what would be pruned of it is not known. */
function unseenError(unseen: readonly Unseen[]): DiffError[] {
  const [first] = [...unseen].sort((a, b) => (a.resource < b.resource ? -1 : 1));
  if (first === undefined) return [];
  const resources = [...new Set(unseen.map(({ resource }) => resource))].sort().join(', ');
  return [
    {
      side: 'base',
      application: 'cluster',
      node: undefined,
      component: 'cluster',
      message: `what would be pruned of ${resources} is not known: ${first.message}`,
      isRemote: true,
    },
  ];
}
