import { InputError } from '../errors/tidegate-error.ts';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
import type { FileContent } from '../ports/file-tree.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';

/**
 * A renderer that first reads every values layer itself. Helm reports a broken file without line or
 * column, takes duplicate keys silently, and an anchor that expands without bound eats its memory.
 * Each distinct file is read once, also where two sides of a diff take turns.
 */
export function checkedValues(renderer: ChartRenderer): ChartRenderer {
  /** The last two contents of each file, the newer first. */
  const checked = new Map<string, readonly [string, string?]>();
  const check = ({ path, content }: FileContent): void => {
    const known = checked.get(path);
    if (known?.includes(content) === true) return;
    const parsed = parseYaml(content, path);
    const { value } = parsed;
    if (
      value !== null &&
      value !== undefined &&
      (typeof value !== 'object' || Array.isArray(value))
    ) {
      throw new InputError('expected a mapping of values', { position: parsed.positionOf([]) });
    }
    checked.set(path, known === undefined ? [content] : [content, known[0]]);
  };
  return {
    render: async (request: RenderRequest, cancellation) => {
      request.values.forEach(check);
      return renderer.render(request, cancellation);
    },
  };
}
