/**
 * Writes `src/schema/kubernetes-facts.json`: what the schema of a built-in kind does not tell, but decides what a server
 * answers — the order of fields, which are pointers or left out when empty, list types, merge keys and field numbers.
 * The facts are read from the field tags of Kubernetes' published API modules:
 *
 *   go mod download k8s.io/api@v0.36.1 k8s.io/apimachinery@v0.36.1 k8s.io/apiextensions-apiserver@v0.36.1 \
 *     k8s.io/kube-aggregator@v0.36.1
 *   npx tsx packages/kube/tools/write-facts.ts "$(go env GOMODCACHE)/k8s.io" 0.36.1
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import types from '../src/schema/kubernetes-types.json' with { type: 'json' };

interface FieldFact {
  /** Pointer in Go. */
  p?: 1;
  /** Left out when empty. */
  o?: 1;
  /** Left out when the zero value, structs too. */
  z?: 1;
  /** Number in protobuf; `outer/inner` where Go embeds a struct. */
  n?: string;
  /** List or map type. */
  l?: string;
  k?: string[];
  /** Merge key and strategies of strategic merge patches. */
  m?: string;
  s?: string;
  /** Go's default value as OpenAPI shows it. */
  d?: string;
}
interface TypeFact {
  /** Package in Go, such as `core/v1`. */
  pkg: string;
  atomic?: 1;
  f: Record<string, FieldFact>;
}
interface GoField {
  readonly name: string;
  readonly type: string;
  readonly tag: string;
  readonly comments: string;
}
interface GoStruct {
  readonly fields: readonly GoField[];
  readonly comments: string;
}

const [modules = '', version = ''] = process.argv.slice(2);
const packages: Record<string, string> = {};
for (const group of readdirSync(join(modules, `api@v${version}`))) {
  for (const level of ['v1', 'v2']) {
    const folder = join(modules, `api@v${version}`, group, level);
    if (existsSync(folder)) packages[`${group}/${level}`] = folder;
  }
}
packages['meta/v1'] = join(modules, `apimachinery@v${version}/pkg/apis/meta/v1`);
packages['apiextensions/v1'] = join(
  modules,
  `apiextensions-apiserver@v${version}/pkg/apis/apiextensions/v1`,
);
packages['apiregistration/v1'] = join(
  modules,
  `kube-aggregator@v${version}/pkg/apis/apiregistration/v1`,
);

function readStructs(folder: string): Map<string, GoStruct> {
  const out = new Map<string, GoStruct>();
  const files = readdirSync(folder).filter((name) => /^types.*\.go$/.test(name));
  for (const file of files) {
    const source = readFileSync(join(folder, file), 'utf8');
    const pattern = /((?:^\/\/.*\n|^\n)*)^type (\w+) struct \{\n([\s\S]*?)^\}/gm;
    for (const [, comments = '', name = '', body = ''] of source.matchAll(pattern)) {
      out.set(name, { comments, fields: readFields(body) });
    }
  }
  return out;
}

function readFields(body: string): GoField[] {
  const fields: GoField[] = [];
  let comments = '';
  for (const line of body.split('\n')) {
    const text = line.trim();
    if (text.startsWith('//')) comments += `${text}\n`;
    const field = /^(?:(\w+)\s+)?([*[\]\w.]+)\s+`(.*)`/.exec(text);
    if (field === null) {
      if (text === '') comments = comments.includes('+') ? comments : '';
      continue;
    }
    fields.push({ name: field[1] ?? '', type: field[2] ?? '', tag: field[3] ?? '', comments });
    comments = '';
  }
  return fields;
}

const structs = new Map(
  Object.entries(packages).map(([name, folder]) => [name, readStructs(folder)]),
);
const prefixes: Record<string, string> = {
  Core: 'core',
  Events: 'events',
  Authentication: 'authentication',
  Discovery: 'discovery',
  Flowcontrol: 'flowcontrol',
  Storage: 'storage',
  Rbac: 'rbac',
  Admissionregistration: 'admissionregistration',
  Apiextensions: 'apiextensions',
  Apiregistration: 'apiregistration',
};

function findStruct(type: string): { pkg: string; struct: GoStruct } | undefined {
  const found = /^([A-Z][a-z]+)?V(\d)([A-Z]\w*)$/.exec(type);
  if (found === null) return undefined;
  const [, prefix, level = '', name = ''] = found;
  const only = prefix === undefined ? undefined : prefixes[prefix];
  for (const [pkg, known] of structs) {
    if (!pkg.endsWith(`v${level}`) || (only !== undefined && pkg !== `${only}/v${level}`)) continue;
    const struct = known.get(name);
    if (struct !== undefined) return { pkg, struct };
  }
  return undefined;
}

function marker(comments: string, name: string): string | undefined {
  return new RegExp(`\\+${name}=(\\S+)`).exec(comments)?.[1];
}

function readTag(tag: string): { name: string; flags: string[]; number: string | undefined } {
  const json = /json:"([^"]*)"/.exec(tag)?.[1] ?? '';
  const [name = '', ...flags] = json.split(',');
  return { name, flags, number: /protobuf:"[^"]*?,(\d+),/.exec(tag)?.[1] };
}

function addFields(
  out: Record<string, FieldFact>,
  pkg: string,
  struct: GoStruct,
  outer = '',
): void {
  for (const field of struct.fields) {
    const { name, flags, number } = readTag(field.tag);
    const isInline = flags.includes('inline') || (name === '' && field.name === '');
    const path = number === undefined ? undefined : `${outer}${number}`;
    if (isInline)
      addInline(out, structOf(pkg, field.type), path === undefined ? outer : `${path}/`);
    else if (name !== '' && name !== '-') out[name] = factOf(field, flags, path);
  }
}

function addInline(
  out: Record<string, FieldFact>,
  inner: ReturnType<typeof structOf>,
  outer: string,
): void {
  if (inner !== undefined) addFields(out, inner.pkg, inner.struct, outer);
}

function structOf(pkg: string, type: string): { pkg: string; struct: GoStruct } | undefined {
  const bare = type.replace(/^\*/, '');
  const [alias, name] = bare.includes('.') ? bare.split('.') : [undefined, bare];
  const place = alias === undefined ? pkg : alias === 'metav1' ? 'meta/v1' : 'core/v1';
  const struct = structs.get(place)?.get(name ?? '');
  return struct === undefined ? undefined : { pkg: place, struct };
}

function factOf(field: GoField, flags: readonly string[], number: string | undefined): FieldFact {
  const marks = ['listType', 'mapType', 'structType'].map((name) => marker(field.comments, name));
  const keys = [...field.comments.matchAll(/\+listMapKey=(\S+)/g)].map(([, key]) => key ?? '');
  const all = {
    p: field.type.startsWith('*') ? 1 : undefined,
    o: flags.includes('omitempty') ? 1 : undefined,
    z: flags.includes('omitzero') ? 1 : undefined,
    n: number,
    l: marks.find((mark) => mark !== undefined),
    k: keys.length > 0 ? keys : undefined,
    m: /patchMergeKey:"([^"]*)"/.exec(field.tag)?.[1],
    s: /patchStrategy:"([^"]*)"/.exec(field.tag)?.[1],
    d: marker(field.comments, 'default'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const facts: Record<string, TypeFact> = {};
const missing: string[] = [];
for (const type of Object.keys(types)) {
  const found = findStruct(type);
  if (found === undefined) {
    missing.push(type);
    continue;
  }
  const fact: TypeFact = { pkg: found.pkg, f: {} };
  if (/\+(structType|mapType)=atomic/.test(found.struct.comments)) fact.atomic = 1;
  addFields(fact.f, found.pkg, found.struct);
  facts[type] = fact;
}
process.stderr.write(`without facts: ${missing.join(', ')}\n`);
const target = fileURLToPath(new URL('../src/schema/kubernetes-facts.json', import.meta.url));
const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(JSON.stringify(facts), { ...options, parser: 'json' }));
