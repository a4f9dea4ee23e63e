/**
 * Writes `src/schema/kubernetes-types.json`: the fields, types and descriptions of Kubernetes' built-in kinds, taken from
 * the published client `@kubernetes/client-node`, so that the server validates, prunes and explains them.
 * Run it with `npx tsx packages/kube/tools/write-types.ts` after an update of that package.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { rootTypes } from '../src/schema/root-types.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}
interface WrittenField {
  t: string;
  r?: true;
  d?: string;
}
interface WrittenType {
  d?: string;
  f: Record<string, WrittenField>;
}

const require = createRequire(import.meta.url);
const models = join(dirname(require.resolve('@kubernetes/client-node')), 'gen', 'models');
const target = fileURLToPath(new URL('../src/schema/kubernetes-types.json', import.meta.url));
const modelName = /\b([A-Z]\w+)\b/g;
const plain = new Set(['Array', 'Date', 'IntOrString', 'V1MicroTime', 'Set']);

function unescape(text: string): string {
  return text.replace(/\\(['"])/g, '$1').replace(/\\\\/g, '\\');
}

/** Descriptions and which fields are required, from the declarations. */
function readDeclarations(name: string): {
  type: string;
  fields: Map<string, { required: boolean; text: string }>;
} {
  const source = readFileSync(join(models, `${name}.d.ts`), 'utf8');
  const fields = new Map<string, { required: boolean; text: string }>();
  const field = /(?:\/\*\*\n\s+\* ((?:(?!\*\/)[\s\S])*?)\n\s+\*\/\n)?\s+'([^']+)'(\??):/g;
  const body = source.slice(source.indexOf('export declare class'));
  for (const match of body.matchAll(field)) {
    fields.set(match[2] ?? '', { required: match[3] !== '?', text: unescape(match[1] ?? '') });
  }
  const head = /\/\*\*\n\* ((?:(?!\*\/)[\s\S])*?)\n\*\/\nexport declare class/.exec(source);
  return { type: unescape(head?.[1] ?? ''), fields };
}

async function readAttributes(name: string): Promise<Attribute[]> {
  const module = (await import(join(models, `${name}.js`))) as Record<
    string,
    { getAttributeTypeMap(): Attribute[] }
  >;
  const found = module[name];
  if (found === undefined) throw new Error(`${name} is not in the package.`);
  return found.getAttributeTypeMap();
}

const otherModels = dirname(require.resolve('kubernetes-models'));
const metaModels = join(
  otherModels,
  '..',
  '@kubernetes-models',
  'apimachinery',
  'apis',
  'meta',
  'v1',
);
const groups = readdirSync(otherModels, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
  .map((entry) => entry.name);

/** Descriptions of fields that refer to other types: only the other package has them. */
function readMore(type: string): Map<string, string> {
  const [, version = '', name = ''] = /V(\d\w*?)([A-Z]\w*)$/.exec(type) ?? [];
  const folders = [
    join(otherModels, `v${version}`),
    ...groups.map((group) => join(otherModels, group, `v${version}`)),
    metaModels,
  ];
  const out = new Map<string, string>();
  for (const folder of folders) {
    const file = join(folder, `${name}.d.ts`);
    if (!existsSync(file)) continue;
    const field = /\/\*\*\n\s+\* ((?:(?!\*\/)[\s\S])*?)\n\s+\*\/\n\s+"([^"]+)"\??:/g;
    for (const match of readFileSync(file, 'utf8').matchAll(field)) {
      out.set(match[2] ?? '', (match[1] ?? '').replace(/\n\s+\* ?/g, '\n').trim());
    }
    break;
  }
  return out;
}

/** Maps whose values are bytes, which the client shows as plain text. */
const byteMaps = new Set(['V1Secret.data', 'V1ConfigMap.binaryData']);

function spell(attribute: Attribute): string {
  if (attribute.type === 'number') return attribute.format === '' ? 'number' : attribute.format;
  if (attribute.type === 'string' && attribute.format !== '') return attribute.format;
  if (attribute.type === 'V1MicroTime') return 'micro-time';
  if (attribute.type === 'Date') return 'date-time';
  return attribute.type;
}

interface Known {
  readonly declared: ReturnType<typeof readDeclarations>;
  readonly more: ReadonlyMap<string, string>;
}

function writeField(type: string, attribute: Attribute, { declared, more }: Known): WrittenField {
  const known = declared.fields.get(attribute.baseName);
  const isBytes = byteMaps.has(`${type}.${attribute.baseName}`);
  const field: WrittenField = { t: isBytes ? '{ [key: string]: byte; }' : spell(attribute) };
  if (known?.required === true) field.r = true;
  const text = known?.text === '' ? more.get(attribute.baseName) : known?.text;
  if (text !== undefined && text !== '') field.d = text;
  return field;
}

async function collect(): Promise<Record<string, WrittenType>> {
  const types: Record<string, WrittenType> = {};
  const queue: string[] = [...rootTypes];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (types[name] !== undefined) continue;
    const known = { declared: readDeclarations(name), more: readMore(name) };
    const written: WrittenType = { f: {} };
    if (known.declared.type !== '') written.d = known.declared.type;
    types[name] = written;
    for (const attribute of await readAttributes(name)) {
      written.f[attribute.baseName] = writeField(name, attribute, known);
      const names = [...attribute.type.matchAll(modelName)].map(([found]) => found);
      queue.push(...names.filter((found) => !plain.has(found)));
    }
  }
  return types;
}

const types = await collect();
const sorted = Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
const options = await prettier.resolveConfig(target);
writeFileSync(
  target,
  await prettier.format(JSON.stringify(sorted), { ...options, parser: 'json' }),
);
