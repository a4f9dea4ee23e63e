import { asString, isObject, type Json, type JsonObject, quote } from '../json/value.ts';
import { JsonSyntaxError, parseJson, UnsupportedJsonError } from '../json/parse-json.ts';
import { decodeMessage, ProtobufError, readEnvelope } from '../protobuf/decode.ts';
import { parseYaml, YamlSyntaxError } from '../json/parse-yaml.ts';
import { badRequest, notImplemented, unsupportedMediaType } from '../status/status-error.ts';
import { utf8Encode } from '../text/utf8.ts';
import type { ApiRequest } from './request.ts';

/** Longer bodies are refused. */
export const maxBody = 3 * 1024 * 1024;

export interface Body {
  readonly object: JsonObject;
  /** What came twice, as warnings name it. */
  readonly duplicates: readonly string[];
}

const objectTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function contentType(request: ApiRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Whether a body is written in protobuf. */
export function isProtobuf(request: ApiRequest): boolean {
  return contentType(request) === 'application/vnd.kubernetes.protobuf';
}

/** Reads the object of a create or an update of a kind. */
export function readObject(request: ApiRequest, kind: string): Body {
  const type = contentType(request);
  if (isProtobuf(request)) throw unsupportedMediaType(objectTypes);
  if (type === 'application/yaml') return readYaml(request.body, kind);
  if (type !== '' && type !== 'application/json') throw unsupportedMediaType(objectTypes);
  return readJson(request.body, kind);
}

const goStruct =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function unrecognized(kind: string, why: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
}

/** How Kubernetes shows a body in a message: text of JSON objects, else hexadecimal digits. */
function excerpt(body: string): string {
  if (body === '') return '<empty>';
  if (body.startsWith('{')) return body;
  return [...utf8Encode(body)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readJson(body: string, kind: string): Body {
  let parsed: { value: Json; duplicates: readonly string[] };
  try {
    parsed = parseJson(body);
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw notImplemented(error.message);
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw unrecognized(
      kind,
      `couldn't get version/kind; json parse error: ${error.message} (${excerpt(body)})`,
    );
  }
  if (isObject(parsed.value))
    return { object: parsed.value, duplicates: parsed.duplicates.map(duplicateField) };
  if (parsed.value === null) return { object: {}, duplicates: [] };
  const found = Array.isArray(parsed.value)
    ? 'array'
    : typeof parsed.value === 'boolean'
      ? 'bool'
      : typeof parsed.value;
  const why = `json: cannot unmarshal ${found} into Go value of type ${goStruct}`;
  throw unrecognized(
    kind,
    `couldn't get version/kind; json parse error: ${why} (${excerpt(body)})`,
  );
}

function duplicateField(path: string): string {
  return `duplicate field "${path}"`;
}

function readYaml(body: string, kind: string): Body {
  const { value, duplicates } = yaml(body);
  if (!isObject(value))
    throw unrecognized(
      kind,
      `couldn't get version/kind; json parse error: unexpected value (${excerpt(body)})`,
    );
  return { object: value, duplicates };
}

/** Reads a message in protobuf as an object of a built-in type. */
export function readMessage(request: ApiRequest, type: string): Body {
  try {
    const envelope = readEnvelope(request.bytes ?? new Uint8Array());
    const object = decodeMessage(type, envelope.raw);
    return {
      object: { kind: envelope.kind, apiVersion: envelope.apiVersion, ...object },
      duplicates: [],
    };
  } catch (error) {
    if (error instanceof ProtobufError)
      throw badRequest(`the protobuf body could not be read: ${error.message}`);
    throw error;
  }
}

/** Reads YAML or JSON of an apply patch. */
/** What the JSON decoder of Go calls a value. */
export function goKind(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

export function readApply(body: string): Body {
  const read = body.startsWith('{') ? jsonOrYaml(body) : yaml(body);
  // Even JSON is read as YAML, which names lines.
  const { value, duplicates } = read.duplicates.length > 0 ? yaml(body) : read;
  if (!isObject(value))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
    );
  return { object: value, duplicates };
}

function jsonOrYaml(body: string): { value: Json; duplicates: readonly string[] } {
  try {
    const parsed = parseJson(body);
    return { value: parsed.value, duplicates: parsed.duplicates.map(duplicateField) };
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw notImplemented(error.message);
    return yaml(body);
  }
}

function yaml(body: string): { value: Json; duplicates: readonly string[] } {
  try {
    return parseYaml(body);
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw notImplemented(error.message);
    if (error instanceof YamlSyntaxError) throw badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

/** Reads the body of a patch, which must be JSON. */
export function readPatch(body: string, failure: (why: string) => Error): Json {
  try {
    return parseJson(body).value;
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw notImplemented(error.message);
    if (error instanceof JsonSyntaxError) throw failure(error.message);
    throw error;
  }
}

/** Reads the options in the body of a deletion. */
export function readDeleteOptions(request: ApiRequest): JsonObject {
  if (isProtobuf(request)) return readMessage(request, 'V1DeleteOptions').object;
  if (request.body === '') return {};
  const read = contentType(request) === 'application/yaml' ? readYaml : readJson;
  const { object } = read(request.body, 'DeleteOptions');
  const { kind = '', apiVersion = '' } = object;
  if (kind !== '' && kind !== 'DeleteOptions')
    throw badRequest(unregistered(asString(kind), asString(apiVersion) || 'meta.k8s.io/v1'));
  return object;
}

/** What Kubernetes says of a kind that it does not know. */
export function unregistered(kind: string, version: string): string {
  return `no kind ${quote(kind)} is registered for version ${quote(version)} in scheme "pkg/runtime/scheme.go:111"`;
}
