import { stringify } from 'yaml';
import { asObject, asString, type Json, type JsonObject } from '../json/value.ts';
import type { Accepted } from '../request/accept.ts';
import type { ApiAnswer } from '../request/request.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { badRequest, notAcceptable, type StatusError, toStatus } from '../status/status-error.ts';
import { tableOf } from '../table/table.ts';
import type { Context } from './context.ts';
import { itemText, partial } from './present.ts';

/** How an answer is to be written. */
export interface Output {
  readonly accepted: Accepted;
  /** `includeObject` of a table. */
  readonly include: string;
  readonly warnings: readonly string[];
  /** Whether the caller takes an object itself instead of its text. */
  readonly values?: boolean;
}

/** Warnings as headers. */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  return { warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`) };
}

function write(text: string, status: number, output: Output): ApiAnswer {
  const yaml = output.accepted.format === 'yaml';
  const body = yaml ? toYaml(JSON.parse(text) as Json) : `${text}\n`;
  return {
    status,
    headers: {
      'content-type': yaml ? 'application/yaml' : 'application/json',
      ...warningHeaders(output.warnings),
    },
    body,
  };
}

/** An answer for a caller in the same process. */
function handOver(value: JsonObject, status: number, output: Output): ApiAnswer {
  return { status, headers: warningHeaders(output.warnings), body: '', value };
}

const width = 80;

function toYaml(value: Json): string {
  const text = stringify(value, {
    sortMapEntries: true,
    singleQuote: true,
    lineWidth: 0,
    indentSeq: false,
  });
  return text.split('\n').map(folded).join('\n');
}

/** A long line broken as Go's YAML breaks it: at the first blank after the width. */
function folded(line: string): string {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  let rest = line;
  let out = '';
  for (;;) {
    const cut = rest.slice(width).search(/ (?=[^ ])/);
    if (cut < 0 || rest.includes('"')) return out + rest;
    out += `${rest.slice(0, width + cut)}\n`;
    rest = indent + rest.slice(width + cut + 1);
  }
}

export function answerJson(value: JsonObject, status: number, output: Output): ApiAnswer {
  return write(JSON.stringify(value), status, output);
}

/** A failure as a Status. */
export function answerError(error: StatusError, accepted: Accepted): ApiAnswer {
  const output = { accepted, include: '', warnings: error.warnings };
  return write(JSON.stringify(toStatus(error)), error.code, output);
}

/** One object in the form that was asked for. */
export function answerObject(
  context: Context,
  resource: Resource,
  object: JsonObject,
  output: Output & { readonly status: number },
): ApiAnswer {
  switch (output.accepted.form) {
    case 'table':
      return answerJson(
        makeTable(context, { resource, objects: [object], output }),
        output.status,
        output,
      );
    case 'partial':
      return answerJson(partial(object, output.accepted.version), output.status, output);
    case 'partial-list':
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list (${goType(resource, resource.kind)})`,
      );
    case 'object':
      if (output.values === true) return handOver(object, output.status, output);
      return write(context.texts.get(object) ?? JSON.stringify(object), output.status, output);
  }
}

function goType(resource: Resource, kind: string): string {
  if (resource.custom !== undefined) return '*unstructured.Unstructured';
  const group = resource.group.split('.')[0] ?? '';
  return `*${group === '' ? 'core' : group}.${kind}`;
}

export interface ListPage {
  readonly objects: readonly JsonObject[];
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

function listMetadata(page: ListPage, custom: boolean): JsonObject {
  const metadata: JsonObject = {};
  if (custom) metadata['continue'] = page.continueToken;
  if (custom && page.remaining !== undefined) metadata['remainingItemCount'] = page.remaining;
  metadata['resourceVersion'] = page.resourceVersion;
  if (!custom && page.continueToken !== '') metadata['continue'] = page.continueToken;
  if (!custom && page.remaining !== undefined) metadata['remainingItemCount'] = page.remaining;
  return metadata;
}

/** A list in the form that was asked for. */
export function answerList(
  context: Context,
  resource: Resource,
  page: ListPage,
  output: Output,
): ApiAnswer {
  switch (output.accepted.form) {
    case 'table':
      return answerJson(
        makeTable(context, { resource, objects: page.objects, output, page }),
        200,
        output,
      );
    case 'partial':
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (${goType(resource, resource.listKind)})`,
      );
    case 'partial-list': {
      const list = {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${output.accepted.version}`,
        metadata: listMetadata(page, false),
        items: page.objects.map((object) => partial(object, output.accepted.version)),
      };
      return answerJson(list, 200, output);
    }
    case 'object':
      if (output.values === true) return handOver(listValue(resource, page), 200, output);
      return write(listText(context, resource, page), 200, output);
  }
}

/** A list of objects, all with kind and apiVersion. */
function listValue(resource: Resource, page: ListPage): JsonObject {
  const metadata = listMetadata(page, resource.custom !== undefined);
  const apiVersion = apiVersionOf(resource);
  return { kind: resource.listKind, apiVersion, metadata, items: [...page.objects] };
}

function listText(context: Context, resource: Resource, page: ListPage): string {
  const items = page.objects.map((object) => itemText(context, resource, object)).join(',');
  const custom = resource.custom !== undefined;
  const metadata = JSON.stringify(listMetadata(page, custom));
  const kind = JSON.stringify(resource.listKind);
  const version = JSON.stringify(apiVersionOf(resource));
  if (custom)
    return `{"apiVersion":${version},"items":[${items}],"kind":${kind},"metadata":${metadata}}`;
  return `{"kind":${kind},"apiVersion":${version},"metadata":${metadata},"items":[${items}]}`;
}

const includes = new Set(['', 'Metadata', 'Object', 'None']);

export function checkInclude(output: Output): void {
  if (output.accepted.form !== 'table' || includes.has(output.include)) return;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(output.include)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

export interface TableRequest {
  readonly resource: Resource;
  readonly objects: readonly JsonObject[];
  readonly output: Output;
  readonly page?: ListPage;
}

/** A Table of objects. */
export function makeTable(
  context: Context,
  { resource, objects, output, page }: TableRequest,
): JsonObject {
  checkInclude(output);
  const metadata =
    page === undefined
      ? { resourceVersion: asString(asObject(objects[0]?.['metadata'])['resourceVersion']) }
      : listMetadata(page, false);
  return tableOf(resource, objects, {
    metadata,
    nowMs: context.options.clock.nowMs(),
    version: output.accepted.version,
    rowObject: (object) => {
      if (output.include === 'None') return null;
      return output.include === 'Object' ? object : partial(object, output.accepted.version);
    },
  });
}
