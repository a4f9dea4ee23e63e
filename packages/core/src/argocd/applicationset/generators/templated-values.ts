import { holdsText } from '../go-template/go-value.ts';
import { renderText, type Params, type TemplateDialect } from '../render-text.ts';

/** Texts that a generator adds to its parameters under `values`. */
export type GeneratorValues = Readonly<Record<string, string>>;

/**
 * Adds a generator's `values` to its parameters: each filled in with the parameters alone, so that
 * they cannot build on each other. Source: applicationset/generators/value_interpolation.go.
 */
export function withValues(
  params: Params,
  values: GeneratorValues | undefined,
  dialect: TemplateDialect,
): Params {
  const entries = Object.entries(values ?? {}).map(
    ([key, value]) => [key, renderValue(value, params, dialect)] as const,
  );
  if (entries.length === 0) return params;
  return dialect.goTemplate
    ? { ...params, values: { ...Object.fromEntries(entries), [holdsText]: true } }
    : { ...params, ...Object.fromEntries(entries.map(([key, value]) => [`values.${key}`, value])) };
}

function renderValue(value: string, params: Params, dialect: TemplateDialect): string {
  try {
    return renderText(value, params, dialect);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(
      'failed to append templated values: failed to replace templated string: ' +
        `failed to replace templated string with rendered values: ${text}`,
      { cause: error },
    );
  }
}
