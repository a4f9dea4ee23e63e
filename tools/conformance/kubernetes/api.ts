import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Step, Variables } from './case.ts';
import { asText, fill, isDictionary } from './json.ts';

/** A server that cases are replayed against, and the token of its administrator. */
export interface ApiTarget {
  readonly url: string;
  readonly token: string;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  /** The body as JSON; null when it is none. */
  readonly json: unknown;
}

const answerMs = 60_000;

/** Sends the request of a step and answers as soon as the headers are there. */
export function send(
  target: ApiTarget,
  step: Step,
  variables: Variables,
  timeoutMs = answerMs,
): Promise<IncomingMessage> {
  const url = new URL(target.url);
  const secure = url.protocol === 'https:';
  const body = bodyOf(step, variables);
  const options: RequestOptions & { readonly rejectUnauthorized: boolean } = {
    method: step.method ?? 'GET',
    host: url.hostname,
    port: url.port,
    path: asText(fill(step.path ?? '/', variables)),
    headers: headersOf(target, step, { variables, body }),
    agent: false,
    timeout: timeoutMs,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const made = (secure ? httpsRequest : httpRequest)(options, resolve);
    made.on('error', reject);
    made.on('timeout', () => made.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    made.end(body);
  });
}

function bodyOf(step: Step, variables: Variables): Buffer | undefined {
  if (step.body === undefined || step.body === null) return undefined;
  const filled = fill(step.body, variables);
  return Buffer.from(typeof filled === 'string' ? filled : recordedText(filled), 'utf8');
}

/** JSON as the recorder wrote it: with blanks after commas and colons, in ASCII. Some answers repeat their body. */
export function recordedText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(recordedText).join(', ')}]`;
  if (isDictionary(value)) {
    const fields = Object.entries(value).map(
      ([key, entry]) => `${recordedText(key)}: ${recordedText(entry)}`,
    );
    return `{${fields.join(', ')}}`;
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const sendsLength = new Set(['POST', 'PUT', 'PATCH']);

function headersOf(
  target: ApiTarget,
  step: Step,
  { variables, body }: { readonly variables: Variables; readonly body: Buffer | undefined },
): Record<string, string> {
  const headers = new Map([
    ['user-agent', 'recorder/1.0'],
    ['authorization', `Bearer ${target.token}`],
    ['accept', 'application/json'],
    ['accept-encoding', 'identity'],
    ['connection', 'close'],
  ]);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const length = body?.length ?? (sendsLength.has(step.method ?? '') ? 0 : undefined);
  if (length !== undefined) headers.set('content-length', String(length));
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    if (value === null) headers.delete(name.toLowerCase());
    else headers.set(name.toLowerCase(), asText(fill(value, variables)));
  }
  return Object.fromEntries(headers);
}

/** Sends the request of a step and reads the whole answer. */
export async function ask(target: ApiTarget, step: Step, variables: Variables): Promise<Answer> {
  const incoming = await send(target, step, variables);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    status: incoming.statusCode ?? 0,
    headers: headerList(incoming),
    text,
    json: parsed(text),
  };
}

/** Headers as they came, in order. */
export function headerList(incoming: IncomingMessage): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2)
    list.push([incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '']);
  return list;
}

/** The values of a header, joined; undefined when it is not there. */
export function headerOf(
  headers: readonly (readonly [string, string])[],
  name: string,
): string | undefined {
  const found = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
  return found.length === 0 ? undefined : found.map(([, value]) => value).join(', ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
