import {
  asArray,
  asObject,
  asString,
  at,
  byKey,
  type Json,
  type JsonObject,
  withAt,
} from '../json/value.ts';
import { type Amount, type Amounts, formatAmount, readAmounts, sortedAmounts } from './amounts.ts';
import {
  containerAmounts,
  containersOf,
  initContainersOf,
  podAmounts,
  type ResourceKind,
} from './pod-resources.ts';

const annotation = 'kubernetes.io/limit-ranger';

function itemsOf(limitRange: JsonObject): JsonObject[] {
  return asArray(at(limitRange, 'spec', 'limits')).map(asObject);
}

/** A pod with the requests and limits that LimitRanges give to containers without (Kubernetes plugin/pkg/admission/limitranger). */
export function withLimitDefaults(pod: JsonObject, limitRanges: readonly JsonObject[]): JsonObject {
  return limitRanges.reduce(withDefaultsOf, pod);
}

interface Defaults {
  readonly requests: JsonObject;
  readonly limits: JsonObject;
}

function withDefaultsOf(pod: JsonObject, limitRange: JsonObject): JsonObject {
  const items = itemsOf(limitRange).filter((item) => item['type'] === 'Container');
  const defaults: Defaults = {
    requests: Object.assign(
      {},
      ...items.map((item) => asObject(item['defaultRequest'])),
    ) as JsonObject,
    limits: Object.assign({}, ...items.map((item) => asObject(item['default']))) as JsonObject,
  };
  const told: string[] = [];
  let next = pod;
  for (const [list, word] of [
    ['containers', 'container'],
    ['initContainers', 'init container'],
  ] as const) {
    const containers = asArray(at(pod, 'spec', list)).map(asObject);
    if (containers.length === 0) continue;
    const filled = containers.map((container) =>
      filledContainer(container, defaults, { word, told }),
    );
    next = withAt(next, ['spec', list], filled);
  }
  if (told.length === 0) return pod;
  const said = `LimitRanger plugin set: ${told.join('; ')}`;
  return withAt(next, ['metadata', 'annotations', annotation], said);
}

function filledContainer(
  container: JsonObject,
  defaults: Defaults,
  about: { readonly word: string; readonly told: string[] },
): JsonObject {
  let next = container;
  for (const [kind, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const given = asObject(at(container, 'resources', kind));
    const missing = Object.keys(defaults[kind])
      .filter((name) => !Object.hasOwn(given, name))
      .sort(byKey);
    if (missing.length === 0) continue;
    const added = Object.fromEntries(
      missing.map((name): [string, Json] => [name, defaults[kind][name] ?? '0']),
    );
    next = withAt(next, ['resources', kind], { ...given, ...added });
    about.told.push(
      `${missing.join(', ')} ${word} for ${about.word} ${asString(container['name'])}`,
    );
  }
  return next;
}

interface Resources {
  readonly type: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
}

type Check = (name: string, bound: Amount, resources: Resources) => string | undefined;

const tooLittle: Check = (name, bound, { type, requests, limits }) => {
  const rule = `minimum ${name} usage per ${type} is ${formatAmount(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (request === undefined) return `${rule}.  No request is specified`;
  if (request.nano < bound.nano) return `${rule}, but request is ${formatAmount(request)}`;
  if (limit !== undefined && limit.nano < bound.nano)
    return `${rule}, but limit is ${formatAmount(limit)}`;
  return undefined;
};

const tooMuch: Check = (name, bound, { type, requests, limits }) => {
  const rule = `maximum ${name} usage per ${type} is ${formatAmount(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (limit.nano > bound.nano) return `${rule}, but limit is ${formatAmount(limit)}`;
  if (request !== undefined && request.nano > bound.nano)
    return `${rule}, but request is ${formatAmount(request)}`;
  return undefined;
};

/** Claims have requests only. */
const tooMuchRequested: Check = (name, bound, { type, requests }) => {
  const rule = `maximum ${name} usage per ${type} is ${formatAmount(bound)}`;
  const request = requests.get(name);
  if (request === undefined) return `${rule}.  No request is specified`;
  return request.nano > bound.nano ? `${rule}, but request is ${formatAmount(request)}` : undefined;
};

const tooUneven: Check = (name, bound, { type, requests, limits }) => {
  const rule = `${name} max limit to request ratio per ${type} is ${formatAmount(bound)}`;
  const request = requests.get(name)?.nano ?? 0n;
  const limit = limits.get(name)?.nano ?? 0n;
  if (request === 0n) return `${rule}, but no request is specified or request is 0`;
  if (limit === 0n) return `${rule}, but no limit is specified or limit is 0`;
  if (limit * 1_000_000_000n <= request * bound.nano) return undefined;
  return `${rule}, but provided ratio is ${ratio(limit, request)}`;
};

/** A ratio to six decimals, halves to the even one. */
function ratio(limit: bigint, request: bigint): string {
  const scaled = limit * 1_000_000n;
  let digits = scaled / request;
  const twice = (scaled % request) * 2n;
  if (twice > request || (twice === request && digits % 2n === 1n)) digits += 1n;
  const text = String(digits).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

function faultsOf(item: JsonObject, resources: Resources, upper: Check): string[] {
  const checks: readonly (readonly [string, Check])[] = [
    ['min', tooLittle],
    ['max', upper],
    ['maxLimitRequestRatio', tooUneven],
  ];
  return checks
    .flatMap(([field, check]) =>
      sortedAmounts(readAmounts(item[field])).map(([name, bound]) => check(name, bound, resources)),
    )
    .filter((fault) => fault !== undefined);
}

function containerResources(container: JsonObject): Resources {
  return {
    type: 'Container',
    requests: containerAmounts(container, 'requests'),
    limits: containerAmounts(container, 'limits'),
  };
}

function podFaults(limitRange: JsonObject, pod: JsonObject): string[] {
  return itemsOf(limitRange).flatMap((item) => {
    if (item['type'] === 'Container') {
      return [...containersOf(pod), ...initContainersOf(pod)].flatMap((container) =>
        faultsOf(item, containerResources(container), tooMuch),
      );
    }
    if (item['type'] !== 'Pod') return [];
    const amounts = (kind: ResourceKind): Amounts => podAmounts(pod, kind);
    const resources = { type: 'Pod', requests: amounts('requests'), limits: amounts('limits') };
    return faultsOf(item, resources, tooMuch);
  });
}

function claimFaults(limitRange: JsonObject, claim: JsonObject, live?: JsonObject): string[] {
  const requests = readAmounts(at(claim, 'spec', 'resources', 'requests'));
  const before = readAmounts(at(live, 'spec', 'resources', 'requests'));
  const unchanged = (name: string): boolean =>
    before.has(name) && before.get(name)?.nano === requests.get(name)?.nano;
  return itemsOf(limitRange)
    .filter((item) => item['type'] === 'PersistentVolumeClaim')
    .flatMap((item) => {
      const only = (field: string): JsonObject =>
        Object.fromEntries(
          Object.entries(asObject(item[field])).filter(([name]) => !unchanged(name)),
        );
      const resources = { type: 'PersistentVolumeClaim', requests, limits: new Map() };
      const changed = { min: only('min'), max: only('max') };
      return faultsOf(changed, resources, tooMuchRequested);
    });
}

/**
 * What the first LimitRange that a pod or a claim breaks has to say, in Kubernetes' words (its
 * plugin/pkg/admission/limitranger); several faults stand in brackets. A value of a claim that does not change is fine.
 */
export function limitFault(
  kind: 'Pod' | 'PersistentVolumeClaim',
  object: JsonObject,
  about: { readonly limitRanges: readonly JsonObject[]; readonly live?: JsonObject | undefined },
): string | undefined {
  for (const limitRange of about.limitRanges) {
    const faults =
      kind === 'Pod' ? podFaults(limitRange, object) : claimFaults(limitRange, object, about.live);
    const lines = [...new Set(faults)];
    if (lines.length > 0) return lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  }
  return undefined;
}
