import type { JsonObject } from '../json/value.ts';
import type { FieldError } from '../validation/field-error.ts';

/** A failed request: what a Kubernetes API server answers as a Status. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;
  /** Warnings that go with the answer all the same. */
  warnings: readonly string[] = [];

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** A resource as messages name it. */
export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}
/** A kind as messages name it. */
export interface KindName {
  readonly group: string;
  readonly kind: string;
}

export function toStatus(error: StatusError): JsonObject {
  const status: JsonObject = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
  };
  if (error.reason !== '') status['reason'] = error.reason;
  if (error.details !== undefined) status['details'] = error.details;
  status['code'] = error.code;
  return status;
}

function dotted(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(name: string, group: string, kind: string): JsonObject {
  const details: JsonObject = {};
  if (name !== '') details['name'] = name;
  if (group !== '') details['group'] = group;
  if (kind !== '') details['kind'] = kind;
  return details;
}

export function notFound(of: ResourceName, name: string): StatusError {
  const message = `${dotted(of.resource, of.group)} "${name}" not found`;
  return new StatusError(404, 'NotFound', message, detailsOf(name, of.group, of.resource));
}

/** The answer to a path that no resource is behind. */
export function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(of: ResourceName, name: string): StatusError {
  const message = `${dotted(of.resource, of.group)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(name, of.group, of.resource));
}

export function conflict(of: ResourceName, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${dotted(of.resource, of.group)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, detailsOf(name, of.group, of.resource));
}

export const modified =
  'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function internal(message: string): StatusError {
  return new StatusError(500, '', message);
}

export function forbidden(of: ResourceName, name: string, why: string): StatusError {
  const subject =
    name === '' ? dotted(of.resource, of.group) : `${dotted(of.resource, of.group)} "${name}"`;
  const details = detailsOf(name, of.group, of.resource);
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function verbNotSupported(of: ResourceName, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind "${dotted(of.resource, of.group)}"`;
  return new StatusError(405, 'MethodNotAllowed', message, detailsOf('', of.group, of.resource));
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function notAcceptable(message: string, details?: JsonObject): StatusError {
  return new StatusError(406, 'NotAcceptable', message, details);
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** What this server does not do, and says so. */
export function notImplemented(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `${what} is not supported by this server`);
}

export function tooLarge(limit: number): StatusError {
  return new StatusError(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: limit is ${limit}`,
    {},
  );
}

/** 422 with one cause for each fault. */
export function invalid(of: KindName, name: string, faults: readonly FieldError[]): StatusError {
  const lines = [...new Set(faults.map((fault) => `${fault.field}: ${fault.message}`))];
  const what = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
  const details = detailsOf(name, of.group, of.kind);
  details['causes'] = faults.map((fault) => ({
    reason: fault.reason,
    message: fault.message,
    field: fault.field,
  }));
  const message = `${dotted(of.kind, of.group)} "${name}" is invalid: ${what}`;
  return new StatusError(422, 'Invalid', message, details);
}

/** The generic 422 that a JSON patch which cannot be applied gets. */
export function rejected(): StatusError {
  return new StatusError(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}

/** 422 about the options in a request's query. */
export function invalidOptions(kind: string, faults: readonly FieldError[]): StatusError {
  return invalid({ group: 'meta.k8s.io', kind }, '', faults);
}
