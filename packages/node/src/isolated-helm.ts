import { join } from 'node:path';
import { toolEnvironment } from './run-tool.ts';

/**
 * The environment of a helm process that lives in a folder of its own. No settings, plugins,
 * credentials or clusters of the user: the same input gives the same output.
 */
export function isolatedHelm(folder: string): Record<string, string> {
  const { PATH = '', TMPDIR } = toolEnvironment(process.env);
  const own = join(folder, '.helm');
  return {
    PATH,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    LC_ALL: 'C',
    HOME: folder,
    HELM_CONFIG_HOME: own,
    HELM_CACHE_HOME: own,
    HELM_DATA_HOME: own,
    HELM_PLUGINS: own,
    NO_COLOR: '1',
  };
}
