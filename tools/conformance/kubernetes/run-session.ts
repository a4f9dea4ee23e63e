import { setTimeout as wait } from 'node:timers/promises';
import type { Verdict } from '../form.ts';
import { sessionDifferences } from './compare-session.ts';
import { type FrontedServer, startFronted } from './front.ts';
import { type Dictionary, isDictionary } from './json.ts';
import { findKubectl } from './kubectl-binary.ts';
import { type KubectlFolder, kubectlFolder } from './kubectl-run.ts';
import { noKubectl } from './run-case.ts';
import { mannersOf, type SessionCase } from './session-case.ts';
import {
  collectionPath,
  filesNamed,
  kindOfPlural,
  objectPath,
  type ObjectPlace,
  placeOfPath,
  shortNamesOf,
  type World,
  worldOf,
} from './session-world.ts';

/**
 * Runs a recorded session anew: the real kubectl against the embedded server, behind a front that behaves as the
 * recorder did, with the objects that the session found. What kubectl sends and says must be what was recorded.
 */
export async function runSession(one: SessionCase, all: readonly SessionCase[]): Promise<Verdict> {
  const binary = await findKubectl();
  if (binary === undefined) return { notCovered: noKubectl };
  const world = worldOf(one, all);
  const unknown = filesNamed(one.argv).filter((name) => world.files[name] === undefined);
  if (unknown.length > 0)
    return { notCovered: `no session shows what was in ${unknown.join(', ')}` };
  const act = meanwhile(one);
  if (one.background !== undefined && act === undefined)
    return { notCovered: `what happens meanwhile is not understood: ${one.background}` };
  const server = await startFronted(mannersOf(one.server));
  let folder: KubectlFolder | undefined;
  try {
    folder = await kubectlFolder(binary, server.target);
    await prepare(server, world, { one, all });
    if (one.discovery.length === 0) await folder.run({ argv: ['kubectl', 'api-resources'] });
    server.forgetRequests();
    if (act !== undefined) actLater(server, one, act);
    const result = await folder.run({ argv: one.argv, files: world.files });
    return sessionDifferences(one, { ...result, requests: server.requests });
  } finally {
    await folder?.remove();
    await server.close();
  }
}

interface Recorded {
  readonly one: SessionCase;
  readonly all: readonly SessionCase[];
}

async function prepare(server: FrontedServer, world: World, recorded: Recorded): Promise<void> {
  await defineKinds(server, recorded);
  for (const name of new Set(world.namespaces))
    server.call('POST', '/api/v1/namespaces', { metadata: { name } });
  for (const { place, object } of world.objects) create(server, place, object, recorded);
  meetCondition(server, recorded.one);
}

function create(
  server: FrontedServer,
  place: ObjectPlace,
  object: Dictionary,
  { all }: Pick<Recorded, 'all'>,
): void {
  const apiVersion = place.group === '' ? place.version : `${place.group}/${place.version}`;
  const kind = object['kind'] ?? kindOn(server, place) ?? kindOfPlural(place, all);
  server.call('POST', collectionPath(place), { apiVersion, kind, ...object });
}

function kindOn(server: FrontedServer, place: ObjectPlace): unknown {
  const root = place.group === '' ? '/api' : `/apis/${place.group}`;
  const list = server.call('GET', `${root}/${place.version}`);
  const resources = isDictionary(list) ? list['resources'] : [];
  const found = Array.isArray(resources)
    ? (resources as unknown[]).find(
        (entry) => isDictionary(entry) && entry['name'] === place.plural,
      )
    : undefined;
  return isDictionary(found) ? found['kind'] : undefined;
}

/** Defines the kinds of the recording that are not built in. */
async function defineKinds(server: FrontedServer, { one, all }: Recorded): Promise<void> {
  const places = all
    .flatMap(({ requests }) => requests.map(({ path }) => placeOfPath(path)))
    .filter((place) => place !== undefined)
    .filter(({ group, version }) => group !== '' && !isServed(server, group, version));
  const custom = new Map(places.map((place) => [`${place.plural}.${place.group}`, place]));
  for (const [name, place] of custom)
    server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      spec: definitionOf(place, all),
    });
  const used = [...custom.values()].filter(({ group }) =>
    one.requests.some(({ path }) => placeOfPath(path)?.group === group),
  );
  for (const { group, version } of custom.values())
    await until(() => isServed(server, group, version));
  for (const { group, version } of used) await until(() => isPublished(server, group, version));
}

function definitionOf(place: ObjectPlace, all: readonly SessionCase[]): Dictionary {
  const kind = kindOfPlural(place, all);
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    group: place.group,
    scope: place.namespace === '' ? 'Cluster' : 'Namespaced',
    names: { kind, plural: place.plural, shortNames: shortNamesOf(place, all) },
    versions: [{ name: place.version, served: true, storage: true, schema }],
  };
}

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function isServed(server: FrontedServer, group: string, version: string): boolean {
  return succeeds(() => server.call('GET', `/apis/${group}/${version}`));
}

function isPublished(server: FrontedServer, group: string, version: string): boolean {
  const index = JSON.stringify(server.call('GET', '/openapi/v3'));
  return index.includes(`"apis/${group}/${version}"`);
}

async function until(holds: () => boolean): Promise<void> {
  const endsMs = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > endsMs) throw new Error('a kind of the recording was not served');
    await wait(50);
  }
}

/** Puts what a `wait --for=condition` waits for into the status, where it holds from the start. */
function meetCondition(server: FrontedServer, one: SessionCase): void {
  if (one.background === undefined && (one.exit === 0 || /already true/.test(one.name)))
    setCondition(server, one);
}

function setCondition(server: FrontedServer, one: SessionCase): void {
  const wanted = one.argv
    .map((word) => /^--for=condition=([^=]+)(?:=(.*))?$/.exec(word))
    .find((found) => found !== null);
  const place = targetOf(one);
  if (wanted === undefined || place === undefined) return;
  const conditions = [{ type: wanted[1] ?? '', status: wanted[2] ?? 'True' }];
  const path = `${objectPath(place)}/status`;
  server.call('PATCH', path, { status: { conditions } }, 'application/merge-patch+json');
}

/** The object that a session is about. */
function targetOf({ requests }: SessionCase): ObjectPlace | undefined {
  return requests
    .map(({ path }) => placeOfPath(path))
    .find((place) => place !== undefined && place.name !== '');
}

/** What another client did during a session; undefined when its words are not understood. */
function meanwhile(one: SessionCase): ((server: FrontedServer) => void) | undefined {
  const words = one.background ?? '';
  const place = targetOf(one);
  if (place === undefined) return undefined;
  if (/delete/.test(words))
    return (server) =>
      server.call('DELETE', objectPath(place), { propagationPolicy: 'Background' });
  if (/patch\w* status/.test(words))
    return (server) => {
      setCondition(server, one);
    };
  if (/appl|create/.test(words))
    return (server) => {
      create(server, place, { metadata: { name: place.name } }, { all: [one] });
    };
  return undefined;
}

const settleMs = 300;

/** Acts when kubectl has sent all that it sends before it waits. */
function actLater(
  server: FrontedServer,
  one: SessionCase,
  act: (server: FrontedServer) => void,
): void {
  let seen = 0;
  let done = false;
  server.onRequest(({ path }) => {
    if (path !== '/api' && path !== '/apis') seen += 1;
    if (done || seen < one.requests.length) return;
    done = true;
    setTimeout(() => {
      act(server);
    }, settleMs);
  });
}
