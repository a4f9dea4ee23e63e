import type { FileContent } from '../ports/file-tree.ts';
import type { Network } from '../model/network.ts';
import { editYaml } from '../yaml/edit-yaml.ts';
import { removeYamlKey } from '../yaml/remove-yaml-key.ts';
import { versionPath, type VersionChange } from './version-changes.ts';

/**
 * The text of a versions file with versions changed, and with the number of a release where there is
 * one. Everything else stays byte for byte. Throws InputError where that cannot be had.
 */
export function editVersions(
  { path: file, content: text }: FileContent,
  network: Pick<Network, 'components'>,
  changes: readonly VersionChange[],
  release?: number,
): string {
  const edited = changes.reduce((current, { name, field, to }) => {
    const path = versionPath(network, name, field);
    return to === undefined
      ? removeYamlKey(current, file, path)
      : editYaml(current, file, [{ path, value: to }]);
  }, text);
  return release === undefined
    ? edited
    : editYaml(edited, file, [{ path: ['release'], value: release }]);
}
