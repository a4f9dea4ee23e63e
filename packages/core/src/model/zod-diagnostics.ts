import type { ZodError } from 'zod';
import type { Diagnostic } from '../errors/tidegate-error.ts';
import type { ParsedYaml } from '../yaml/parse-yaml.ts';

type Issue = ZodError['issues'][number];
type Path = (string | number)[];

/** Names of the fields that a map at a path may have. */
export type KnownFields = (path: readonly (string | number)[]) => readonly string[];

/** Turns a failed schema check into diagnostics that point at the offending line and column. */
export function zodDiagnostics(
  error: ZodError,
  parsed: ParsedYaml,
  knownFields: KnownFields,
): Diagnostic[] {
  return error.issues.flatMap((issue) => issueDiagnostics(issue, parsed, knownFields));
}

function issueDiagnostics(
  issue: Issue,
  parsed: ParsedYaml,
  knownFields: KnownFields,
): Diagnostic[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const expected = knownFields(path).join(', ');
    return issue.keys.map((key) => ({
      message: `unknown field "${[...path, key].join('.')}"; expected one of ${expected}`,
      position: parsed.keyPositionOf([...path, key]),
    }));
  }
  return [
    {
      message: `${subject(path)}: ${expectation(issue)}`,
      position: issue.code === 'invalid_key' ? parsed.keyPositionOf(path) : parsed.positionOf(path),
    },
  ];
}

function subject(path: Path): string {
  return path.length === 0 ? 'the document' : `"${path.join('.')}"`;
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'invalid key';
  if (issue.code === 'invalid_value') {
    return `expected ${issue.values.map((value) => String(value)).join(' or ')}`;
  }
  return lowerFirst(issue.message.replace(/^Invalid input: /, ''));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
