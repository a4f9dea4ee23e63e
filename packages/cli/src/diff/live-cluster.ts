import {
  RemoteError,
  valueAt,
  type KindScope,
  type LiveAnswer,
  type LiveCluster,
  type PlainObject,
  type Unseen,
} from '@tidegate/core';
import {
  isNotFound,
  KubeError,
  type JsonObject,
  type KubeClient,
  type ListCallOptions,
  type ResourceType,
} from '@tidegate/kube';
import { limitCalls } from './limit-calls.ts';

/** A kind as the cluster's discovery describes it. */
interface ServedKind {
  readonly type: ResourceType;
  readonly kind: string;
  readonly group: string;
  readonly scope: KindScope;
  readonly verbs: readonly string[];
}

/** Argo CD's own field manager. */
const fieldManager = 'argocd-controller';
/** Calls at once: enough to keep an API server busy, few enough for its priority and fairness. */
const callsAtOnce = 24;
const pageSize = 500;
/** With more namespaces than this, one list of all of them is shorter than a list of each. */
const namespacesListedMax = 8;
const triesMax = 4;
const firstWaitMs = 250;
const longestWaitMs = 30_000;

/**
 * Kinds that Argo CD does not watch.
 * Source: Argo CD 3.5.1 util/settings/resources_filter.go and manifests/base/config/argocd-cm.yaml.
 */
const unwatched: readonly { readonly group: RegExp; readonly kind: RegExp }[] = [
  { group: /^$/, kind: /^(?:Event|Endpoints)$/ },
  { group: /^(?:events|metrics)\.k8s\.io$/, kind: /./ },
  { group: /^discovery\.k8s\.io$/, kind: /^EndpointSlice$/ },
  { group: /^coordination\.k8s\.io$/, kind: /^Lease$/ },
  { group: /^(?:authentication|authorization)\.k8s\.io$/, kind: /./ },
  { group: /^certificates\.k8s\.io$/, kind: /^CertificateSigningRequest$/ },
  { group: /^cert-manager\.io$/, kind: /^CertificateRequest$/ },
  { group: /^cilium\.io$/, kind: /^Cilium(?:Identity|Endpoint|EndpointSlice)$/ },
  { group: /(?:^|\.)kyverno\.io$|^wgpolicyk8s\.io$/, kind: /Report$|^UpdateRequest$/ },
];

export interface KubeLiveOptions {
  /** The cluster for people. */
  readonly name: string;
  readonly client: KubeClient;
  /** Waits before a call is repeated. */
  readonly wait: (ms: number) => Promise<void>;
}

/** Reads a cluster over a Kubernetes API. Applies are dry runs; there is no other write among its calls. */
export function kubeLiveCluster({ name, client, wait }: KubeLiveOptions): LiveCluster {
  const limit = limitCalls(callsAtOnce);
  const call = <T>(what: () => Promise<T>): Promise<T> => limit(() => patiently(what, wait));
  const discovery = new Discovery(client, call);
  const typeOf = async (apiVersion: string, kind: string): Promise<ResourceType> => {
    const found = await discovery.find(apiVersion, kind);
    if (found === undefined) throw new Error(`${kind} of ${apiVersion} is not served`);
    return found.type;
  };
  return {
    name,
    scopeOf: async (apiVersion, kind) => (await discovery.find(apiVersion, kind))?.scope,
    read: async ({ group, version, kind, namespace, name: object }) => {
      const type = await typeOf(group === '' ? version : `${group}/${version}`, kind);
      const ref = namespace === undefined ? { name: object } : { name: object, namespace };
      return answerOf(() => call(() => client.get(type, ref)), 'read');
    },
    dryRunApply: async (object) => {
      const type = await typeOf(String(object['apiVersion']), String(object['kind']));
      const options = { fieldManager, force: true, dryRun: true };
      return answerOf(() => call(() => client.apply(type, object as JsonObject, options)), 'apply');
    },
    scan: async (namespaces, take) => {
      const kinds = (await discovery.preferred()).filter(isWatched);
      const scan = new Scan({ client, call, namespaces, take });
      const unseen = await Promise.all(kinds.map((kind) => scan.kind(kind)));
      return [...discovery.unanswered, ...unseen.flat()];
    },
  };
}

type Call = <T>(what: () => Promise<T>) => Promise<T>;

function isWatched({ group, kind, verbs }: ServedKind): boolean {
  if (!verbs.includes('list') || !verbs.includes('get')) return false;
  return unwatched.every((one) => !one.group.test(group) || !one.kind.test(kind));
}

/** What the cluster serves, asked once for each group and version. */
class Discovery {
  /** Groups that are announced and do not answer. */
  readonly unanswered: Unseen[] = [];
  private readonly versions = new Map<string, Promise<readonly ServedKind[]>>();
  private readonly client: KubeClient;
  private readonly call: Call;

  constructor(client: KubeClient, call: Call) {
    this.client = client;
    this.call = call;
  }

  async find(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    return (await this.kindsOf(apiVersion)).find((served) => served.kind === kind);
  }

  /** Every kind in the version that the cluster prefers. */
  async preferred(): Promise<ServedKind[]> {
    const answer = await this.call(() => this.client.raw('/apis')).catch((error: unknown) => {
      throw asRemote(error);
    });
    const groups = valueAt(answer, ['groups']);
    const versions = (Array.isArray(groups) ? groups : []).map((group) =>
      String(valueAt(group, ['preferredVersion', 'groupVersion'])),
    );
    const kinds = ['v1', ...versions].map(async (version) => {
      try {
        return await this.kindsOf(version);
      } catch (error) {
        if (version === 'v1' || !isAnswer(error)) throw error;
        this.unanswered.push({ resource: `*.${version}`, message: error.message });
        return [];
      }
    });
    return (await Promise.all(kinds)).flat();
  }

  private kindsOf(apiVersion: string): Promise<readonly ServedKind[]> {
    const known = this.versions.get(apiVersion);
    if (known !== undefined) return known;
    const asked = this.ask(apiVersion);
    this.versions.set(apiVersion, asked);
    return asked;
  }

  private async ask(apiVersion: string): Promise<readonly ServedKind[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    try {
      const answer = await this.call(() => this.client.raw(path));
      const resources = valueAt(answer, ['resources']);
      return (Array.isArray(resources) ? resources : []).flatMap((one) =>
        servedKind(apiVersion, one),
      );
    } catch (error) {
      if (isNotFound(error)) return [];
      throw asRemote(error);
    }
  }
}

/** Whether the cluster has answered, and the answer is about what was asked. */
function isAnswer(error: unknown): error is RemoteError {
  const status = error instanceof RemoteError ? error.data['status'] : undefined;
  return typeof status === 'number' && status !== 401;
}

/** Subresources such as `pods/log` are no kinds of their own. */
function servedKind(apiVersion: string, resource: unknown): ServedKind[] {
  const plural = valueAt(resource, ['name']);
  const kind = valueAt(resource, ['kind']);
  const verbs = valueAt(resource, ['verbs']);
  if (typeof plural !== 'string' || plural.includes('/') || typeof kind !== 'string') return [];
  return [
    {
      type: { apiVersion, plural },
      kind,
      group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
      scope: valueAt(resource, ['namespaced']) === true ? 'namespaced' : 'cluster',
      verbs: Array.isArray(verbs) ? verbs.map(String) : [],
    },
  ];
}

interface ScanOptions {
  readonly client: KubeClient;
  readonly call: Call;
  readonly namespaces: readonly string[];
  readonly take: (object: PlainObject) => void;
}

/** Lists everything that may belong to an environment. */
class Scan {
  private readonly options: ScanOptions;
  private readonly wanted: ReadonlySet<string>;

  constructor(options: ScanOptions) {
    this.options = options;
    this.wanted = new Set(options.namespaces);
  }

  /** Lists one kind; answers why it cannot. */
  async kind(served: ServedKind): Promise<Unseen[]> {
    const { namespaces } = this.options;
    if (served.scope === 'cluster') return this.list(served, {});
    if (namespaces.length > namespacesListedMax && (await this.list(served, {})).length === 0)
      return [];
    const unseen = namespaces.map((namespace) => this.list(served, { namespace }));
    return (await Promise.all(unseen)).flat();
  }

  private async list(served: ServedKind, select: ListCallOptions): Promise<Unseen[]> {
    try {
      let next = await this.page(served, { ...select, limit: pageSize });
      while (next !== '')
        next = await this.page(served, { ...select, limit: pageSize, continueToken: next });
      return [];
    } catch (error) {
      if (isNotFound(error)) return [];
      if (!(error instanceof KubeError) || !isForbidden(error)) throw asRemote(error);
      const { plural } = served.type;
      const resource = served.group === '' ? plural : `${plural}.${served.group}`;
      return [{ resource, message: withoutName(error.message) }];
    }
  }

  /** Takes one page; answers the token of the next one, which is empty after the last. */
  private async page(served: ServedKind, select: ListCallOptions): Promise<string> {
    const { client, call, take } = this.options;
    const { items, continueToken } = await call(() => client.list(served.type, select));
    for (const item of items) if (this.isWanted(served, item)) take(item);
    return continueToken;
  }

  private isWanted({ scope }: ServedKind, object: JsonObject): boolean {
    if (scope === 'cluster') return true;
    return this.wanted.has(String(valueAt(object, ['metadata', 'namespace'])));
  }
}

/** What the answer to a call about one object means. */
async function answerOf(
  ask: () => Promise<JsonObject>,
  how: 'read' | 'apply',
): Promise<LiveAnswer> {
  try {
    return { kind: 'object', object: await ask() };
  } catch (error) {
    if (!(error instanceof KubeError) || error.code === 401) throw asRemote(error);
    // A webhook that does not answer is the trouble of one kind, and answered with 500.
    if (isTrouble(error) && (how === 'read' || error.code !== 500)) throw asRemote(error);
    if (isForbidden(error)) return { kind: 'forbidden', message: withoutName(error.message) };
    if (error.code === 404 && how === 'read') return { kind: 'object', object: undefined };
    if (error.code === 404 && valueAt(error.status, ['details', 'kind']) === 'namespaces')
      return { kind: 'no namespace' };
    return { kind: 'refused', message: error.message };
  }
}

/** Whether access control says no, as opposed to admission, which answers with the same code. */
function isForbidden({ code, message }: KubeError): boolean {
  return code === 403 && /\bcannot [a-z]+ resource "/.test(message);
}

/** A refusal without the object's name: the same for all objects of a kind in a namespace. */
function withoutName(message: string): string {
  return message.replace(/^.*? is forbidden: /s, '');
}

function isTrouble({ code }: KubeError): boolean {
  return code === 408 || code === 429 || code >= 500;
}

/** Repeats a call while the cluster is too busy, as long as the cluster says or with growing pauses. */
async function patiently<T>(what: () => Promise<T>, wait: KubeLiveOptions['wait']): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await what();
    } catch (error) {
      const mayPass = error instanceof KubeError && (isTrouble(error) || error.code === 409);
      if (!mayPass || attempt >= triesMax) throw error;
      const asked = (error.retryAfterSeconds ?? 0) * 1000;
      if (asked > longestWaitMs) throw error;
      await wait(Math.max(asked, firstWaitMs * 2 ** (attempt - 1)));
    }
  }
}

/** A failure of the cluster itself, in one sentence. */
function asRemote(error: unknown): unknown {
  if (error instanceof RemoteError || !(error instanceof Error)) return error;
  if (!(error instanceof KubeError)) {
    return new RemoteError(`the cluster cannot be reached: ${error.message}`, {
      hint: 'check the server in the kubeconfig, and the network between it and this machine',
      cause: error,
    });
  }
  if (error.code === 401) {
    return new RemoteError(`the cluster does not accept the credentials: ${error.message}`, {
      hint: 'the token or certificate in the kubeconfig may have expired',
      data: { status: error.code },
      cause: error,
    });
  }
  return new RemoteError(`the cluster answered ${error.code}: ${error.message}`, {
    data: { status: error.code },
    cause: error,
  });
}
