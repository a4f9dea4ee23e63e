import { releaseTag } from '../model/network.ts';
import type { Versions } from '../model/versions.ts';

/** Everything besides the definition that decides the files a release owns. */
export interface ReleaseInput {
  /** 0 for an environment that was never released. */
  readonly release: number;
  readonly versions: Versions;
  /** The node names that the release deploys. */
  readonly nodes: readonly string[];
  /** The revision that values and node folders are read at: the release's own tag, or after a rollback an earlier one. */
  readonly valuesRevision: string;
}

/**
 * What an environment that was never released is generated with. Its revision `release/<env>/0`
 * must not exist, so Argo CD deploys nothing until the first release is cut.
 */
export function neverReleased(
  environment: string,
  versions: Versions,
  nodes: readonly string[],
): ReleaseInput {
  return { release: 0, versions, nodes, valuesRevision: releaseTag(environment, 0) };
}
