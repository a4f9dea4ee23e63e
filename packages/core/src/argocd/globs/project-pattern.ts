import { matchGobwas, type GlobSeparators } from './gobwas.ts';

/** How a pattern of an AppProject is read. */
export interface PatternOptions {
  /** Whether `!` in front turns the pattern around. Default: no. */
  readonly allowNegation?: boolean;
  readonly separators?: GlobSeparators;
}

/** Whether a pattern says what is not permitted. */
export function isDenyPattern(pattern: string): boolean {
  return pattern.startsWith('!');
}

/**
 * Whether a value matches a pattern of an AppProject or a sync window: a glob, where `*` alone matches
 * everything whatever the separators.
 *
 * See `globMatch` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/app_project_types.go
 */
export function matchPattern(
  pattern: string,
  value: string,
  { allowNegation = false, separators = '' }: PatternOptions = {},
): boolean {
  if (allowNegation && isDenyPattern(pattern)) {
    return !matchGobwas(pattern.slice(1), value, separators);
  }
  return pattern === '*' || matchGobwas(pattern, value, separators);
}
