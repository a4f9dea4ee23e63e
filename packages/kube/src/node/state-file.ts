import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
} from '../json/value.ts';
import type { StoreSnapshot } from '../store/store.ts';
import type { Certificate } from './certificate.ts';

/** All that makes a server the same one when it is opened again. */
export interface LabState {
  readonly snapshot: StoreSnapshot;
  /** Token of the administrator, the key that tokens of service accounts are signed with, and the certificate. */
  readonly token: string;
  readonly signingKey: string;
  readonly certificate: Certificate | undefined;
  /** Milliseconds since the epoch. */
  readonly savedAtMs: number;
}

/** A file that holds no saved state, or one that this version cannot read. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} is no saved state of the embedded Kubernetes API: ${why}`, options);
  }
}

const kind = 'TidegateKubernetesState';
const version = 1;

/**
 * Writes a state to a file, as a whole or not at all: a reader sees the old one or the new one. The first line is a
 * header with the version, the credentials, and the number and digest of the lines after it, one object each. The
 * file holds secrets, so only its owner can read it.
 */
export async function writeState(path: string, state: LabState): Promise<void> {
  const lines = Object.entries(state.snapshot.resources).flatMap(([resource, objects]) =>
    objects.map((object) => JSON.stringify({ resource, object })),
  );
  const header = {
    kind,
    version,
    savedAt: new Date(state.savedAtMs).toISOString(),
    revision: state.snapshot.revision,
    objects: lines.length,
    sha256: digest(lines),
    token: state.token,
    signingKey: state.signingKey,
    ...(state.certificate === undefined ? {} : { certificate: state.certificate }),
  };
  await replaceFile(path, [JSON.stringify(header), ...lines]);
}

function digest(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}

const linesAtOnce = 1000;

async function replaceFile(path: string, lines: readonly string[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      for (let from = 0; from < lines.length; from += linesAtOnce)
        await file.write(`${lines.slice(from, from + linesAtOnce).join('\n')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The new name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(join(path, '.'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Reads a state; undefined when there is no such file. Throws StateFileError when the file is something else. */
export async function readState(path: string): Promise<LabState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [first = '', ...lines] = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = readHeader(path, first);
  const count = asNumber(header['objects'], -1);
  if (lines.length !== count)
    throw new StateFileError(path, `it has ${lines.length} objects, its header says ${count}`);
  if (digest(lines) !== header['sha256'])
    throw new StateFileError(
      path,
      'its objects are not those that were saved (the digest differs)',
    );
  return stateOf(path, header, lines);
}

function readHeader(path: string, line: string): JsonObject {
  const header = parsed(line);
  if (!isObject(header) || header['kind'] !== kind)
    throw new StateFileError(path, `its first line is no header, expected {"kind":"${kind}",...}`);
  if (header['version'] !== version) {
    const found = JSON.stringify(header['version'] ?? null);
    throw new StateFileError(path, `its version is ${found}, expected ${version}`);
  }
  return header;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function stateOf(path: string, header: JsonObject, lines: readonly string[]): LabState {
  const revision = asNumber(header['revision']);
  const token = asString(header['token']);
  const signingKey = asString(header['signingKey']);
  if (!Number.isSafeInteger(revision) || revision < 1 || token === '' || signingKey === '')
    throw new StateFileError(path, 'its header lacks the revision, the token or the signing key');
  const resources = new Map<string, JsonObject[]>();
  for (const [index, line] of lines.entries()) {
    const entry = parsed(line);
    const fault = faultOf(entry, revision);
    if (fault !== undefined) throw new StateFileError(path, `line ${index + 2} ${fault}`);
    const resource = asString(at(entry, 'resource'));
    const objects = resources.get(resource) ?? [];
    objects.push(asObject(at(entry, 'object')));
    resources.set(resource, objects);
  }
  const certificate = asObject(header['certificate']);
  const pem = {
    certificate: asString(certificate['certificate']),
    key: asString(certificate['key']),
  };
  return {
    snapshot: { revision, resources: Object.fromEntries(resources) },
    token,
    signingKey,
    certificate: pem.certificate === '' || pem.key === '' ? undefined : pem,
    savedAtMs: Date.parse(asString(header['savedAt'])),
  };
}

/** What is wrong with one object of a saved state. */
function faultOf(entry: Json | undefined, revision: number): string | undefined {
  const object = at(entry, 'object');
  if (asString(at(entry, 'resource')) === '' || !isObject(object))
    return 'is no object of a resource';
  if (asString(at(object, 'metadata', 'name')) === '') return 'has no metadata.name';
  const own = Number(at(object, 'metadata', 'resourceVersion'));
  if (!Number.isSafeInteger(own) || own < 1 || own > revision)
    return `has a resourceVersion beyond the revision ${revision}`;
  return asArray(at(object, 'metadata', 'managedFields')).every(isObject)
    ? undefined
    : 'has managedFields that are no objects';
}
