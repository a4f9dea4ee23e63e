import { asArray, asObject, asString, type Json, type JsonObject } from '../json/value.ts';
import { badRequest, invalidOptions } from '../status/status-error.ts';
import { byteLength } from '../text/utf8.ts';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../validation/field-error.ts';
import { first, isTrue, type Query } from './request.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Options of a write. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

function dryRunFaults(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return [];
  return [notSupported('dryRun', [...values], ['All'])];
}

function managerFaults(manager: string): FieldError[] {
  const faults = byteLength(manager) > 128 ? [tooLong('fieldManager', 128)] : [];
  const characters = [...manager];
  const place = characters.findIndex((character) => !printable.test(character));
  if (place < 0) return faults;
  const code = (characters[place]?.codePointAt(0) ?? 0).toString(16).toUpperCase();
  const why = `invalid character U+${code.padStart(4, '0')} (at position ${place})`;
  return [...faults, invalidValue('fieldManager', manager, why)];
}

/** What Go's `unicode.IsPrint` takes. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function validationFaults(value: string): FieldError[] {
  const allowed = ['', 'Ignore', 'Strict', 'Warn'];
  return allowed.includes(value) ? [] : [notSupported('fieldValidation', value, allowed)];
}

/** Reads the options of a create, an update or a patch; fails with 422 on unknown values. */
export function writeOptions(
  query: Query,
  kind: string,
  userAgent: string | undefined,
): WriteOptions {
  const dryRun = query.get('dryRun') ?? [];
  const manager = first(query, 'fieldManager') ?? '';
  const validation = first(query, 'fieldValidation') ?? '';
  const faults = [
    ...dryRunFaults(dryRun),
    ...managerFaults(manager),
    ...validationFaults(validation),
  ];
  if (faults.length > 0) throw invalidOptions(kind, faults);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: manager === '' ? managerOf(userAgent) : manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    force: isTrue(first(query, 'force')),
  };
}

/** Options of a patch; apply needs a manager, and only apply can be forced. */
export function patchOptions(
  query: Query,
  apply: boolean,
  userAgent: string | undefined,
): WriteOptions {
  const options = writeOptions(query, 'PatchOptions', userAgent);
  if (apply && (first(query, 'fieldManager') ?? '') === '') {
    throw invalidOptions('PatchOptions', [required('fieldManager', 'is required for apply patch')]);
  }
  if (!apply && query.has('force')) {
    throw invalidOptions('PatchOptions', [
      forbiddenField('force', 'may not be specified for non-apply patch'),
    ]);
  }
  return options;
}

function managerOf(userAgent: string | undefined): string {
  const manager = (userAgent ?? 'unknown').split('/')[0] ?? '';
  return manager === '' ? 'unknown' : manager.slice(0, 128);
}

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagation: Propagation | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

const policies = ['Foreground', 'Background', 'Orphan'];

/** Options of a deletion, from its body and query. */
export function deleteOptions(body: JsonObject, query: Query): DeleteOptions {
  const dryRun = [...asArray(body['dryRun']).map(asString), ...(query.get('dryRun') ?? [])];
  const policy = asString(body['propagationPolicy']) || (first(query, 'propagationPolicy') ?? '');
  const orphan = body['orphanDependents'] ?? booleanOf(first(query, 'orphanDependents'));
  const isOld = typeof orphan === 'boolean';
  const faults = [...dryRunFaults([...new Set(dryRun)]), ...policyFaults(policy, isOld)];
  if (faults.length > 0) throw invalidOptions('DeleteOptions', faults);
  const grace = body['gracePeriodSeconds'] ?? integer(first(query, 'gracePeriodSeconds'));
  const old = orphan === true ? 'Orphan' : 'Background';
  const conditions = asObject(body['preconditions']);
  return {
    dryRun: dryRun.length > 0,
    gracePeriodSeconds: typeof grace === 'number' ? grace : undefined,
    propagation: policy === '' ? (isOld ? old : undefined) : (policy as Propagation),
    uid: textOrNothing(conditions['uid']),
    resourceVersion: textOrNothing(conditions['resourceVersion']),
  };
}

function policyFaults(policy: string, isOld: boolean): FieldError[] {
  if (policy === '') return [];
  if (!policies.includes(policy))
    return [notSupported('propagationPolicy', policy, [...policies, 'nil'])];
  const why = 'orphanDependents and deletionPropagation cannot be both set';
  return isOld ? [invalidValue('propagationPolicy', policy, why)] : [];
}

function textOrNothing(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function booleanOf(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : isTrue(value);
}

/** Options of a list or a watch. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly match: string;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

export function listOptions(query: Query, watch: boolean): ListOptions {
  const initial = first(query, 'sendInitialEvents');
  const options: ListOptions = {
    labelSelector: first(query, 'labelSelector') ?? '',
    fieldSelector: first(query, 'fieldSelector') ?? '',
    limit: integer(first(query, 'limit')) ?? 0,
    continueToken: first(query, 'continue') ?? '',
    resourceVersion: first(query, 'resourceVersion') ?? '',
    match: first(query, 'resourceVersionMatch') ?? '',
    timeoutSeconds: integer(first(query, 'timeoutSeconds')),
    bookmarks: isTrue(first(query, 'allowWatchBookmarks')),
    sendInitialEvents: initial === undefined ? undefined : isTrue(initial),
  };
  const faults = watch ? watchFaults(options) : listFaults(options);
  if (faults.length > 0) throw invalidOptions('ListOptions', faults);
  return options;
}

function integer(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const matchField = 'resourceVersionMatch';

function listFaults(options: ListOptions): FieldError[] {
  if (options.sendInitialEvents !== undefined) {
    return [forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  }
  const faults: FieldError[] = [];
  if (options.match === '') return faults;
  if (options.resourceVersion === '') {
    faults.push(
      forbiddenField(
        matchField,
        'resourceVersionMatch is forbidden unless resourceVersion is provided',
      ),
    );
  }
  if (options.continueToken !== '') {
    faults.push(
      forbiddenField(matchField, 'resourceVersionMatch is forbidden when continue is provided'),
    );
  }
  if (options.match !== 'Exact' && options.match !== 'NotOlderThan') {
    faults.push(notSupported(matchField, options.match, ['Exact', 'NotOlderThan', '']));
  }
  if (options.match === 'Exact' && options.resourceVersion === '0') {
    faults.push(
      forbiddenField(
        matchField,
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    );
  }
  return faults;
}

function watchFaults(options: ListOptions): FieldError[] {
  const faults: FieldError[] = [];
  if (options.sendInitialEvents === undefined) {
    if (options.match !== '') {
      faults.push(
        forbiddenField(
          matchField,
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      );
    }
    return faults;
  }
  if (options.match !== 'NotOlderThan') {
    faults.push(
      forbiddenField(
        matchField,
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    );
  }
  if (options.match !== '' && options.match !== 'NotOlderThan') {
    faults.push(notSupported(matchField, options.match, ['NotOlderThan']));
  }
  if (options.continueToken !== '') {
    faults.push(forbiddenField('continue', 'continue is forbidden for watch'));
  }
  return faults;
}
