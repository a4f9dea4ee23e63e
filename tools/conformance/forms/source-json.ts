import type {
  ReferableSource,
  RefSources,
} from '../../../packages/core/src/argocd/sources/index.ts';
import { differences, missingText } from '../compare.ts';
import type { Difference } from '../form.ts';

/** A source as Argo CD writes it. */
export interface SourceJson {
  readonly repoURL?: string;
  readonly path?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly targetRevision?: string;
  readonly helm?: { readonly valueFiles?: readonly string[]; readonly releaseName?: string };
}

/** A source as others refer to it. */
export function referableSource({
  repoURL = '',
  ref = '',
  targetRevision = '',
  chart = '',
}: SourceJson): ReferableSource {
  return { repoUrl: repoURL, ref, targetRevision, chart };
}

/** Sources by name, of URLs by name. */
export function refSourcesOf(urls: Readonly<Record<string, string>>): RefSources {
  return Object.fromEntries(
    Object.entries(urls).map(([name, repoUrl]) => [
      name,
      { repoUrl, targetRevision: '', chart: '' },
    ]),
  );
}

/** What a case says about errors. */
export interface ErrorExpectation {
  readonly expectError?: boolean;
  readonly errorContains?: string;
}

/** Compares an error, or that there is none. */
export function checkError(one: ErrorExpectation, fault: string | undefined): Difference[] {
  const expected = one.expectError === true || one.errorContains !== undefined;
  if (fault !== undefined && !expected) {
    return [{ where: 'expectError', expected: false, got: fault }];
  }
  return [
    ...differences(expected, fault !== undefined, 'expectError'),
    ...(one.errorContains === undefined
      ? []
      : missingText(one.errorContains, fault, 'errorContains')),
  ];
}
