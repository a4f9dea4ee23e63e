import { InputError } from '../errors/tidegate-error.ts';
import { valueAt } from '../generate/value-at.ts';
import { readsAs } from './edit-yaml.ts';
import { parseYaml, type YamlPathPart } from './parse-yaml.ts';

/**
 * Removes a key with a scalar on one line from the text of a YAML document and keeps everything else
 * as it was written. A comment on its line goes with it. Throws InputError where that cannot be had.
 */
export function removeYamlKey(text: string, file: string, path: readonly YamlPathPart[]): string {
  const parsed = parseYaml(text, file);
  if (valueAt(parsed.value, path) === undefined) return text;
  const wanted = withoutKey(parsed.value, path);
  const { line = 1, column = 1 } = parsed.keyPositionOf(path);
  for (const candidate of candidates(text, line - 1, column - 1)) {
    if (readsAs(candidate, file, wanted)) return candidate;
  }
  throw new InputError(`"${path.join('.')}" cannot be removed without changing anything else`, {
    position: parsed.keyPositionOf(path),
    hint: 'edit the file by hand',
  });
}

/** Ways to remove the key at a place: its whole line, or its entry in a mapping on one line. */
function* candidates(text: string, row: number, column: number): Generator<string> {
  const lines = text.split('\n');
  yield lines.filter((_, index) => index !== row).join('\n');
  const line = lines[row] ?? '';
  const before = line.slice(0, column);
  const entry =
    /^(?:[^,}"']|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')*/.exec(line.slice(column))?.[0] ?? '';
  const after = line.slice(column + entry.length);
  const joined = [
    before.replace(/,\s*$/, '') + (after.startsWith('}') && entry.endsWith(' ') ? ' ' : '') + after,
    before + after.replace(/^,\s*/, ''),
  ];
  for (const replaced of joined) {
    yield lines.map((each, index) => (index === row ? replaced : each)).join('\n');
  }
}

function withoutKey(data: unknown, [part, ...rest]: readonly YamlPathPart[]): unknown {
  if (part === undefined || typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) {
    return (data as unknown[]).map((item, at) => (at === part ? withoutKey(item, rest) : item));
  }
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]): [string, unknown][] => {
      if (key !== String(part)) return [[key, value]];
      return rest.length === 0 ? [] : [[key, withoutKey(value, rest)]];
    }),
  );
}
