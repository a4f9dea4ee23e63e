import type { InstanceSettings } from '../settings/instance-settings.ts';
import { applicationKey, instanceName, type Application } from './application.ts';
import type { ComparerOptions, ComparisonOutcome, ComparisonRequest } from './comparison-model.ts';
import { ComparisonMemory } from './comparison-memory.ts';
import { OneComparison, type Memory, type Wanted } from './one-comparison.ts';

/**
 * Compares Applications with the cluster.
 * Source: `CompareAppState` in controller/state.go.
 */
export class Comparer {
  private readonly options: ComparerOptions;
  /** When a repository failed first, by Application. */
  private readonly failingSince = new Map<string, number>();
  private readonly memory: Memory = {
    prepared: new ComparisonMemory(),
    compared: new ComparisonMemory(),
  };
  private versions:
    | {
        readonly offered: unknown;
        readonly settings: InstanceSettings;
        readonly texts: readonly string[];
      }
    | undefined;

  constructor(options: ComparerOptions) {
    this.options = options;
  }

  /** Undefined: a repository fails, but not for long; what was known stays. */
  async compare(
    application: Application,
    request: ComparisonRequest,
  ): Promise<ComparisonOutcome | undefined> {
    const settings = this.options.settings();
    const wanted = await this.targets(application, request);
    if (this.isTemporary(application, request, wanted)) return undefined;
    const subject = { application, request, settings, memory: this.memory };
    return new OneComparison(this.options, subject).run(wanted);
  }

  /** Forgets an Application that is gone. */
  forget(application: Application): void {
    const key = applicationKey(application);
    this.memory.prepared.forget(key);
    this.memory.compared.forget(key);
    this.failingSince.delete(application.metadata.name ?? '');
  }

  private async targets(
    application: Application,
    { project, sources, revisions, multiSource, noCache, noRevisionCache }: ComparisonRequest,
  ): Promise<Wanted> {
    const { discovery, namespace, settings } = this.options;
    const answer = await this.options.manifests.generate({
      application: {
        name: instanceName(application, namespace),
        namespace: application.metadata.namespace ?? '',
        project: project.name,
        destinationNamespace: application.spec.destination?.namespace ?? '',
      },
      sources,
      revisions: sources.map((source, index) =>
        revisions.length === sources.length && revisions[index] !== ''
          ? (revisions[index] ?? '')
          : (source.targetRevision ?? ''),
      ),
      multiSource,
      noRevisionCache,
      noCache,
      kubeVersion: discovery.kubeVersion(),
      apiVersions: this.apiVersions(settings()),
    });
    if ('sources' in answer) return { sources: answer.sources };
    const where =
      answer.source === undefined
        ? ''
        : `failed to generate manifest for source ${answer.source + 1} of ${sources.length}: `;
    return { error: `Failed to load target state: ${where}${answer.error}` };
  }

  /** What charts see of the server; made anew when the server or the settings are others. */
  private apiVersions(settings: InstanceSettings): readonly string[] {
    const { discovery } = this.options;
    const offered = discovery.all();
    if (this.versions?.offered !== offered || this.versions.settings !== settings) {
      const texts = discovery.apiVersions((group, kind) => settings.excluded(group, kind));
      this.versions = { offered, settings, texts };
    }
    return this.versions.texts;
  }

  /** Whether an error of a repository is to be passed over. Source: `repoErrorGracePeriod`. */
  private isTemporary(
    { metadata: { name = '' } }: Application,
    { noRevisionCache }: ComparisonRequest,
    wanted: Wanted,
  ): boolean {
    if ('sources' in wanted) {
      this.failingSince.delete(name);
      return false;
    }
    const since = this.failingSince.get(name);
    const now = this.options.clock.nowMs();
    if (noRevisionCache) return false;
    if (since === undefined) this.failingSince.set(name, now);
    return since === undefined || now - since <= this.options.repositoryErrorGraceMs;
  }
}
