import {
  aggregatedDiscovery,
  aggregatedVersion,
  apiGroup,
  apiGroupList,
  apiVersions,
  resourceList,
} from '../discovery/discovery.ts';
import { asArray, asString, at, byKey, type JsonObject } from '../json/value.ts';
import { documentPath, openApiIndex, openApiV2, openApiV3 } from '../openapi/documents.ts';
import { swaggerProtobuf } from '../openapi/swagger-protobuf.ts';
import { negotiate, parseMediaTypes } from '../request/accept.ts';
import type { ApiAnswer, ApiRequest, ParsedPath } from '../request/request.ts';
import { definitionStorage } from '../resources/custom-resources.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { noSuchResource, StatusError } from '../status/status-error.ts';
import { fnv32 } from '../text/hash.ts';
import type { Context } from './context.ts';
import { answerJson } from './respond.ts';
import { refuseOtherVersion } from './unsupported.ts';

export const serverVersion = 'v1.36.1';
const textType = 'text/plain; charset=utf-8';
const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** A definition shows in OpenAPI a little after it is established, as on a cluster. */
const publishDelayMs = 2500;

export function plainText(status: number, body: string): ApiAnswer {
  return { status, headers: { 'content-type': textType }, body };
}

export function pageNotFound(): ApiAnswer {
  return plainText(404, '404 page not found\n');
}

function json(request: ApiRequest, value: JsonObject): ApiAnswer {
  return answerJson(value, 200, {
    accepted: negotiate(request.headers['accept']),
    include: '',
    warnings: [],
  });
}

/** Answers a path that is no resource. */
export function answerPlain(context: Context, request: ApiRequest, parsed: ParsedPath): ApiAnswer {
  const path = parsed.path.length > 1 ? parsed.path.replace(/\/+$/, '') : parsed.path;
  const [root = '', ...rest] = path.split('/').filter((part) => part !== '');
  switch (root) {
    case '':
      return rootPaths(context);
    case 'api':
    case 'apis':
      return discovery(context, request, { core: root === 'api', rest });
    case 'version':
      return json(request, versionInfo());
    case 'healthz':
    case 'livez':
    case 'readyz':
      return health(root, rest, parsed);
    case 'openapi':
      return openApi(context, request, rest);
    default:
      return pageNotFound();
  }
}

function versionInfo(): JsonObject {
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: serverVersion,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

function rootPaths(context: Context): ApiAnswer {
  const groups = context.resources.groups().filter(({ group }) => group !== '');
  const paths = [
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    ...groups.flatMap(({ group, versions }) => [
      `/apis/${group}`,
      ...versions.map((version) => `/apis/${group}/${version}`),
    ]),
    '/healthz',
    '/livez',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ];
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paths }, undefined, 2),
  };
}

function health(root: string, rest: readonly string[], parsed: ParsedPath): ApiAnswer {
  if (rest.length > 0)
    return rest.length === 1 && rest[0] === 'ping' ? plainText(200, 'ok') : pageNotFound();
  if (!parsed.query.has('verbose')) return plainText(200, 'ok');
  return plainText(200, `[+]ping ok\n[+]log ok\n[+]store ok\n${root} check passed\n`);
}

interface Discovery {
  readonly core: boolean;
  readonly rest: readonly string[];
}

function discovery(context: Context, request: ApiRequest, { core, rest }: Discovery): ApiAnswer {
  const index = context.resources;
  if (rest.length === 0) {
    const version = aggregatedVersion(request.headers['accept']);
    if (version === undefined) return json(request, core ? apiVersions() : apiGroupList(index));
    const list = aggregatedDiscovery(index, core, version);
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { status: 200, headers: { 'content-type': type }, body: `${JSON.stringify(list)}\n` };
  }
  const [group = '', version] = core ? ['', rest[0]] : rest;
  if (version !== undefined) refuseOtherVersion(group, version);
  const found = index.groups().find((entry) => entry.group === group);
  if (found === undefined) return pageNotFound();
  if (version === undefined) return json(request, apiGroup(index, group) ?? {});
  if (found.versions.includes(version)) return json(request, resourceList(index, group, version));
  if (found.builtin) throw noSuchResource();
  return pageNotFound();
}

function openApi(context: Context, request: ApiRequest, rest: readonly string[]): ApiAnswer {
  const [dialect, ...path] = rest;
  if (dialect === 'v2' && path.length === 0) return openApi2(context, request);
  if (dialect !== 'v3') return pageNotFound();
  if (path.length === 0) {
    const list = openApiIndex(context.resources, (group, version) =>
      hashOf(context, group, version),
    );
    return { status: 200, headers: { 'content-type': textType }, body: JSON.stringify(list) };
  }
  return openApi3(context, path.join('/'));
}

function openApi2(context: Context, request: ApiRequest): ApiAnswer {
  const wanted = parseMediaTypes(request.headers['accept']).map(({ type }) => type);
  if (wanted.some((type) => /openapi\.spec\.v2[.@]v1\.0\+protobuf$/.test(type))) {
    return {
      status: 200,
      headers: { 'content-type': protobufV2 },
      body: swaggerProtobuf(swagger(context)),
    };
  }
  const accepts =
    wanted.length === 0 ||
    wanted.some(
      (type) => type === 'application/json' || type === '*/*' || type === 'application/*',
    );
  if (!accepts) return { status: 406, headers: {}, body: '' };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(swagger(context)),
  };
}

function swagger(context: Context): JsonObject {
  return openApiV2(published(context, context.resources.all()), serverVersion);
}

function openApi3(context: Context, path: string): ApiAnswer {
  for (const { group, versions } of context.resources.groups()) {
    for (const version of versions) {
      if (documentPath(group, version) !== path) continue;
      const resources = published(context, context.resources.inGroupVersion(group, version));
      if (resources.length === 0) continue;
      const document = openApiV3(resources, serverVersion);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(document),
      };
    }
  }
  return { status: 404, headers: {}, body: '' };
}

/** Resources without those whose definition is not shown yet. */
function published(context: Context, resources: readonly Resource[]): Resource[] {
  const nowMs = context.options.clock.nowMs();
  return resources.filter((resource) => {
    if (resource.custom === undefined) return true;
    const definition = context.store.get(definitionStorage, resource.custom.definition);
    const established = asArray(at(definition, 'status', 'conditions')).find(
      (entry) => at(entry, 'type') === 'Established',
    );
    return nowMs - Date.parse(asString(at(established, 'lastTransitionTime'))) >= publishDelayMs;
  });
}

function hashOf(context: Context, group: string, version: string): string | undefined {
  const resources = published(context, context.resources.inGroupVersion(group, version));
  if (resources.length === 0) return undefined;
  const parts = resources.map((resource) => {
    const definition =
      resource.custom === undefined
        ? undefined
        : context.store.get(definitionStorage, resource.custom.definition);
    const generation =
      definition === undefined
        ? serverVersion
        : JSON.stringify(at(definition, 'metadata', 'generation') ?? 0);
    return `${apiVersionOf(resource)}/${resource.kind}@${generation}`;
  });
  return fnv32(parts.sort(byKey).join(' ')).toString(16).toUpperCase();
}

/** A path that nobody may read. */
export function forbiddenPath(user: string, verb: string, path: string): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(path)}`,
    {},
  );
}
