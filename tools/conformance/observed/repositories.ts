import { memoryManifestSource } from '@tidegate/argocd/node';
import type { Recording } from './recording.ts';
import type { SharedRendering } from './rendering.ts';
import type { Repositories } from './world.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Opens the repositories of a recording: its charts are there from the beginning, its commits come with the steps. */
export function recordedRepositories(
  rendering: SharedRendering,
): (recording: Recording, time: VirtualTime) => Repositories {
  return ({ charts = {}, settings }, time) => {
    const source = memoryManifestSource({
      openRenderer: (store) => rendering.over(store),
      clock: time.clock,
      revisionCacheMs: settings.reconciliationSeconds * 1000,
    });
    for (const [repository, byName] of Object.entries(charts))
      for (const [name, versions] of Object.entries(byName))
        for (const [version, files] of Object.entries(versions))
          source.charts.setChart(repository, name, version, files);
    return {
      source: {
        generate: (request) => source.generate(request),
        directories: (request) => source.directories(request),
      },
      commit: ({ repo, branch, files, tag }) =>
        source.repositories.commit(repo, branch, files, tag === undefined ? {} : { tag }),
      close: () => source.close(),
    };
  };
}
