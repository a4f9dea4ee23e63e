import { isRecord } from '../../../generate/value-at.ts';
import { renderData } from '../render-data.ts';
import { renderText, type Params, type TemplateDialect } from '../render-text.ts';

/** A generator as a set holds it: one of the kinds, and a selector over what it generates. */
export type Generator = Readonly<Record<string, unknown>>;

/** Kinds of generators whose `values` may refer to the generator's own parameters. */
const withValues: ReadonlySet<string> = new Set([
  'clusters',
  'git',
  'scmProvider',
  'pullRequest',
  'plugin',
  'clusterDecisionResource',
]);

/**
 * Fills the first generator's parameters of a matrix into the second generator. A value that refers
 * to what is not there yet is left for later. Without parameters nothing is filled in.
 * Source: `RenderGeneratorParams` in applicationset/utils/utils.go.
 */
export function interpolateGenerator(
  generator: Generator,
  params: Params,
  dialect: TemplateDialect,
): Generator {
  if (Object.keys(params).length === 0) return generator;
  try {
    const entries = Object.entries(generator).map(([kind, settings]) => {
      if (!withValues.has(kind) || !isRecord(settings) || !isRecord(settings['values'])) {
        return [kind, renderData(settings, params, dialect)] as const;
      }
      const { values, ...rest } = settings;
      const rendered = renderData(rest, params, dialect) as Generator;
      return [kind, { ...rendered, values: interpolateValues(values, params, dialect) }] as const;
    });
    return Object.fromEntries(entries);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to replace parameters in generator: ${text}`, { cause: error });
  }
}

/** A generator's `values` with the parameters that are known filled in. */
export function interpolateValues(
  values: Readonly<Record<string, unknown>>,
  params: Params,
  { goTemplate, options }: TemplateDialect,
): Readonly<Record<string, string>> {
  const strict = [...options.filter((one) => !one.startsWith('missingkey=')), 'missingkey=error'];
  const dialect = { goTemplate, options: goTemplate ? strict : options };
  const entries = Object.entries(values).map(([key, value]) => {
    const text = String(value);
    try {
      return [key, renderText(text, params, dialect)] as const;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (isMissingKey(message)) return [key, text] as const;
      throw new Error(`failed to pre-resolve Values key ${JSON.stringify(key)}: ${message}`, {
        cause: error,
      });
    }
  });
  return Object.fromEntries(entries);
}

function isMissingKey(message: string): boolean {
  return message.includes('map has no entry for key') || message.includes("can't evaluate field");
}
