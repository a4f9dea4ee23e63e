import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from './digest.ts';

/** Files that a helm process reads its values from. */
export interface LayerFolder {
  /** Absolute path of the folder that the names are in. */
  readonly path: string;
  /** Writes content to a file, once for all that have the same, and returns its name. */
  write(content: string): Promise<string>;
}

/**
 * One temporary folder for all renders that overlap: layers that they share are written once, and the
 * folder goes with the last of them.
 */
export class LayerFiles {
  private users = 0;
  private current: Promise<LayerFolder> | undefined;

  /** Runs work that needs layer files. */
  async use<T>(work: (folder: LayerFolder) => Promise<T>): Promise<T> {
    this.users += 1;
    this.current ??= openFolder();
    const folder = this.current;
    try {
      return await work(await folder);
    } finally {
      this.users -= 1;
      if (this.users === 0) {
        this.current = undefined;
        await folder.then(
          ({ path }) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
          () => undefined,
        );
      }
    }
  }
}

async function openFolder(): Promise<LayerFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-render-'));
  const written = new Map<string, Promise<string>>();
  return {
    path,
    write: (content) => {
      const digest = sha256(content);
      const known = written.get(digest);
      if (known !== undefined) return known;
      const name = `layer-${written.size}.yaml`;
      const writing = writeFile(join(path, name), content, { mode: 0o600 }).then(() => name);
      written.set(digest, writing);
      return writing;
    },
  };
}
