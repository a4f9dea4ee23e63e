import { asObject, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { parseJson } from '../json/parse-json.ts';
import { strategyOf } from '../kinds/strategies.ts';
import type { ListOptions } from '../request/options.ts';
import type { Resource } from '../resources/resource.ts';
import {
  type FieldSelector,
  matchesFields,
  parseFieldSelector,
} from '../selectors/field-selector.ts';
import {
  type LabelSelector,
  matchesLabels,
  parseLabelSelector,
} from '../selectors/label-selector.ts';
import { badRequest, expired, internal, notFound, StatusError } from '../status/status-error.ts';
import { CompactedError, keyOf } from '../store/store.ts';
import { base64UrlOf, fromBase64Url } from '../text/hash.ts';
import type { Context } from './context.ts';
import { nameOf, namespaceOf, present } from './present.ts';
import type { ListPage } from './respond.ts';

export interface Selectors {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** Reads both selectors; fails with 400 in Kubernetes' words. */
export function selectorsOf(
  resource: Resource,
  options: { labelSelector: string; fieldSelector: string },
): Selectors {
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(options.fieldSelector);
  const strategy = strategyOf(resource);
  for (const { field } of fields) {
    if (field === 'metadata.name' || field === 'metadata.namespace') continue;
    if (strategy.fields !== undefined && Object.hasOwn(strategy.fields, field)) continue;
    const standard = `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
    throw badRequest(strategy.unknownField?.(field) ?? standard);
  }
  return { labels, fields };
}

/** Whether a stored object meets both selectors. */
export function matches(resource: Resource, selectors: Selectors, object: JsonObject): boolean {
  if (!matchesLabels(selectors.labels, asObject(at(object, 'metadata', 'labels')))) return false;
  return (
    selectors.fields.length === 0 ||
    matchesFields(selectors.fields, (field) => {
      if (field === 'metadata.name') return nameOf(object);
      if (field === 'metadata.namespace') return namespaceOf(object);
      return strategyOf(resource).fields?.[field]?.(object) ?? '';
    })
  );
}

/** A stored object, or 404. */
export function findObject(
  context: Context,
  resource: Resource,
  namespace: string,
  name: string,
): JsonObject {
  const found = context.store.get(resource.storage, keyOf(namespace, name));
  if (found === undefined)
    throw notFound({ group: resource.group, resource: resource.plural }, name);
  return found;
}

function versionFault(text: string): string {
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
}

/** Checks the resourceVersion of a get; any state that is not older will do. */
export function checkGetVersion(context: Context, text: string): void {
  if (text === '') return;
  if (!/^\d+$/.test(text)) throw internal(versionFault(text));
  checkFuture(context, Number(text));
}

function checkFuture(context: Context, revision: number): void {
  if (revision <= context.store.revision()) return;
  throw new StatusError(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${revision}, current: ${context.store.revision()}`,
    {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  );
}

interface Token {
  readonly revision: number;
  readonly start: string;
}

function readToken(token: string): Token {
  const invalidToken = (why: string): Error =>
    badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const fault = base64UrlFault(token);
  if (fault >= 0) throw invalidToken(`illegal base64 data at input byte ${fault}`);
  let value: Json;
  try {
    value = parseJson(fromBase64Url(token)).value;
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : '');
  }
  const [revision, start] = [at(value, 'rv'), at(value, 'start')];
  if (typeof revision !== 'number' || typeof start !== 'string')
    throw invalidToken('incorrect encoded start resourceVersion');
  return { revision, start };
}

/** Where a text stops to be base64 for URLs without padding; -1 when it does not. */
function base64UrlFault(text: string): number {
  const wrong = text.search(/[^\w-]/);
  if (wrong >= 0) return wrong;
  return text.length % 4 === 1 ? text.length - 1 : -1;
}

function writeToken(token: Token): string {
  return base64UrlOf(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: token.start }),
  );
}

interface Snapshot {
  readonly objects: readonly JsonObject[];
  readonly revision: number;
  readonly start: string;
}

/** The objects that a list is made of, and the revision that they are of. */
function snapshotFor(
  context: Context,
  resource: Resource,
  namespace: string,
  options: ListOptions,
): Snapshot {
  const { store } = context;
  if (options.continueToken !== '') {
    const token = readToken(options.continueToken);
    return {
      ...stateAt(context, resource, namespace, token.revision, continueExpired),
      start: token.start,
    };
  }
  const text = options.resourceVersion;
  if (text !== '' && !/^\d+$/.test(text))
    throw badRequest(`invalid resource version: ${versionFault(text)}`);
  if (text !== '') checkFuture(context, Number(text));
  const exact =
    options.match === 'Exact' ||
    (options.limit > 0 && text !== '' && text !== '0' && options.match === '');
  if (exact)
    return { ...stateAt(context, resource, namespace, Number(text), listExpired), start: '' };
  return {
    objects: store.list(resource.storage, namespace),
    revision: store.revision(),
    start: '',
  };
}

const listExpired = 'The resourceVersion for the provided list is too old.';
const continueExpired =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

function stateAt(
  context: Context,
  resource: Resource,
  ...[namespace, revision, message]: [string, number, string]
): { objects: readonly JsonObject[]; revision: number } {
  try {
    return { objects: context.store.listAt(resource.storage, namespace, revision), revision };
  } catch (error) {
    if (error instanceof CompactedError) throw expired(message);
    throw error;
  }
}

/** One page of a list. */
export function listPage(
  context: Context,
  resource: Resource,
  namespace: string,
  options: ListOptions,
): ListPage {
  const selectors = selectorsOf(resource, options);
  const state = snapshotFor(context, resource, namespace, options);
  const selecting = selectors.labels.length + selectors.fields.length > 0;
  const unlimited =
    options.limit <= 0 || (options.resourceVersion === '0' && options.continueToken === '');
  const keyed = (object: JsonObject): string => keyOf(namespaceOf(object), nameOf(object));
  const after =
    state.start === ''
      ? state.objects
      : state.objects.filter((object) => keyed(object) >= state.start);
  const found = selecting ? after.filter((object) => matches(resource, selectors, object)) : after;
  const page = unlimited ? found : found.slice(0, options.limit);
  const next = unlimited ? undefined : found[options.limit];
  return {
    objects: page.map((object) => present(context, resource, object)),
    resourceVersion: String(state.revision),
    continueToken:
      next === undefined ? '' : writeToken({ revision: state.revision, start: keyed(next) }),
    remaining: next === undefined || selecting ? undefined : found.length - page.length,
  };
}

export function versionOf(object: JsonObject): string {
  return asString(at(object, 'metadata', 'resourceVersion'));
}
