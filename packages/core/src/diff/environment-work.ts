import { TidegateError } from '../errors/tidegate-error.ts';
import { argocdFolder, bootstrapFolder } from '../layout/paths.ts';
import { nodeId } from '../model/network.ts';
import type { FileTree } from '../ports/file-tree.ts';
import { adminTargets } from '../render/admin-application.ts';
import { planRenders } from '../render/plan-renders.ts';
import { targetRenderer, type RenderOutcome } from '../render/render-applications.ts';
import type { RenderTarget } from '../render/render-target.ts';
import { compareManifests, type ComparedResource } from './compare-manifests.ts';
import type { DiffContext, SidePair } from './diff-environment.ts';
import type { ApplicationChange } from './fold.ts';
import type { DiffError } from './model.ts';
import { hasSameInputs, pairTargets, type TargetPair, type TargetSide } from './pair-targets.ts';
import { UnreadableDocument } from './read-resources.ts';
import type { EnvironmentSide } from './sides.ts';

/** What came of one Application. */
export type Compared =
  { readonly change: ApplicationChange } | { readonly errors: readonly DiffError[] };

type RenderTargetFunction = (target: RenderTarget) => Promise<RenderOutcome>;

/** Renders and compares the Applications of one environment, one pair at a time. */
export class EnvironmentWork {
  private readonly sides: SidePair;
  private readonly context: DiffContext;
  private readonly renderBase: RenderTargetFunction | undefined;
  private readonly renderHead: RenderTargetFunction | undefined;

  constructor(sides: SidePair, context: DiffContext) {
    this.sides = sides;
    this.context = context;
    this.renderBase = this.rendererOf(sides.base);
    this.renderHead = this.rendererOf(sides.head);
  }

  private rendererOf(side: EnvironmentSide | undefined): RenderTargetFunction | undefined {
    if (side === undefined) return undefined;
    const { renderer, cancellation } = this.context;
    return targetRenderer({
      network: side.network,
      environment: side.environment,
      values: side.trees.values,
      renderer,
      ...(cancellation === undefined ? {} : { cancellation }),
    });
  }

  async pairs(): Promise<TargetPair[]> {
    const { base, head } = this.sides;
    const byObject = [base, head].every(
      (side) => side === undefined || 'objectId' in side.trees.values,
    );
    const list = async (side: EnvironmentSide | undefined): Promise<TargetSide[]> =>
      side === undefined ? [] : targetSides(side, byObject);
    return pairTargets(await list(base), await list(head));
  }

  /** The Application's own change, then those of what the admin instance makes of its PATs. */
  async compare(pair: TargetPair): Promise<Compared[]> {
    const [base, head] = await Promise.all([
      render(this.renderBase, pair.base),
      render(this.renderHead, pair.head),
    ]);
    const own = this.compareOutcomes(pair, base, head);
    if (!this.isNamespace(pair) || 'errors' in own) return [own];
    try {
      const admin = pairTargets(
        this.adminSides(pair.base, base, this.sides.base),
        this.adminSides(pair.head, head, this.sides.head),
      );
      const compared = admin.filter((one) => !hasSameInputs(one)).map((one) => this.compare(one));
      return [own, ...(await Promise.all(compared)).flat()];
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      return [own, { errors: [this.errorOf('head', pair, error.message)] }];
    }
  }

  private isNamespace({ base, head }: TargetPair): boolean {
    const target = (head ?? base)?.target;
    const { components } = (this.sides.head ?? this.sides.base)?.network ?? { components: [] };
    return (
      target?.instance === 'non-admin' &&
      components.some(({ name, role }) => role === 'namespace' && name === target.component)
    );
  }

  private adminSides(
    own: TargetSide | undefined,
    outcome: RenderOutcome | undefined,
    side: EnvironmentSide | undefined,
  ): TargetSide[] {
    if (own === undefined || side === undefined || outcome === undefined) return [];
    if (!('result' in outcome)) return [];
    return adminTargets(side.network, own.target, outcome.result.manifest).map((target) => ({
      target,
      environment: own.environment,
      layers: [],
    }));
  }

  private compareOutcomes(
    pair: TargetPair,
    base: RenderOutcome | undefined,
    head: RenderOutcome | undefined,
  ): Compared {
    const failed = (['base', 'head'] as const).flatMap((side) => {
      const outcome = side === 'base' ? base : head;
      return outcome !== undefined && 'error' in outcome
        ? [this.errorOf(side, pair, messageOf(outcome.error))]
        : [];
    });
    if (failed.length > 0) return { errors: failed };
    try {
      return { change: this.changeOf(pair, manifestOf(base), manifestOf(head)) };
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      return { errors: [this.errorOf('head', pair, error.message)] };
    }
  }

  private changeOf(pair: TargetPair, base: string, head: string): ApplicationChange {
    const target = targetOf(pair);
    const namespace = target.namespace;
    const resources = compareManifests(base, head, namespace, this.context.masker);
    const { application, component, instance, wave, node } = target;
    const aliases = node === undefined ? [] : [nodeId(node)];
    return { application, component, source: instance, wave, node, aliases, resources };
  }

  private errorOf(side: DiffError['side'], pair: TargetPair, message: string): DiffError {
    const { application, node, component } = targetOf(pair);
    return { side, application, node, component, message: this.context.masker.maskText(message) };
  }

  /** Objects of `argocd/` and `bootstrap/`, as the repository has them. */
  async files(): Promise<ApplicationChange[]> {
    const { base, head } = this.sides;
    const name = (head ?? base)?.environment.name ?? '';
    const folders = [
      { component: 'argocd', folder: argocdFolder(name) },
      { component: 'bootstrap', folder: bootstrapFolder(name) },
    ];
    return Promise.all(
      folders.map(async ({ component, folder }) => ({
        application: folder,
        component,
        source: 'files' as const,
        wave: undefined,
        node: undefined,
        aliases: [],
        resources: await this.compareFolder(folder, name),
      })),
    );
  }

  private async compareFolder(folder: string, environment: string): Promise<ComparedResource[]> {
    const read = async (side: EnvironmentSide | undefined): Promise<string> => {
      const text = side === undefined ? '' : await readFolder(side.trees.manifests, folder);
      return withoutReleaseNumbers(text, environment);
    };
    const [base, head] = [await read(this.sides.base), await read(this.sides.head)];
    return compareManifests(base, head, '', this.context.masker);
  }
}

async function render(
  how: RenderTargetFunction | undefined,
  side: TargetSide | undefined,
): Promise<RenderOutcome | undefined> {
  return side === undefined ? undefined : how?.(side.target);
}

function targetOf({ base, head }: TargetPair): RenderTarget {
  const side = head ?? base;
  if (side === undefined) throw new Error('a pair has a side');
  return side.target;
}

function manifestOf(outcome: RenderOutcome | undefined): string {
  return outcome !== undefined && 'result' in outcome ? outcome.result.manifest : '';
}

/** A failure with its place. */
export function messageOf(error: TidegateError): string {
  const at = error.position;
  const place =
    at === undefined
      ? ''
      : `${[at.file, at.line].filter((part) => part !== undefined).join(':')}: `;
  return `${place}${error.message}`;
}

/** Every Application of a side, with what its layers contain. */
async function targetSides(side: EnvironmentSide, byObject: boolean): Promise<TargetSide[]> {
  const targets = await planRenders(side.trees, side.network, side.environment);
  const contents = new Map<string, Promise<string | undefined>>();
  const contentOf = (path: string): Promise<string | undefined> => {
    const known = contents.get(path) ?? contentId(side.trees.values, path, byObject);
    contents.set(path, known);
    return known;
  };
  return Promise.all(
    targets.map(async (target) => ({
      target,
      environment: side.environment,
      layers: await Promise.all(target.valueFiles.map(contentOf)),
    })),
  );
}

/** Object names where both sides have them; else the texts themselves. */
function contentId(tree: FileTree, path: string, byObject: boolean): Promise<string | undefined> {
  const own = tree as FileTree & { objectId?: (path: string) => Promise<string | undefined> };
  return byObject && own.objectId !== undefined ? own.objectId(path) : tree.read(path);
}

/** The YAML files of a folder as one manifest; `wanted` picks some of them. */
export async function readFolder(
  tree: FileTree,
  folder: string,
  wanted: (name: string) => boolean = () => true,
): Promise<string> {
  const names = (await tree.list(folder))
    .filter(({ name, kind }) => kind === 'file' && /\.ya?ml$/.test(name) && wanted(name))
    .map(({ name }) => name);
  const texts = names.map(async (name) => {
    const text = (await tree.read(`${folder}/${name}`)) ?? '';
    // Kustomize's own file names no object.
    return /^kind: Kustomization$/m.test(text) ? `${text}\nmetadata: { name: ${name} }\n` : text;
  });
  return (await Promise.all(texts)).join('\n---\n');
}

/** Manifests carry the number of their release: that there is a next one is no difference. */
function withoutReleaseNumbers(text: string, environment: string): string {
  return text
    .replaceAll(new RegExp(`release/${environment}/\\d+`, 'g'), `release/${environment}/<n>`)
    .replaceAll(/(tidegate\.dev\/release: )"?\d+"?/g, '$1<n>');
}
