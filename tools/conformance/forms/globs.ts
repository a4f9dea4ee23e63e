import { compileGobwas, matchPath } from '../../../packages/core/src/argocd/globs/index.ts';
import { differences } from '../compare.ts';
import { defineForm, type ConformanceForm } from '../form.ts';

type Answer = boolean | 'error';

interface GlobCase {
  readonly pattern: string;
  readonly text: string;
  readonly pathMatch?: Answer;
  readonly gobwasNoSeparator?: Answer;
  readonly gobwasSlash?: Answer;
}

type Dialect = 'pathMatch' | 'gobwasNoSeparator' | 'gobwasSlash';

const dialects: Readonly<Record<Dialect, (pattern: string, text: string) => Answer>> = {
  pathMatch: (pattern, text) => {
    const match = matchPath(pattern, text);
    return match === 'bad pattern' ? 'error' : match;
  },
  gobwasNoSeparator: (pattern, text) => gobwas(pattern, text, ''),
  gobwasSlash: (pattern, text) => gobwas(pattern, text, '/'),
};

function gobwas(pattern: string, text: string, separators: '' | '/'): Answer {
  const compiled = compileGobwas(pattern, separators);
  return 'fault' in compiled ? 'error' : compiled.matches(text);
}

/** A pattern and a text under Argo CD's dialects of globs. */
export const forms: readonly ConformanceForm[] = [
  defineForm<GlobCase>({
    name: 'globs',
    key: 'cases',
    fields: ['pattern', 'text'],
    run: (one) =>
      (Object.keys(dialects) as Dialect[])
        .filter((dialect) => one[dialect] !== undefined)
        .flatMap((dialect) =>
          differences(one[dialect], dialects[dialect](one.pattern, one.text), dialect),
        ),
  }),
];
