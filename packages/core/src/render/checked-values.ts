import { CORE_SCHEMA, load } from 'js-yaml';
import { InputError } from '../errors/tidegate-error.ts';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
import type { FileContent } from '../ports/file-tree.ts';
import { depthMax, parseYaml, yamlSizeBytesMax } from '../yaml/parse-yaml.ts';

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
    if (!isPlainlyFine(content)) readThoroughly(content, path);
    checked.set(path, known === undefined ? [content] : [content, known[0]]);
  };
  return {
    render: async (request: RenderRequest, cancellation) => {
      request.values.forEach(check);
      return renderer.render(request, cancellation);
    },
  };
}

/** Throws InputError with the place of what is wrong. */
function readThoroughly(content: string, path: string): void {
  const parsed = parseYaml(content, path);
  const { value } = parsed;
  if (value === null || value === undefined || isMapping(value)) return;
  throw new InputError('expected a mapping of values', { position: parsed.positionOf([]) });
}

/** Aliases, and forms that readers of YAML may not see alike. */
const uncommon = /[&*?\t]|<<|^(?:---|\.\.\.)|["'](?:---|\.\.\.)|[\]}"']#|[\]}]\s*:|[{[][^}\]\n]*$/m;

/**
 * Whether a file is a mapping without aliases, duplicate keys or faults of form, by a reader that is
 * several times faster and does not know where things stand.
 */
function isPlainlyFine(content: string): boolean {
  if (content.length > yamlSizeBytesMax || uncommon.test(content)) return false;
  try {
    const value = load(content, { schema: CORE_SCHEMA });
    return isMapping(value) && isWithin(value, depthMax);
  } catch {
    return false;
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether nothing is nested deeper than so many levels. */
function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((item) => isWithin(item, levels - 1));
}
