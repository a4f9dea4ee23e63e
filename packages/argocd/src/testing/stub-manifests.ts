import type { DirectoryRequest, ManifestSource } from '../ports/manifests.ts';

/** Repositories that hold nothing but folders, by URL and revision. */
export interface StubManifests extends ManifestSource {
  /** What was asked for, in order. */
  readonly asked: DirectoryRequest[];
  /** Sets the folders of a revision, or why they cannot be read. */
  set(repoURL: string, revision: string, folders: readonly string[] | Error): void;
}

export function stubManifests(): StubManifests {
  const answers = new Map<string, readonly string[] | Error>();
  const asked: DirectoryRequest[] = [];
  return {
    asked,
    set: (repoURL, revision, folders) => void answers.set(`${repoURL} ${revision}`, folders),
    generate: () => Promise.resolve({ error: 'the stub renders nothing', source: 0 }),
    directories: (request) => {
      asked.push(request);
      const answer = answers.get(`${request.repoURL} ${request.revision}`);
      if (answer instanceof Error) return Promise.resolve({ error: answer.message });
      const directories = answer ?? [];
      return Promise.resolve({ directories });
    },
  };
}
