import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isStream, type JsonObject } from '../src/index.ts';
import { testServer } from './harness.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly warning: unknown;
}

function send(
  lab: ReturnType<typeof testServer>,
  { method, path, body, type = 'application/json', accept = 'application/json' }: Call,
): Answer {
  const response = lab.server.handle({
    method,
    path,
    headers: { authorization: 'Bearer admin', 'content-type': type, accept },
    body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = isStream(response) ? '{}' : String(response.body);
  return {
    status: response.status,
    body: JSON.parse(text === '' ? '{}' : text) as JsonObject,
    warning: response.headers['warning'],
  };
}

const pod = '/api/v1/namespaces/default/pods/p';
const cms = '/api/v1/namespaces/default/configmaps';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const admission = '/apis/admissionregistration.k8s.io/v1';
const merge = 'application/merge-patch+json';

function definition(rule: string, spec: JsonObject = {}): JsonObject {
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', 'x-kubernetes-validations': [{ rule }] },
    },
  };
  return {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...spec,
    },
  };
}

const webhook = {
  strategy: 'Webhook',
  webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://example.com' } },
};

/** How each row of the table in the README is shown: its first words, and the requests that ask for it. */
const rows: readonly (readonly [string, readonly Call[]])[] = [
  [
    '`pods/exec`',
    [
      ...['exec', 'attach', 'portforward'].flatMap((name) => [
        { method: 'GET', path: `${pod}/${name}?command=ls` },
        { method: 'POST', path: `${pod}/${name}?command=ls` },
      ]),
      { method: 'GET', path: `${pod}/proxy` },
      { method: 'GET', path: `${pod}/proxy/metrics` },
      { method: 'PATCH', path: `${pod}/ephemeralcontainers`, body: {}, type: merge },
      { method: 'PATCH', path: `${pod}/resize`, body: {}, type: merge },
    ],
  ],
  [
    '`nodes/proxy`',
    [
      { method: 'GET', path: '/api/v1/nodes/node/proxy' },
      { method: 'GET', path: '/api/v1/nodes/node/proxy/stats/summary' },
      { method: 'GET', path: '/api/v1/namespaces/default/services/s/proxy' },
      { method: 'POST', path: '/api/v1/namespaces/default/services/s:80/proxy/a/b', body: {} },
      {
        method: 'PUT',
        path: '/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval',
        body: {},
      },
    ],
  ],
  [
    'Conversion webhooks',
    [{ method: 'POST', path: crds, body: definition('true', { conversion: webhook }) }],
  ],
  [
    'MutatingAdmissionPolicy',
    ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'].flatMap((plural) => [
      { method: 'POST', path: `${admission}/${plural}`, body: { metadata: { name: 'm' } } },
      { method: 'PUT', path: `${admission}/${plural}/m`, body: { metadata: { name: 'm' } } },
      { method: 'PATCH', path: `${admission}/${plural}/m`, body: {}, type: merge },
    ]),
  ],
  [
    '`autoscaling/v1`',
    ['/apis/autoscaling/v1', '/apis/resource.k8s.io/v1'].flatMap((root) => [
      { method: 'GET', path: root },
      { method: 'GET', path: `${root}/namespaces/default/horizontalpodautoscalers` },
    ]),
  ],
  [
    'Answers in protobuf',
    [{ method: 'GET', path: cms, accept: 'application/vnd.kubernetes.protobuf' }],
  ],
  [
    'Keys named',
    [
      { method: 'POST', path: cms, body: '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}' },
      {
        method: 'POST',
        path: cms,
        body: 'metadata: {name: a}\ndata: {__proto__: x}\n',
        type: 'application/yaml',
      },
    ],
  ],
  [
    'Nesting deeper',
    [
      { method: 'POST', path: cms, body: `{"data":${'['.repeat(2000)}${']'.repeat(2000)}}` },
      {
        method: 'POST',
        path: cms,
        body: '{"metadata":{"name":"a","generation":9007199254740993}}',
      },
      {
        method: 'POST',
        path: cms,
        body: 'metadata: {name: a, generation: 9007199254740993}\n',
        type: 'application/yaml',
      },
    ],
  ],
];

/** Rows that are not asked for by requests: what they say is looked at elsewhere. */
const others = [
  'Admission webhooks',
  'API aggregation',
  'CEL:',
  'CronJob controller',
  'Indexed Jobs',
];

describe('what is not supported', () => {
  it.each(rows)('%s answers 501 with a plain Status', (_, calls) => {
    const lab = testServer();
    for (const call of calls) {
      expect([call.path, send(lab, call)]).toEqual([
        call.path,
        expect.objectContaining({
          status: 501,
          body: {
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: expect.stringMatching(/ is not supported by this server$/) as string,
            reason: 'NotImplemented',
            code: 501,
          },
        }),
      ]);
    }
    expect(send(lab, { method: 'GET', path: cms }).body).toMatchObject({ items: [] });
  });

  it('is what the README lists, no more and no less', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const section = readme.slice(readme.indexOf('## What is not supported'));
    const listed = section
      .slice(0, section.indexOf('\n## ', 10))
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.slice(2));
    const known = [...rows.map(([words]) => words), ...others];
    const named = listed.map((line) => known.find((words) => line.startsWith(words)) ?? line);
    expect(named.sort()).toEqual([...known].sort());
  });

  it.each<[string, string, JsonObject]>([
    ['a webhook', 'validatingwebhookconfigurations', { webhooks: [] }],
    ['a webhook that changes', 'mutatingwebhookconfigurations', { webhooks: [] }],
    ['a policy', 'validatingadmissionpolicies', { spec: { validations: [] } }],
  ])('%s is stored with a warning that nobody calls it', (_, plural, more) => {
    const lab = testServer();
    const path = `${admission}/${plural}`;
    const made = send(lab, { method: 'POST', path, body: { metadata: { name: 'w' }, ...more } });
    expect(made).toMatchObject({ status: 201 });
    expect(String(made.warning)).toContain('is stored, but this server calls no webhook');
    const change = { method: 'PATCH', path: `${path}/w`, body: {}, type: merge };
    expect(String(send(lab, change).warning)).toContain('is stored');
    expect(send(lab, { method: 'GET', path: `${path}/w` }).warning).toBeUndefined();
  });

  it('an aggregated API is stored with a warning', () => {
    const body = {
      metadata: { name: 'v1.example.com' },
      spec: {
        group: 'example.com',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: { name: 's', namespace: 'default' },
      },
    };
    const path = '/apis/apiregistration.k8s.io/v1/apiservices';
    const made = send(testServer(), { method: 'POST', path, body });
    expect([made.status, String(made.warning)]).toEqual([
      201,
      expect.stringContaining('proxies to no other'),
    ]);
  });

  it('nesting that Go refuses is malformed', () => {
    const deep = `{"data":${'['.repeat(10_001)}`;
    expect(send(testServer(), { method: 'POST', path: cms, body: deep })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('exceeded max depth') as string },
    });
  });
});
