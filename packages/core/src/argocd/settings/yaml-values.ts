import { CORE_SCHEMA, loadAll, Type, YAMLException } from 'js-yaml';

/** A setting that Argo CD cannot read. The message is as near to Argo CD's as YAML libraries allow. */
export class SettingsFault extends Error {
  override readonly name = 'SettingsFault';
}

const yes = /^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

/** YAML as Go's library reads it: booleans of YAML 1.1, and times as texts. */
const goSchema = CORE_SCHEMA.extend({
  implicit: [
    new Type('tag:yaml.org,2002:bool', {
      kind: 'scalar',
      resolve: (data: unknown) => typeof data === 'string' && (yes.test(data) || no.test(data)),
      construct: (data: string) => yes.test(data),
    }),
    new Type('tag:yaml.org,2002:merge', {
      kind: 'scalar',
      resolve: (data: unknown) => data === '<<',
    }),
  ],
});

/**
 * Reads YAML as Argo CD does: the first document only; of keys that come twice the last one counts.
 * Throws a SettingsFault.
 */
export function parseYaml(text: string): unknown {
  const documents: unknown[] = [];
  try {
    loadAll(text, (document) => documents.push(document), { schema: goSchema, json: true });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = error.mark as { readonly line: number } | undefined;
    const at = place === undefined ? '' : `line ${place.line + 1}: `;
    if (documents.length === 0) {
      throw new SettingsFault(`error converting YAML to JSON: yaml: ${at}${error.reason}`);
    }
  }
  return documents[0] ?? undefined;
}

/** The name of a value's type as Go's JSON decoder says it. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

/** A value of a setting has another type than Argo CD wants. */
export function wrongType(value: unknown, where: string, wanted: string): SettingsFault {
  const text = `json: cannot unmarshal ${jsonType(value)} into Go ${where} of type ${wanted}`;
  return new SettingsFault(`error unmarshaling JSON: while decoding JSON: ${text}`);
}

/** A YAML object as fields; none where there is nothing. */
export function asFields(value: unknown, type: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(value, 'value', type);
  return value as Readonly<Record<string, unknown>>;
}

export function asList(value: unknown, type: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(value, 'value', type);
  return value as unknown[];
}

/** A text of a field; empty where there is none. A number or boolean is taken as its text. */
export function textField(fields: Readonly<Record<string, unknown>>, name: string): string {
  return scalarText(fields[name], `struct field .${name}`);
}

/** A text of a field that has to be one. */
export function strictTextField(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value === 'number' || typeof value === 'boolean') {
    throw wrongType(value, `struct field .${name}`, 'string');
  }
  return textField(fields, name);
}

function scalarText(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw wrongType(value, where, 'string');
}

export function booleanField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  standard: boolean,
): boolean {
  const value = fields[name];
  if (value === undefined || value === null) return standard;
  if (typeof value !== 'boolean') throw wrongType(value, `struct field .${name}`, 'bool');
  return value;
}

/** A list of texts of a field. */
export function textsField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
): readonly string[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  const where = `struct field .${name}`;
  if (!Array.isArray(value)) throw wrongType(value, where, '[]string');
  return (value as unknown[]).map((item) => scalarText(item, where));
}

/** Go's strconv.ParseBool. */
export function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  throw new SettingsFault(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}
