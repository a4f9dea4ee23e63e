import type { Difference } from './form.ts';

/** Where two JSON values differ. Undefined fields count as absent; the order of fields does not count. */
export function differences(expected: unknown, got: unknown, where = ''): Difference[] {
  if (Array.isArray(expected) && Array.isArray(got)) {
    return expected.length === got.length
      ? expected.flatMap((item, index) => differences(item, got[index], `${where}[${index}]`))
      : [{ where, expected, got }];
  }
  if (isObject(expected) && isObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return [...keys].flatMap((key) =>
      differences(expected[key], got[key], where === '' ? key : `${where}.${key}`),
    );
  }
  return Object.is(expected, got) ? [] : [{ where, expected, got }];
}

/** The difference when a text does not contain another, else none. */
export function missingText(piece: string, text: string | undefined, where = ''): Difference[] {
  return text?.includes(piece) === true
    ? []
    : [{ where, expected: `text that contains ${JSON.stringify(piece)}`, got: text }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
