/** Symbolic links: where each points, by its absolute path. */
export type Links = Readonly<Record<string, string>>;

const linksMax = 10;

/** Joins path parts and takes `.`, `..` and doubled slashes out, as Go's `filepath.Join` on Unix. */
export function joinPath(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join('/');
  const isAbsolute = text.startsWith('/');
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (name !== '' && name !== '.' && !(name === '..' && isAbsolute)) names.push(name);
  }
  if (text === '') return '';
  return `${isAbsolute ? '/' : ''}${names.join('/')}` || '.';
}

/** The folder that a path is in. */
export function parentOf(path: string): string {
  return joinPath(path, '..');
}

/** Whether a path is in a folder; the folder itself is not. Both are absolute. */
export function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Where a path leads when it is a link itself, one link after the other; undefined for too many. */
export function followLink(path: string, links: Links): string | undefined {
  let current = path;
  for (let count = 0; count <= linksMax; count += 1) {
    const target = Object.hasOwn(links, current) ? links[current] : undefined;
    if (target === undefined) return current;
    current = target.startsWith('/') ? target : joinPath(parentOf(current), target);
  }
  return undefined;
}

/** Where a path leads when all links on the way are followed; undefined for too many. */
export function realPath(path: string, links: Links): string | undefined {
  let current = '';
  for (const name of path.split('/').filter((part) => part !== '')) {
    const next = followLink(`${current}/${name}`, links);
    if (next === undefined) return undefined;
    current = next;
  }
  return current === '' ? '/' : current;
}

/**
 * The first link below a folder that leads out of it, or has an absolute target; Argo CD refuses repositories
 * with one, whether it is used or not.
 *
 * See `CheckOutOfBoundsSymlinks` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/util/app/path/path.go
 */
export function outOfBoundsLink(folder: string, links: Links): string | undefined {
  return Object.keys(links)
    .sort()
    .filter((path) => isInside(path, folder))
    .find((path) => leavesFolder(path, links[path] ?? '', folder));
}

function leavesFolder(path: string, target: string, folder: string): boolean {
  if (target.startsWith('/')) return true;
  let current = parentOf(path);
  for (const name of target.split('/')) {
    current = joinPath(current, name);
    if (current !== folder && !isInside(current, folder)) return true;
  }
  return false;
}
