import { executeTemplate, type MissingKey } from './execute.ts';
import { refusedFunctions, templateFunctions } from './functions.ts';
import type { GoValue } from './go-value.ts';
import { parseTemplate } from './parser.ts';
import { UnsupportedTemplateError } from './template-error.ts';

/**
 * Renders a template as Argo CD does with `goTemplate: true`: Go's text/template with Sprig's
 * functions and a few of Argo CD's own. Throws with Argo CD's words when the template is wrong, and
 * an `UnsupportedTemplateError` when it uses what is not modelled here.
 * Source: `Replace` in applicationset/utils/utils.go.
 */
export function renderGoTemplate(text: string, data: GoValue, options: readonly string[]): string {
  const missingKey = missingKeyOf(options);
  const template = explained('failed to parse template', text, () =>
    parseTemplate(text, hasFunction),
  );
  return explained('failed to execute go template', text, () =>
    executeTemplate(template, data, { functions: templateFunctions, missingKey }),
  );
}

function explained<T>(what: string, text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof UnsupportedTemplateError || !(error instanceof Error)) throw error;
    throw new Error(`${what} ${text}: ${error.message}`, { cause: error });
  }
}

function hasFunction(name: string): boolean {
  const why = refusedFunctions.get(name);
  if (why !== undefined) {
    throw new UnsupportedTemplateError(`function "${name}" in a template is refused: ${why}`);
  }
  return templateFunctions.has(name) || name === 'and' || name === 'or';
}

/** Reads options such as `missingkey=error`; the last one counts. An unknown one stops Argo CD. */
function missingKeyOf(options: readonly string[]): MissingKey {
  let missingKey: MissingKey = 'invalid';
  for (const option of options) {
    const known = missingKeys.get(option);
    if (known === undefined) throw new Error(`unrecognized option: ${option}`);
    missingKey = known;
  }
  return missingKey;
}

const missingKeys: ReadonlyMap<string, MissingKey> = new Map([
  ['missingkey=default', 'invalid'],
  ['missingkey=invalid', 'invalid'],
  ['missingkey=zero', 'zero'],
  ['missingkey=error', 'error'],
]);
