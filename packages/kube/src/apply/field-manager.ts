import { parseJson } from '../json/parse-json.ts';
import {
  asObject,
  asString,
  equal,
  equalBut,
  type JsonObject,
  sortKeys,
  without,
} from '../json/value.ts';
import { badRequest, internal, StatusError } from '../status/status-error.ts';
import { type ApplySchema, schemaAt } from './apply-schema.ts';
import { configFault, type Expected } from './check-config.ts';
import { compareObjects, fieldsOf } from './compare.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  formatPath,
  intersection,
  isEmptySet,
  onlyBranches,
  pathsOf,
  union,
  withoutBranches,
} from './field-set.ts';
import {
  clearsManagers,
  type Manager,
  readManagers,
  sameManager,
  sameManagers,
  stripSet,
  withManagers,
  withoutManagers,
} from './managed-fields.ts';
import { mergeConfig, removeFields } from './merge-config.ts';

/** Who writes, when and through what. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: string;
  readonly schema: ApplySchema;
  /** What the kind takes in an applied configuration. */
  readonly expected: Expected;
  /** An object of the kind with nothing in it. */
  readonly blank: () => JsonObject;
  /** Whether the kind has a status subresource, which the main path then does not write. */
  readonly statusApart: boolean;
}

function bare(object: JsonObject): JsonObject {
  return withoutManagers(object);
}

/** What may not be managed through the path of a write. */
function limited(set: FieldSet, writer: Writer): FieldSet {
  const stripped = stripSet(set);
  if (writer.subresource === 'status') return onlyBranches(stripped, ['f:status']);
  if (writer.subresource === '' && writer.statusApart)
    return withoutBranches(stripped, [['f:status']]);
  return stripped;
}

/** The object of a create or an update with the managers that follow from it. `live` is {} for a create. */
export function manageUpdate(writer: Writer, live: JsonObject, next: JsonObject): JsonObject {
  if (clearsManagers(next)) return withoutManagers(next);
  const given = readManagers(next);
  const before = given.length > 0 ? given : readManagers(live);
  const change = compareObjects(writer.schema, bare(live), bare(next));
  const changed = stripSet(union(change.added, change.modified));
  const me = makeManager(writer, 'Update', emptySet);
  const own = before.find((manager) => sameManager(manager, me))?.set ?? emptySet;
  const mine = difference(union(own, changed), change.removed);
  const others = before
    .filter((manager) => !sameManager(manager, me))
    .map((manager) => ({
      ...manager,
      set: difference(difference(manager.set, changed), change.removed),
    }));
  const known = before.find((manager) => sameManager(manager, me));
  const time = isEmptySet(changed) ? (known?.time ?? writer.now) : writer.now;
  const managers = [...others, { ...me, set: mine, time }].filter(
    (manager) => !isEmptySet(manager.set),
  );
  return withManagers(next, managers);
}

function makeManager(writer: Writer, operation: 'Apply' | 'Update', set: FieldSet): Manager {
  return {
    name: writer.manager,
    operation,
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: writer.now,
    set,
  };
}

export interface Applied {
  readonly object: JsonObject;
  /** Whether nothing but who manages what has changed, or not even that. */
  readonly unchanged: boolean;
}

/** Lays an applied configuration over a live object; fails with 409 when others manage what it changes. */
export function manageApply(
  writer: Writer,
  live: JsonObject,
  config: JsonObject,
  force: boolean,
): Applied {
  const before = startingManagers(writer, live);
  const set = limited(fieldsOf(writer.schema, bare(config)), writer);
  const me = makeManager(writer, 'Apply', set);
  const last = before.find((manager) => sameManager(manager, me));
  const others = before.filter((manager) => !sameManager(manager, me));
  const merged = asObject(mergeConfig(writer.schema, bare(live), limitedConfig(writer, config)));
  const pruned =
    last === undefined
      ? merged
      : prune(writer, merged, {
          last: last.set,
          // With what addresses the object, which nobody manages.
          kept: [fieldsOf(writer.schema, bare(config)), ...others.map((other) => other.set)],
        });
  const change = compareObjects(writer.schema, bare(live), pruned);
  const changed = stripSet(union(change.added, change.modified));
  const conflicts = others
    .map((manager) => ({ manager, set: intersection(manager.set, changed) }))
    .filter((entry) => !isEmptySet(entry.set));
  const left = conflicts.filter(
    (entry) => !isEmptySet(difference(entry.set, takenOver(writer, live))),
  );
  if (left.length > 0 && !force) throw conflictError(left);
  const rest = others.map((manager) => ({
    ...manager,
    set: difference(difference(manager.set, changed), change.removed),
  }));
  // What the path does not take counts as a change all the same, as on a cluster.
  const unchanged =
    equal(bare(live), pruned) &&
    equal(bare(live), mergeConfig(writer.schema, bare(live), ownFields(config)));
  const time = unchanged ? last?.time : writer.now;
  return {
    object: withManagers(noted(writer, live, pruned, config), [...rest, { ...me, time }]),
    unchanged,
  };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function lastAppliedOf(object: JsonObject): string {
  const annotations = asObject(asObject(object['metadata'])['annotations']);
  const found = annotations[lastApplied];
  return typeof found === 'string' ? found : '';
}

/** What kubectl applied in its older way, and may take over when it applies in the newer one. */
function takenOver(writer: Writer, live: JsonObject): FieldSet {
  const text = writer.manager === 'kubectl' ? lastAppliedOf(live) : '';
  if (text === '') return emptySet;
  try {
    return fieldsOf(writer.schema, asObject(parseJson(text).value));
  } catch {
    return emptySet;
  }
}

/** Keeps kubectl's note of what it applied up to date. */
function noted(
  ...[writer, live, next, config]: [Writer, JsonObject, JsonObject, JsonObject]
): JsonObject {
  if (writer.manager !== 'kubectl' || lastAppliedOf(live) === '' || lastAppliedOf(next) === '')
    return next;
  const metadata = asObject(next['metadata']);
  const annotations = {
    ...asObject(metadata['annotations']),
    [lastApplied]: `${JSON.stringify(sortKeys(config))}\n`,
  };
  return { ...next, metadata: { ...metadata, annotations } };
}

/** A config without what only addresses the object. */
function ownFields(config: JsonObject): JsonObject {
  return {
    ...bare(config),
    metadata: without(asObject(bare(config)['metadata']), 'resourceVersion'),
  };
}

/** A config without what the path does not take. */
function limitedConfig(writer: Writer, config: JsonObject): JsonObject {
  const plain = bare(config);
  if (writer.subresource === 'status') {
    const { apiVersion, kind, metadata, status } = plain;
    const out: JsonObject = { apiVersion: apiVersion ?? '', kind: kind ?? '' };
    const name = asObject(metadata);
    out['metadata'] = Object.fromEntries(
      Object.entries(name).filter(([key]) =>
        ['name', 'namespace', 'resourceVersion', 'uid'].includes(key),
      ),
    );
    if (status !== undefined) out['status'] = status;
    return out;
  }
  return writer.subresource === '' && writer.statusApart ? without(plain, 'status') : plain;
}

/** Checks that an applied configuration is as its kind has it, before anything is taken out of it. */
export function checkConfig(writer: Writer, config: JsonObject): void {
  const given = asObject(config['metadata'])['managedFields'];
  if (given !== undefined && given !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const fault = configFault(writer.expected, config);
  if (fault === '') return;
  const metadata = asObject(config['metadata']);
  const name = `${asString(metadata['namespace'])}/${asString(metadata['name'])}`;
  const kind = asString(config['kind']);
  const version = writer.apiVersion.includes('/') ? writer.apiVersion : `/${writer.apiVersion}`;
  throw internal(
    `failed to create typed patch object (${name}; ${version}, Kind=${kind}): ${fault}`,
  );
}

/** An object that nobody manages yet is taken as written before the first apply. */
function startingManagers(writer: Writer, live: JsonObject): Manager[] {
  const managers = readManagers(live);
  if (managers.length > 0 || Object.keys(live).length === 0) return managers;
  const { added, modified } = compareObjects(writer.schema, writer.blank(), bare(live));
  const set = limited(union(added, modified), writer);
  if (isEmptySet(set)) return [];
  const first = makeManager(
    { ...writer, manager: 'before-first-apply', subresource: '' },
    'Update',
    set,
  );
  return [first];
}

interface Prune {
  readonly last: FieldSet;
  readonly kept: readonly FieldSet[];
}

/** Takes away what the manager applied before, applies no more and nobody else manages. */
function prune(writer: Writer, merged: JsonObject, sets: Prune): JsonObject {
  const last = withDeclared(writer.schema, sets.last);
  const kept = withDeclared(writer.schema, sets.kept.reduce(union, emptySet));
  return asObject(removeFields(writer.schema, merged, difference(last, kept)));
}

/** A set in which the declared fields on the way to members are members too. */
function withDeclared(schema: ApplySchema, set: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of set.children) {
    const inner = schemaAt(schema, key);
    const made = withDeclared(inner.schema, child);
    children.set(key, inner.declared ? { ...made, member: true } : made);
  }
  return { member: set.member, children };
}

interface Conflict {
  readonly manager: Manager;
  readonly set: FieldSet;
}

function managerText(manager: Manager): string {
  const using = manager.operation === 'Update' ? ` using ${manager.apiVersion}` : '';
  const through = manager.subresource === '' ? '' : ` with subresource "${manager.subresource}"`;
  return `"${manager.name}"${through}${using}`;
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const found = conflicts.flatMap(({ manager, set }) =>
    pathsOf(set).map((path) => ({ who: managerText(manager), field: formatPath(path) })),
  );
  const [only] = found;
  const causes = found.map(({ who, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field,
  }));
  const head = `Apply failed with ${found.length} conflict${found.length === 1 ? '' : 's'}`;
  if (found.length === 1 && only !== undefined) {
    return new StatusError(409, 'Conflict', `${head}: conflict with ${only.who}: ${only.field}`, {
      causes,
    });
  }
  const groups = [...new Set(found.map(({ who }) => who))].map((who) => {
    const fields = found.filter((entry) => entry.who === who).map(({ field }) => `\n- ${field}`);
    return `conflicts with ${who}:${fields.join('')}`;
  });
  return new StatusError(409, 'Conflict', `${head}: ${groups.join('\n')}`, { causes });
}

const metadataKey = new Set(['metadata']);
const managersKey = new Set(['managedFields']);

/** A written object whose managers differ from the live ones by times only keeps the live ones. */
export function keepTimes(live: JsonObject, next: JsonObject): JsonObject {
  if (!equalBut(live, next, metadataKey)) return next;
  if (!equalBut(asObject(live['metadata']), asObject(next['metadata']), managersKey)) return next;
  return sameManagers(readManagers(live), readManagers(next)) ? live : next;
}
