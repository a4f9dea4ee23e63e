import { isRecord } from '../../generate/value-at.ts';
import type { ApplicationTemplate } from './application-template.ts';

/**
 * The template of a generator with what it leaves open from the set's template. A field counts as
 * open when it is empty; lists are not joined.
 * Source: `mergeGeneratorTemplate` in applicationset/generators/generator_spec_processor.go.
 */
export function mergeTemplates(own: unknown, base: ApplicationTemplate): ApplicationTemplate {
  return own === undefined || own === null ? base : (fillEmpty(own, base) as ApplicationTemplate);
}

function fillEmpty(own: unknown, base: unknown): unknown {
  if (isRecord(own) && isRecord(base)) {
    const result = new Map(Object.entries(own));
    for (const [key, value] of Object.entries(base)) {
      result.set(key, fillEmpty(result.get(key), value));
    }
    return Object.fromEntries(result);
  }
  return isEmpty(own) ? base : own;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) {
    return true;
  }
  return typeof value === 'object' && Object.keys(value).length === 0;
}
