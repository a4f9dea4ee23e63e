import { InputError } from '../errors/tidegate-error.ts';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
import type { FileContent } from '../ports/file-tree.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';

/**
 * A renderer that first reads every values layer itself. Helm reports a broken file without line or
 * column, takes duplicate keys silently, and an anchor that expands without bound eats its memory.
 * Each distinct file is read once.
 */
export function checkedValues(renderer: ChartRenderer): ChartRenderer {
  const checked = new Map<string, string>();
  const check = ({ path, content }: FileContent): void => {
    if (checked.get(path) === content) return;
    const parsed = parseYaml(content, path);
    const { value } = parsed;
    if (
      value !== null &&
      value !== undefined &&
      (typeof value !== 'object' || Array.isArray(value))
    ) {
      throw new InputError('expected a mapping of values', { position: parsed.positionOf([]) });
    }
    checked.set(path, content);
  };
  return {
    render: async (request: RenderRequest, cancellation) => {
      request.values.forEach(check);
      return renderer.render(request, cancellation);
    },
  };
}
