import { isDictionary, type Dictionary } from './json.ts';
import type { NotedRequest, SessionCase } from './session-case.ts';

/** Where an object is: what the path of a request says. */
export interface ObjectPlace {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
}

/** Place of what a path names; the name is empty for a collection. Undefined for paths of no resource. */
export function placeOfPath(path: string): ObjectPlace | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const [root, ...rest] = parts;
  const isCore = root === 'api';
  if (!isCore && root !== 'apis') return undefined;
  const [group = '', version = ''] = isCore ? ['', rest[0]] : rest;
  let inner = rest.slice(isCore ? 1 : 2);
  let namespace = '';
  if (inner[0] === 'namespaces' && inner.length > 2) {
    namespace = inner[1] ?? '';
    inner = inner.slice(2);
  }
  const [plural, name = ''] = inner;
  return plural === undefined ? undefined : { group, version, namespace, plural, name };
}

export function collectionPath({ group, version, namespace, plural }: ObjectPlace): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

export function objectPath(place: ObjectPlace): string {
  return `${collectionPath(place)}/${place.name}`;
}

function idOf(place: ObjectPlace): string {
  return objectPath(place);
}

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** What has to be there before a session, and the files that it reads. */
export interface World {
  readonly namespaces: readonly string[];
  readonly objects: readonly { readonly place: ObjectPlace; readonly object: Dictionary }[];
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Infers from what a session sent what was there before: the recording itself does not say. An object that was
 * asked for was there, unless the session makes it, waits for it, or is told that it is not found; one that was
 * patched by apply had other values.
 */
export function worldOf(one: SessionCase, all: readonly SessionCase[]): World {
  const configs = filesOf(one, all);
  const missing = notFound(one);
  const isThere = (place: ObjectPlace): boolean =>
    !isCreated(one, place) &&
    !missing.has(`${place.plural} ${place.name}`) &&
    !missing.has(`namespaces ${place.namespace}`);
  const places = unique([
    ...one.requests.map(({ path }) => placeOfPath(path)).filter((place) => place !== undefined),
    ...listed(one),
  ]);
  const named = places.filter((place) => place.name !== '' && place.plural !== 'namespaces');
  return {
    namespaces: [
      ...places.map(({ namespace }) => namespace),
      ...places.filter(({ plural }) => plural === 'namespaces').map(({ name }) => name),
    ].filter((name) => name !== '' && name !== 'default' && !missing.has(`namespaces ${name}`)),
    objects: named
      .filter(isThere)
      .map((place) => ({ place, object: before(one, place, configOf(configs, place)) })),
    files: Object.fromEntries(
      [...configs].map(([name, config]) => [name, `${JSON.stringify(config)}\n`]),
    ),
  };
}

/** The objects that a table of `get` shows. */
function listed({ argv, requests, stdout }: SessionCase): ObjectPlace[] {
  const [, verb] = argv;
  const [heading = '', ...rows] = stdout.split('\n');
  const request = requests.find(({ method, path }) => method === 'GET' && !groupVersion.test(path));
  const place = request === undefined ? undefined : placeOfPath(request.path);
  if (verb !== 'get' || !heading.startsWith('NAME') || place?.name !== '') return [];
  const names = rows.map((row) => row.trim().split(/\s+/)[0] ?? '').filter((name) => name !== '');
  return names.map((name) => ({ ...place, name }));
}

/** Paths of discovery that name a group and a version. */
export const groupVersion = /^\/(api\/v1|apis\/[^/]+\/[^/]+)$/;

function unique(places: readonly ObjectPlace[]): ObjectPlace[] {
  return [...new Map(places.map((place) => [idOf(place), place])).values()];
}

function notFound({ stderr }: SessionCase): Set<string> {
  const found = stderr.matchAll(/([a-z]+)(?:\.[a-z0-9.-]+)? "([^"]+)" not found/g);
  return new Set([...found].map(([, plural, name]) => `${plural ?? ''} ${name ?? ''}`));
}

function isCreated(one: SessionCase, place: ObjectPlace): boolean {
  if (one.argv.includes('--for=create')) return true;
  const deletes = one.argv.includes('--for=delete');
  if (deletes && one.exit === 0 && one.background === undefined) return true;
  return one.requests.some(
    ({ method, path, body }) =>
      method === 'POST' && path === collectionPath(place) && nameOf(body) === place.name,
  );
}

function nameOf(object: unknown): unknown {
  const metadata = isDictionary(object) ? object['metadata'] : undefined;
  return isDictionary(metadata) ? metadata['name'] : undefined;
}

/** The words after `-f` and `--filename`. */
export function filesNamed(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    if (word === '-f' || word === '--filename') return argv.slice(index + 1, index + 2);
    return word.startsWith('--filename=') ? [word.slice('--filename='.length)] : [];
  });
}

/** Files of a session, as far as this or another session of the recording shows what was in them. */
function filesOf(one: SessionCase, all: readonly SessionCase[]): Map<string, Dictionary> {
  const out = new Map<string, Dictionary>();
  for (const name of filesNamed(one.argv)) {
    const others = all.filter((other) => filesNamed(other.argv).includes(name));
    const config = [one, ...others].map(configSent).find((found) => found !== undefined);
    if (config !== undefined) out.set(name, config);
  }
  return out;
}

/** What a session's file said, by what it sent of it. */
function configSent({ requests }: SessionCase): Dictionary | undefined {
  for (const { method, body, contentType } of requests) {
    if (!isDictionary(body)) continue;
    const metadata = isDictionary(body['metadata']) ? body['metadata'] : {};
    const annotations = isDictionary(metadata['annotations']) ? metadata['annotations'] : {};
    const text = annotations[lastApplied];
    if (typeof text === 'string') return withoutEmptyAnnotations(JSON.parse(text) as Dictionary);
    const isWhole = method === 'POST' || method === 'PUT' || contentType?.includes('apply-patch');
    if (isWhole === true && typeof body['kind'] === 'string') return body;
  }
  return undefined;
}

/** kubectl writes an empty list of annotations into what it notes as applied. */
function withoutEmptyAnnotations(config: Dictionary): Dictionary {
  const { metadata } = config;
  if (!isDictionary(metadata) || !isDictionary(metadata['annotations'])) return config;
  if (Object.keys(metadata['annotations']).length > 0) return config;
  const rest = Object.entries(metadata).filter(([key]) => key !== 'annotations');
  return { ...config, metadata: Object.fromEntries(rest) };
}

function configOf(
  configs: ReadonlyMap<string, Dictionary>,
  place: ObjectPlace,
): Dictionary | undefined {
  return [...configs.values()].find((config) => nameOf(config) === place.name);
}

/** Specs without which a kind is refused. */
const smallest: Readonly<Record<string, Dictionary>> = {
  configmaps: { data: { k: 'v' } },
  pods: { spec: { containers: [{ name: 'c', image: 'i' }] } },
  deployments: workload({}),
  replicasets: workload({}),
  daemonsets: workload({}),
  statefulsets: workload({ serviceName: 's' }),
  jobs: {
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    },
  },
  services: { spec: { ports: [{ port: 80 }] } },
};

function workload(more: Dictionary): Dictionary {
  const labels = { app: 'a' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  return { spec: { ...more, selector: { matchLabels: labels }, template } };
}

/** An object as it was before a session. */
function before(one: SessionCase, place: ObjectPlace, config: Dictionary | undefined): Dictionary {
  const plain = { ...smallest[place.plural], metadata: { name: place.name } };
  const base = config === undefined ? plain : applied(otherwise(config, patchOf(one, place)));
  const wanted = jsonPathOf(one);
  return wanted === undefined ? base : setAt(base, wanted.path, wanted.value);
}

/** A configuration with the note of itself that apply leaves. */
function applied(config: Dictionary): Dictionary {
  const metadata = isDictionary(config['metadata']) ? config['metadata'] : {};
  const noted = { ...config, metadata: { annotations: {}, ...metadata } };
  const annotations = { [lastApplied]: `${JSON.stringify(noted)}\n` };
  return { ...config, metadata: { ...metadata, annotations } };
}

function patchOf(one: SessionCase, place: ObjectPlace): Dictionary | undefined {
  const found = one.requests.find(
    ({ method, path, contentType }: NotedRequest) =>
      method === 'PATCH' && path === objectPath(place) && contentType?.includes('apply') !== true,
  );
  return isDictionary(found?.body) ? found.body : undefined;
}

/** A configuration with other values wherever a patch sets one, and with a value where it takes one away. */
function otherwise(config: Dictionary, patch: Dictionary | undefined): Dictionary {
  if (patch === undefined) return config;
  const out = { ...config };
  for (const [key, value] of Object.entries(patch)) {
    if (key === 'metadata') continue;
    const current = out[key];
    if (isDictionary(value)) out[key] = otherwise(isDictionary(current) ? current : {}, value);
    else
      out[key] =
        typeof value === 'number' ? value + 1 : `${typeof value === 'string' ? value : ''}before`;
  }
  return out;
}

interface JsonPath {
  readonly path: readonly string[];
  readonly value: string;
}

/** What a `wait` for a JSON path waits for, where that holds from the start. */
function jsonPathOf(one: SessionCase): JsonPath | undefined {
  const holds = one.exit === 0 || /already true/.test(one.name);
  if (!holds || one.background !== undefined) return undefined;
  for (const word of one.argv) {
    const found = /^--for=jsonpath=\{\.([\w.-]+)\}=(.*)$/.exec(word);
    if (found !== null) return { path: (found[1] ?? '').split('.'), value: found[2] ?? '' };
  }
  return undefined;
}

function setAt(object: Dictionary, [key, ...rest]: readonly string[], value: string): Dictionary {
  if (key === undefined) return object;
  const inner = object[key];
  const next = rest.length === 0 ? value : setAt(isDictionary(inner) ? inner : {}, rest, value);
  return { ...object, [key]: next };
}

/** The kind of a custom resource, as some request of the recording names it, else made of the plural. */
export function kindOfPlural(place: ObjectPlace, all: readonly SessionCase[]): string {
  for (const { path, body } of all.flatMap(({ requests }) => requests)) {
    const other = placeOfPath(path);
    if (other?.plural !== place.plural || other.group !== place.group) continue;
    if (isDictionary(body) && typeof body['kind'] === 'string') return body['kind'];
  }
  const singular = place.plural.replace(/ies$/, 'y').replace(/s$/, '');
  return `${singular.slice(0, 1).toUpperCase()}${singular.slice(1)}`;
}

/** Words by which sessions call a resource and that are neither its plural nor its singular. */
export function shortNamesOf(place: ObjectPlace, all: readonly SessionCase[]): string[] {
  const singular = kindOfPlural(place, all).toLowerCase();
  const words = all
    .filter(({ requests }) =>
      requests.some(({ path }) => {
        const other = placeOfPath(path);
        return other?.plural === place.plural && other.group === place.group;
      }),
    )
    .flatMap(({ argv }) =>
      argv
        .slice(2)
        .filter((word) => !word.startsWith('-'))
        .slice(0, 1),
    )
    .map((word) => word.split('/')[0] ?? '')
    .filter((word) => /^[a-z]+$/.test(word) && word !== place.plural && word !== singular);
  return [...new Set(words)];
}
