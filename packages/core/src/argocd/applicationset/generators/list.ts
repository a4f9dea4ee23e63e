import { mismatch, readGoYaml } from '../go-template/go-yaml.ts';
import type { Params, TemplateDialect } from '../render-text.ts';

/** A list generator. */
export interface ListGenerator {
  readonly elements?: readonly unknown[];
  readonly elementsYaml?: string;
}

/**
 * The parameters of a list. Without Go templates all of them have to be texts, but those under
 * `values` may be one level deeper. Elements of `elementsYaml` are taken as they are.
 * Source: applicationset/generators/list.go.
 */
export function listParams(
  { elements = [], elementsYaml = '' }: ListGenerator,
  { goTemplate }: TemplateDialect,
): Params[] {
  const given = elements.map((element) => {
    if (!isParams(element)) {
      throw new Error(`error unmarshling list element ${jsonMismatch(element)}`);
    }
    return goTemplate ? element : textParams(element);
  });
  return elementsYaml === '' ? given : [...given, ...yamlElements(elementsYaml)];
}

function textParams(element: Params): Params {
  const entries = Object.entries(element).flatMap(([key, value]) => {
    if (key !== 'values') return [[key, textOf(value)] as const];
    if (!isParams(value)) throw new Error('error parsing values map');
    return Object.entries(value).map(([name, inner]) => [`values.${name}`, textOf(inner)] as const);
  });
  return Object.fromEntries(entries);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('error parsing value as string %!w(<nil>)');
}

function yamlElements(text: string): Params[] {
  try {
    const data = readGoYaml(text);
    if (data === null) return [];
    if (!Array.isArray(data)) throw mismatch(data, '[]map[string]interface {}');
    return (data as unknown[]).map((item) => {
      if (isParams(item)) return item;
      throw mismatch(item, 'map[string]interface {}');
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`error unmarshling decoded ElementsYaml ${message}`, { cause: error });
  }
}

function jsonMismatch(data: unknown): string {
  const prefix = 'error unmarshaling JSON: while decoding JSON: ';
  return mismatch(data, 'map[string]interface {}').message.slice(prefix.length);
}

function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
