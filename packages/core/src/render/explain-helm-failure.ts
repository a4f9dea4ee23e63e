import { InputError, type Diagnostic, type SourcePosition } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import type { RenderRequest } from '../ports/chart-renderer.ts';
import { parseYaml, type ParsedYaml } from '../yaml/parse-yaml.ts';

/** What Helm itself printed, without its label: the cause of the error that people see. */
export class HelmFailure extends Error {}

/**
 * Turns what Helm printed when it failed into an error for people. For values that violate the
 * chart's schema it points at the line of the layer that set them; anything else is Helm's own text,
 * whole, at the place in the template that it names.
 */
export function explainHelmFailure(request: RenderRequest, printed: string): InputError {
  const text = ownText(printed);
  const cause = new HelmFailure(text);
  const [first, ...rest] = schemaDiagnostics(request, text);
  if (first !== undefined) return InputError.of([first, ...rest], cause);
  const position = templatePosition(text);
  // What a template itself complains of (`fail`, `required`) is a sentence for people; the place is told apart.
  const own = /^execution error at \([^()]+\): (.+)$/s.exec(text)?.[1] ?? text;
  return new InputError(`${subject(request)} does not render: ${own}`, {
    cause,
    ...(position === undefined ? {} : { position }),
  });
}

function subject({ chart, releaseName }: RenderRequest): string {
  return `chart ${chart.name} ${chart.version} of ${releaseName}`;
}

/** Without Helm's label, its advice to debug and its log lines. */
function ownText(printed: string): string {
  const lines = printed
    .split('\n')
    .filter((line) => !/^(Use --debug flag|level=|time=|walk\.go|coalesce\.go)/.test(line));
  return (
    lines
      .join('\n')
      .replace(/^Error: /, '')
      .trim() || 'helm failed without a message'
  );
}

/** The last place that the text names: an error inside a helper names its callers first. */
function templatePosition(text: string): SourcePosition | undefined {
  const places = [
    ...text.matchAll(
      /(?<![\w./-])([\w.-]+(?:\/[\w.-]+)*\/templates\/[^\s:()"]+):(\d+)(?::(\d+))?/g,
    ),
  ];
  const [, file, line, column] = places.at(-1) ?? [];
  if (file === undefined) return undefined;
  return {
    file,
    line: Number(line),
    ...(column === undefined ? {} : { column: Number(column) + 1 }),
  };
}

const schemaHeading = /values don't meet the specifications of the schema/;

function schemaDiagnostics(request: RenderRequest, text: string): Diagnostic[] {
  if (!schemaHeading.test(text)) return [];
  const layers = request.values.map(({ path, content }) => parseYaml(content, path));
  const faults = text.split('\n').flatMap((line) => {
    const match = /^\s*- at '(.*?)': (.+)$/.exec(line);
    return match === null ? [] : schemaFaults(pointerPath(match[1] ?? ''), match[2] ?? '');
  });
  return faults
    .filter(({ message }) => message !== 'validation failed')
    .map(({ path, message }) => {
      const position = positionInLayers(layers, path);
      return {
        message: `${chartOf(request)} refuses ${describe(path)}: ${message}`,
        ...(position === undefined ? {} : { position }),
      };
    });
}

function chartOf({ chart }: RenderRequest): string {
  return `chart ${chart.name} ${chart.version}`;
}

function describe(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'the values' : `"${path.join('.')}"`;
}

interface SchemaFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A fault about keys names them; each becomes a fault of its own, at its own place. */
function schemaFaults(path: (string | number)[], message: string): SchemaFault[] {
  const unknown = /^additional properties (.+) not allowed$/.exec(message)?.[1];
  if (unknown !== undefined) {
    return quoted(unknown).map((key) => ({
      path: [...path, key],
      message: 'the key is not known',
    }));
  }
  const missing = /^missing propert(?:y|ies):? (.+)$/.exec(message)?.[1];
  if (missing !== undefined) {
    return quoted(missing).map((key) => ({ path: [...path, key], message: 'it is required' }));
  }
  return [{ path, message }];
}

function quoted(list: string): string[] {
  return [...list.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map((match) => match[1] ?? '');
}

function pointerPath(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Where the last layer that has the value sets it; for a missing one, where its parent begins. */
function positionInLayers(
  layers: readonly ParsedYaml[],
  path: readonly (string | number)[],
): SourcePosition | undefined {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const layer = layers.findLast(({ value }) => valueAt(value, part) !== undefined);
    if (layer !== undefined) return layer.keyPositionOf(part);
  }
  return undefined;
}
