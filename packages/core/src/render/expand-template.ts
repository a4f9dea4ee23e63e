/**
 * ApplicationSet templates as Argo CD's default (fasttemplate) engine fills them: `{{name}}` with
 * optional blanks is replaced by the parameter, a name without a parameter stays as it is.
 */
export type TemplateParameters = Readonly<Record<string, string>>;

/** Parameters that the git directory generator gives for a folder such as `envs/qa/nodes/node-alpha`. */
export function directoryParameters(path: string): TemplateParameters {
  const segments = path.split('/');
  const basename = segments.at(-1) ?? '';
  return {
    path,
    'path.basename': basename,
    'path.basenameNormalized': normalizeName(basename),
    ...Object.fromEntries(segments.map((segment, index) => [`path[${index}]`, segment])),
  };
}

function normalizeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-a-z0-9.]+/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}

/** Fills every string in plain data, keys included. */
export function expandTemplate(value: unknown, parameters: TemplateParameters): unknown {
  if (typeof value === 'string') return expandText(value, parameters);
  if (Array.isArray(value)) return value.map((item) => expandTemplate(item, parameters));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      expandText(key, parameters),
      expandTemplate(item, parameters),
    ]),
  );
}

function expandText(text: string, parameters: TemplateParameters): string {
  return text.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(parameters, name) ? (parameters[name] ?? whole) : whole,
  );
}
