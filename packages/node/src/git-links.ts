import { InputError } from '@tidegate/core';

/** Where the symbolic link at a path of a tree points, as Git stores it; undefined when it is none. */
export type LinkTarget = (path: string) => Promise<string | undefined>;

const hopsMax = 40;

/**
 * Follows the symbolic links in a path, as the file system would in a checkout. Throws InputError
 * when one leads out of the tree or in a circle.
 */
export async function followLinks(path: string, targetOf: LinkTarget): Promise<string> {
  let rest = path.split('/');
  let real: string[] = [];
  for (let hops = 0; rest.length > 0;) {
    const [part = '', ...after] = rest;
    if (part === '..' && real.length === 0) throw leadsOut(path);
    real = step(real, part);
    rest = after;
    const target = real.length === 0 ? undefined : await targetOf(real.join('/'));
    if (target === undefined) continue;
    if (target.startsWith('/')) throw leadsOut(path);
    hops += 1;
    if (hops > hopsMax) {
      throw new InputError('cannot be read: its symbolic links lead in a circle', {
        position: { file: path },
      });
    }
    real = real.slice(0, -1);
    rest = [...target.split('/'), ...after];
  }
  return real.join('/');
}

function step(real: readonly string[], part: string): string[] {
  if (part === '' || part === '.') return [...real];
  return part === '..' ? real.slice(0, -1) : [...real, part];
}

function leadsOut(path: string): InputError {
  return new InputError(
    'leads out of the repository through a symbolic link; expected a file inside it',
    { position: { file: path } },
  );
}
