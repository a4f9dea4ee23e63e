import { lastApplied } from './session-world.ts';
import type { Manners } from './session-case.ts';

/** One run of kubectl that a fact is shown by, and what it must send and say. */
export interface FactRun {
  readonly argv: readonly string[];
  readonly exit: number;
  /**
   * What is sent besides `/api` and `/apis`, in order: method and path, then pieces of the query, of Accept, of
   * Content-Type or of the body. A piece that begins with `!` must not be there.
   */
  readonly sends?: readonly (readonly string[])[];
  /** Like `sends`, but other requests may come in between. */
  readonly sendsAmongOthers?: readonly (readonly string[])[];
  readonly says?: string;
}

/** How one fact is shown with the real kubectl and the embedded server. */
export interface Fact {
  /** The words that the fact begins with. */
  readonly about: RegExp;
  readonly manners?: Partial<Manners>;
  /** Whether it needs a custom kind, `things.example.com`. */
  readonly custom?: boolean;
  /** Objects that are there: collection and object. */
  readonly objects?: readonly (readonly [string, object])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly runs: readonly FactRun[];
}

const cms = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const things = '/apis/example.com/v1/namespaces/default/things';
const index = ['GET /openapi/v3'];
const document = ['GET /openapi/v3/api/v1', 'hash='];
const documentV2 = ['GET /openapi/v2', 'protobuf'];
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function configMap(value: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { k: value },
  });
}

const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't' } };
const there: Fact['objects'] = [[cms, JSON.parse(configMap('v')) as object]];
const pod = {
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};
const files = { 'a.yaml': configMap('v'), 'b.yaml': configMap('w') };
const apply = (file: string, ...more: string[]): string[] => [
  'kubectl',
  'apply',
  ...more,
  '-f',
  file,
];
const kubectl = (words: string): string[] => ['kubectl', ...words.split(' ')];

const create: readonly (readonly string[])[] = [
  [`GET ${cms}/a`],
  [`POST ${cms}`, 'fieldManager=kubectl-client-side-apply', 'fieldValidation=Strict', lastApplied],
];
const watchList = [
  'watch=true',
  'sendInitialEvents=true',
  'resourceVersionMatch=NotOlderThan',
  'allowWatchBookmarks=true',
];

/** Facts about kubectl, and how each is shown. */
export const facts: readonly Fact[] = [
  {
    about: /^Discovery:/,
    runs: [
      { argv: kubectl('api-versions'), exit: 0, sends: [], says: 'apps/v1' },
      { argv: kubectl('get cm a --ignore-not-found'), exit: 0, sends: [[`GET ${cms}/a`]] },
    ],
  },
  {
    about: /^Discovery:/,
    manners: { aggregatedDiscovery: false },
    runs: [
      {
        argv: kubectl('api-resources'),
        exit: 0,
        sendsAmongOthers: [['GET /api/v1', 'application/json']],
        says: 'configmaps',
      },
    ],
  },
  {
    about: /^apply and create -f and replace validate first:/,
    files,
    runs: [
      { argv: apply('a.yaml'), exit: 0, sends: [index, document, ...create] },
      { argv: kubectl('create -f b.yaml'), exit: 1, sends: [index, document, [`POST ${cms}`]] },
      {
        argv: kubectl('replace -f b.yaml'),
        exit: 0,
        sendsAmongOthers: [index, document, [`PUT ${cms}/a`]],
      },
    ],
  },
  {
    about: /^apply and create -f and replace validate first:/,
    manners: { openApi: 'none' },
    files,
    runs: [
      { argv: apply('a.yaml'), exit: 1, says: 'failed to download openapi' },
      { argv: apply('a.yaml', '--validate=warn'), exit: 1, says: 'failed to download openapi' },
      { argv: apply('a.yaml', '--validate=false'), exit: 0, says: 'created' },
    ],
  },
  {
    about: /^apply of an existing object asks for \/openapi\/v2/,
    manners: { openApi: 'core' },
    files,
    runs: [
      { argv: apply('a.yaml'), exit: 0, sends: [index, document, ...create] },
      {
        argv: apply('b.yaml'),
        exit: 0,
        sends: [index, document, [`GET ${cms}/a`], documentV2, [`PATCH ${cms}/a`]],
      },
    ],
  },
  {
    about: /^apply create:/,
    files: { ...files, 'n.yaml': configMap('v').replace('"name"', '"namespace":"none","name"') },
    runs: [
      { argv: apply('a.yaml'), exit: 0, sends: [index, document, ...create] },
      {
        argv: apply('n.yaml'),
        exit: 1,
        sendsAmongOthers: [
          ['GET /api/v1/namespaces/none/configmaps/a'],
          ['GET /api/v1/namespaces/none'],
          ['POST /api/v1/namespaces/none/configmaps'],
        ],
        says: 'namespaces "none" not found',
      },
    ],
  },
  {
    about: /^apply update:/,
    custom: true,
    files: {
      ...files,
      't.yaml': JSON.stringify({ ...thing, spec: { size: 1 } }),
      'u.yaml': JSON.stringify({ ...thing, spec: { size: 2 } }),
    },
    runs: [
      { argv: apply('a.yaml'), exit: 0 },
      {
        argv: apply('a.yaml'),
        exit: 0,
        sends: [index, document, [`GET ${cms}/a`], documentV2],
        says: 'unchanged',
      },
      {
        argv: apply('b.yaml'),
        exit: 0,
        sendsAmongOthers: [[`PATCH ${cms}/a`, 'application/strategic-merge-patch+json']],
      },
      { argv: apply('t.yaml'), exit: 0 },
      {
        argv: apply('u.yaml'),
        exit: 0,
        sendsAmongOthers: [[`PATCH ${things}/t`, 'application/merge-patch+json']],
      },
    ],
  },
  {
    about: /^apply --server-side:/,
    files,
    runs: [
      {
        argv: apply('a.yaml', '--server-side'),
        exit: 0,
        sends: [
          index,
          document,
          [`PATCH ${cms}/a`, 'application/apply-patch+yaml', 'fieldManager=kubectl', 'force=false'],
        ],
      },
      { argv: kubectl('delete cm a'), exit: 0 },
      { argv: apply('a.yaml'), exit: 0 },
      {
        argv: apply('a.yaml', '--server-side'),
        exit: 0,
        sendsAmongOthers: [
          [`PATCH ${cms}/a`, 'apply-patch', 'fieldManager=kubectl'],
          [`PATCH ${cms}/a`, 'apply-patch', 'fieldManager=kubectl-last-applied'],
        ],
      },
    ],
  },
  {
    about: /^kubectl create namespace\/configmap and auth can-i send PROTOBUF/,
    manners: { protobuf: false },
    runs: [
      {
        argv: kubectl('create namespace n'),
        exit: 1,
        sends: [['POST /api/v1/namespaces', 'application/vnd.kubernetes.protobuf']],
      },
      {
        argv: kubectl('create configmap c --from-literal=k=v'),
        exit: 1,
        sends: [[`POST ${cms}`, 'application/vnd.kubernetes.protobuf']],
      },
      {
        argv: kubectl('auth can-i get pods'),
        exit: 1,
        sendsAmongOthers: [
          ['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'protobuf'],
        ],
      },
    ],
  },
  {
    about: /^kubectl create namespace\/configmap and auth can-i send PROTOBUF/,
    files,
    runs: [
      { argv: kubectl('create namespace n'), exit: 0, says: 'namespace/n created' },
      { argv: kubectl('auth can-i get pods'), exit: 0, says: 'yes' },
      {
        argv: kubectl('create -f a.yaml'),
        exit: 0,
        sends: [index, document, [`POST ${cms}`, 'application/json']],
      },
    ],
  },
  {
    about: /^get asks for Table/,
    objects: there,
    runs: [
      {
        argv: kubectl('get cm'),
        exit: 0,
        sends: [[`GET ${cms}`, table, 'v=v1beta1', 'limit=500']],
        says: 'DATA',
      },
      {
        argv: kubectl('get cm a -o yaml'),
        exit: 0,
        sends: [[`GET ${cms}/a`, 'application/json', '!Table']],
      },
    ],
  },
  {
    about: /^get asks for Table/,
    manners: { tables: false },
    objects: there,
    runs: [{ argv: kubectl('get cm'), exit: 0, says: 'NAME   AGE' }],
  },
  {
    about: /^get -w:/,
    objects: there,
    runs: [
      {
        argv: kubectl('get cm -w --request-timeout=2s'),
        exit: 0,
        sends: [
          [`GET ${cms}`, 'limit=500', '!watch=true'],
          [`GET ${cms}`, 'watch=true', 'resourceVersion=', '!resourceVersion=0', table],
        ],
      },
      {
        argv: kubectl('get cm a -w --request-timeout=2s'),
        exit: 0,
        sends: [
          [`GET ${cms}/a`],
          [
            `GET ${cms}`,
            'watch=true',
            'fieldSelector=metadata.name%3Da',
            'resourceVersion=0',
            table,
          ],
        ],
      },
    ],
  },
  {
    about: /^wait:/,
    objects: there,
    runs: [
      {
        argv: kubectl('wait --for=jsonpath={.data.k}=v cm/a --timeout=5s'),
        exit: 0,
        sends: [[`GET ${cms}/a`], [`GET ${cms}`, ...watchList]],
        says: 'condition met',
      },
    ],
  },
  ...[400, 422].map((code) => ({
    about: /^wait:/,
    manners: { initialEvents: code },
    objects: there,
    runs: [
      {
        argv: kubectl('wait --for=jsonpath={.data.k}=v cm/a --timeout=5s'),
        exit: 0,
        sends: [
          [`GET ${cms}/a`],
          [`GET ${cms}`, ...watchList],
          [`GET ${cms}`, 'resourceVersion=0', '!watch=true'],
          [`GET ${cms}`, 'watch=true', '!sendInitialEvents'],
        ],
      },
    ],
  })),
  {
    about: /^wait:/,
    manners: { initialEvents: 'ignored' },
    objects: there,
    runs: [
      {
        argv: kubectl('wait --for=jsonpath={.data.k}=v cm/a --timeout=2s'),
        exit: 1,
        says: 'timed out waiting',
      },
    ],
  },
  {
    about: /^delete:/,
    objects: [...there, [cms, { metadata: { name: 'b' } }], [cms, { metadata: { name: 'c' } }]],
    runs: [
      {
        argv: kubectl('delete cm a'),
        exit: 0,
        sends: [[`DELETE ${cms}/a`, '"propagationPolicy":"Background"'], [`GET ${cms}/a`]],
      },
      {
        argv: kubectl('delete cm b --cascade=orphan'),
        exit: 0,
        sendsAmongOthers: [[`DELETE ${cms}/b`, '"propagationPolicy":"Orphan"']],
      },
      {
        argv: kubectl('delete cm c --cascade=foreground --wait=false'),
        exit: 0,
        sends: [[`DELETE ${cms}/c`, '"propagationPolicy":"Foreground"']],
      },
    ],
  },
  {
    about: /^patch:/,
    custom: true,
    objects: [...there, [things, thing]],
    runs: [
      ...(['merge', 'strategic'] as const).map((type) => ({
        argv: [...kubectl(`patch cm a --type=${type} -p`), `{"data":{"k":"${type}"}}`],
        exit: 0,
        sends: [
          [`GET ${cms}/a`],
          [
            `PATCH ${cms}/a`,
            `application/${type === 'merge' ? 'merge' : 'strategic-merge'}-patch+json`,
          ],
        ],
      })),
      {
        argv: [
          ...kubectl('patch cm a --type=json -p'),
          '[{"op":"add","path":"/data/x","value":"y"}]',
        ],
        exit: 0,
        sends: [[`GET ${cms}/a`], [`PATCH ${cms}/a`, 'application/json-patch+json']],
      },
      {
        argv: [...kubectl('patch thing t -p'), '{"spec":{"size":3}}'],
        exit: 1,
        sends: [[`GET ${things}/t`], [`PATCH ${things}/t`, 'strategic-merge-patch+json']],
        says: 'is not supported',
      },
    ],
  },
  {
    about: /^label\/annotate:/,
    objects: there,
    runs: (['label', 'annotate'] as const).map((verb) => ({
      argv: kubectl(`${verb} cm a x=y`),
      exit: 0,
      sends: [
        [`GET ${cms}/a`],
        [`PATCH ${cms}/a`, 'application/merge-patch+json', `fieldManager=kubectl-${verb}`],
      ],
    })),
  },
  {
    about: /^replace:/,
    objects: there,
    files,
    runs: [
      {
        argv: kubectl('replace -f b.yaml'),
        exit: 0,
        sendsAmongOthers: [[`GET ${cms}/a`], [`PUT ${cms}/a`, '"resourceVersion":"']],
      },
    ],
  },
  {
    about: /^diff:/,
    objects: there,
    files: { ...files, 'new.yaml': configMap('v').replace('"a"', '"new"') },
    runs: [
      {
        argv: kubectl('diff -f b.yaml'),
        exit: 1,
        sendsAmongOthers: [[`GET ${cms}/a`], [`PATCH ${cms}/a`, 'dryRun=All']],
        says: '+  k: w',
      },
      {
        argv: kubectl('diff -f new.yaml'),
        exit: 1,
        sendsAmongOthers: [[`GET ${cms}/new`], [`POST ${cms}`, 'dryRun=All']],
      },
      { argv: kubectl('diff -f a.yaml --server-side'), exit: 0 },
    ],
  },
  {
    about: /^Typed reads \(describe, events, rollout status\)/,
    objects: [[pods, pod]],
    runs: [
      {
        argv: kubectl('describe pod p'),
        exit: 0,
        sendsAmongOthers: [[`GET ${pods}/p`, 'application/vnd.kubernetes.protobuf']],
        says: 'Name:',
      },
      {
        argv: kubectl('events'),
        exit: 0,
        sendsAmongOthers: [['GET /api/v1/namespaces/default/events', 'protobuf']],
      },
    ],
  },
];
