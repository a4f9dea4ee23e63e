import {
  listen,
  makeCertificate,
  startApiServer,
  systemClock,
} from '../../../packages/kube/src/node/index.ts';
import type {
  ApiAnswer,
  ApiRequest,
  ApiResponse,
} from '../../../packages/kube/src/request/request.ts';
import type { ApiTarget } from './api.ts';
import { isDictionary } from './json.ts';
import type { Manners, NotedRequest } from './session-case.ts';

/** An embedded server with a front that notes every request and has the manners of a recorder. */
export interface FrontedServer {
  /** Where kubectl is to go. */
  readonly target: ApiTarget;
  readonly requests: readonly NotedRequest[];
  /** Calls back for each request that is noted. */
  onRequest(look: (request: NotedRequest) => void): void;
  /** Sends a request past the front; fails when its answer is none of 2xx. */
  call(method: string, path: string, body?: unknown, type?: string): unknown;
  forgetRequests(): void;
  close(): Promise<void>;
}

/** Starts a server with its front on HTTPS, which kubectl needs to send tokens. */
export async function startFronted(manners: Manners): Promise<FrontedServer> {
  const started = await startApiServer({ insecure: true });
  const requests: NotedRequest[] = [];
  const lookers: ((request: NotedRequest) => void)[] = [];
  const revision = (): string => String(started.server.store.revision());
  const answer = (request: ApiRequest): ApiResponse => started.server.handle(request);
  const front = await listen({
    handle: (request) => {
      const noted = note(request);
      requests.push(noted);
      for (const look of lookers) look(noted);
      return withManners(manners, request, { answer, revision });
    },
    port: 0,
    tls: makeCertificate(systemClock.nowMs()),
  });
  return {
    target: { url: front.url, token: started.token },
    requests,
    onRequest: (look) => lookers.push(look),
    call: (method, path, body, type = 'application/json') => {
      const headers = { authorization: `Bearer ${started.token}`, 'content-type': type };
      const text = body === undefined ? '' : JSON.stringify(body);
      return readAnswer(answer({ method, path, headers, body: text }), `${method} ${path}`);
    },
    forgetRequests: () => {
      requests.length = 0;
    },
    close: async () => {
      await front.close();
      await started.close();
    },
  };
}

function readAnswer(response: ApiResponse, where: string): unknown {
  const text = 'body' in response ? String(response.body) : '';
  if (response.status < 200 || response.status > 299) throw new Error(`${where}: ${text}`);
  return JSON.parse(text) as unknown;
}

function note(request: ApiRequest): NotedRequest {
  const [path = '', query = ''] = request.path.split('?');
  const type = request.headers['content-type'];
  const fields = query.split('&').flatMap((pair): [string, string][] => {
    const [key = '', ...value] = pair.split('=');
    return key === '' ? [] : [[key, value.join('=')]];
  });
  return {
    method: request.method,
    path,
    query: Object.fromEntries(fields),
    accept: request.headers['accept'] ?? '',
    ...(type === undefined ? {} : { contentType: type }),
    ...bodyOf(request),
  };
}

/** How the recorder noted a body in protobuf. */
export const protobufBody = '<protobuf: magic k8s\\0 + runtime.Unknown>';
const magic = 'k8s\u0000';

function bodyOf({ body, bytes }: ApiRequest): { readonly body?: unknown } {
  if (bytes !== undefined) {
    const start = Buffer.from(bytes.subarray(0, magic.length)).toString('latin1');
    return { body: start === magic ? protobufBody : `<${bytes.length} bytes>` };
  }
  if (body === '') return {};
  try {
    return { body: JSON.parse(body) as unknown };
  } catch {
    return { body };
  }
}

interface Behind {
  readonly answer: (request: ApiRequest) => ApiResponse;
  readonly revision: () => string;
}

/** Answers as the recorder did where it had manners of its own, else as the embedded server does. */
function withManners(manners: Manners, request: ApiRequest, behind: Behind): ApiResponse {
  if (!manners.protobuf && request.bytes !== undefined) return unsupportedMediaType();
  if (request.path.startsWith('/openapi/')) return openApi(manners, request, behind);
  if (typeof manners.initialEvents === 'number' && /[?&]sendInitialEvents=/.test(request.path))
    return refusal(manners.initialEvents);
  // The recorder that knew the documents of the core alone had kinds without a definition.
  if (manners.openApi === 'core' && definitions.test(request.path)) return noDefinitions();
  return behind.answer(changed(manners, request, behind));
}

const definitions = /^\/apis\/apiextensions\.k8s\.io\/v1\/customresourcedefinitions(\?|$)/;

function noDefinitions(): ApiAnswer {
  const list = {
    kind: 'CustomResourceDefinitionList',
    apiVersion: 'apiextensions.k8s.io/v1',
    metadata: { resourceVersion: '1' },
    items: [],
  };
  return json(200, list);
}

function changed(manners: Manners, request: ApiRequest, behind: Behind): ApiRequest {
  let { path } = request;
  if (manners.initialEvents === 'ignored' && /[?&]sendInitialEvents=/.test(path)) {
    path = path
      .replace(/([?&])(sendInitialEvents|resourceVersionMatch|resourceVersion)=[^&]*/g, '$1')
      .concat(`&resourceVersion=${behind.revision()}`);
  }
  const accept = request.headers['accept'] ?? '';
  const isHidden =
    (!manners.aggregatedDiscovery && accept.includes('as=APIGroupDiscoveryList')) ||
    (!manners.tables && accept.includes('as=Table'));
  const headers = isHidden ? { ...request.headers, accept: 'application/json' } : request.headers;
  return { ...request, path, headers };
}

function openApi(manners: Manners, request: ApiRequest, { answer }: Behind): ApiResponse {
  const [path = ''] = request.path.split('?');
  if (!knowsDocument(manners, path))
    return status(404, 'NotFound', 'the server could not find the requested resource');
  const response = answer(request);
  if (!('body' in response) || response.status !== 200) return response;
  if (path === index) return manners.openApi === 'core' ? onlyCore(response) : response;
  return path.startsWith(`${index}/`) && !manners.schemas ? withoutSchemas(response) : response;
}

const index = '/openapi/v3';

function knowsDocument({ openApi: known }: Manners, path: string): boolean {
  return known === 'all' || (known === 'core' && [index, `${index}/api/v1`].includes(path));
}

function rewritten(answer: ApiAnswer, change: (document: object) => object): ApiAnswer {
  const document: unknown = JSON.parse(String(answer.body));
  return isDictionary(document) ? { ...answer, body: JSON.stringify(change(document)) } : answer;
}

function onlyCore(answer: ApiAnswer): ApiAnswer {
  return rewritten(answer, (document) => {
    const paths = 'paths' in document && isDictionary(document.paths) ? document.paths : {};
    return { ...document, paths: { 'api/v1': paths['api/v1'] } };
  });
}

function withoutSchemas(answer: ApiAnswer): ApiAnswer {
  return rewritten(answer, (document) => ({ ...document, components: {} }));
}

function unsupportedMediaType(): ApiAnswer {
  const types = 'application/json, application/yaml';
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  return status(415, 'UnsupportedMediaType', message);
}

function refusal(code: number): ApiAnswer {
  const reason = code === 422 ? 'Invalid' : code === 400 ? 'BadRequest' : 'Failure';
  return status(code, reason, 'sendInitialEvents is not supported here');
}

function status(code: number, reason: string, message: string): ApiAnswer {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  };
  return json(code, body);
}

function json(code: number, body: object): ApiAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status: code, headers, body: JSON.stringify(body) };
}
