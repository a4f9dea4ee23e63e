import { renderText, type Params, type TemplateDialect } from './render-text.ts';

/**
 * Fills parameters into all texts of some data, keys included. Null fields vanish.
 * Source: `deeplyReplace` in applicationset/utils/utils.go.
 */
export function renderData(value: unknown, params: Params, dialect: TemplateDialect): unknown {
  if (typeof value === 'string') return renderText(value, params, dialect);
  if (Array.isArray(value)) return value.map((item) => renderData(item, params, dialect));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (item === null || item === undefined) return [];
    const rendered: unknown = renderData(item, params, dialect);
    return [[renderText(key, params, dialect), rendered] as const];
  });
  return Object.fromEntries(entries);
}
