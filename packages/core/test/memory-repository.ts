import { memoryTree } from '../src/ports/file-tree.ts';
import type {
  ReleaseRepository,
  ReleaseTag,
  RevisionTree,
} from '../src/ports/release-repository.ts';
import { overlayTree } from '../src/release/overlay-tree.ts';
import { planRelease, type ReleasePlan, type ReleaseRequest } from '../src/release/plan-release.ts';

export type Files = ReadonlyMap<string, string>;

/** A repository in memory: files at the head, and tags with theirs. */
export class MemoryRepository {
  files: Files;
  nowMs = Date.UTC(2030, 0, 1);
  readonly tags = new Map<string, { files: Files; tag: ReleaseTag }>();

  constructor(files: Files) {
    this.files = files;
  }

  /** Changes files at the head; undefined removes one. */
  write(changes: Readonly<Record<string, string | undefined>>): void {
    const files = new Map(this.files);
    for (const [path, content] of Object.entries(changes)) {
      if (content === undefined) files.delete(path);
      else files.set(path, content);
    }
    this.files = files;
  }

  open(): ReleaseRepository {
    return {
      head: revisionTree(this.files, 'head'),
      releases: (environment) =>
        Promise.resolve(
          [...this.tags.values()]
            .filter(({ tag }) => tag.environment === environment)
            .map(({ tag }) => tag.number),
        ),
      tree: (revision) => {
        const found = this.tags.get(revision);
        return Promise.resolve(
          found === undefined ? undefined : revisionTree(found.files, revision),
        );
      },
      tag: (environment, release) =>
        Promise.resolve(this.tags.get(`release/${environment}/${release}`)?.tag),
    };
  }

  plan(request: ReleaseRequest, allowDowngrade = false): Promise<ReleasePlan> {
    return planRelease(this.open(), request, { nowMs: this.nowMs, allowDowngrade });
  }

  /** Plans, and cuts the release where it is due and nothing refuses it. */
  async cut(request: ReleaseRequest, allowDowngrade = false): Promise<ReleasePlan> {
    const plan = await this.plan(request, allowDowngrade);
    const [refusal] = plan.refusals;
    if (refusal !== undefined) throw new Error(`${refusal.gate}: ${refusal.reason}`);
    if (plan.isDue) this.apply(plan);
    return plan;
  }

  private apply(plan: ReleasePlan): void {
    this.write({
      ...Object.fromEntries(plan.files.map(({ path, content }) => [path, content])),
      ...Object.fromEntries(plan.removed.map((path) => [path, undefined])),
    });
    const { tag: name, number, message } = plan;
    const tag = { name, number, message, environment: plan.environment.name, by: 'Test' };
    this.tags.set(name, { files: this.files, tag: { ...tag, dateMs: this.nowMs } });
  }
}

function revisionTree(files: Files, name: string): RevisionTree {
  return {
    ...overlayTree(memoryTree(files, name), { files: [], removed: [] }),
    name,
    commit: `${name}-commit`,
    objectId: (path) => {
      const below = [...files].filter(([file]) => file === path || file.startsWith(`${path}/`));
      return Promise.resolve(below.length === 0 ? undefined : JSON.stringify(below.sort()));
    },
  };
}
