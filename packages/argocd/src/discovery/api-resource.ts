import type { ResourceType } from '@tidegate/kube';

/** A kind that a server offers, in one of its versions. */
export interface ApiResource {
  readonly type: ResourceType;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Whether this is the version in which the server prefers to hand the kind out. */
  readonly preferred: boolean;
}

/** A group's versions, the preferred one first. */
export interface ApiGroup {
  readonly group: string;
  readonly versions: readonly string[];
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Whether a resource can do something, in the server's words such as `list`. */
export function supports(resource: Pick<ApiResource, 'verbs'>, verb: string): boolean {
  return resource.verbs.some((known) => known.toLowerCase() === verb.toLowerCase());
}

/** Whether Argo CD watches a resource: it has to be listed and watched. */
export function isWatchable(resource: ApiResource): boolean {
  return supports(resource, 'list') && supports(resource, 'watch');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Groups and versions out of an `APIGroupList`; the preferred version comes first. */
export function readGroups(answer: unknown): ApiGroup[] {
  return list(record(answer)['groups']).map((entry) => {
    const group = record(entry);
    const versions = list(group['versions']).map((one) => text(record(one)['version']));
    const preferred = text(record(group['preferredVersion'])['version']);
    const others = versions.filter((version) => version !== preferred);
    return {
      group: text(group['name']),
      versions: preferred === '' ? versions : [preferred, ...others],
    };
  });
}

/** Versions of the core group out of an `APIVersions`. */
export function readCoreVersions(answer: unknown): ApiGroup {
  return { group: '', versions: list(record(answer)['versions']).map(text) };
}

/** What an `APIResourceList` holds, without subresources. */
export function readResources(
  answer: unknown,
  group: string,
  version: string,
): Omit<ApiResource, 'preferred'>[] {
  return list(record(answer)['resources']).flatMap((entry) => {
    const resource = record(entry);
    const plural = text(resource['name']);
    if (plural === '' || plural.includes('/')) return [];
    return [
      {
        type: { apiVersion: apiVersionOf(group, version), plural },
        group,
        version,
        kind: text(resource['kind']),
        namespaced: resource['namespaced'] === true,
        verbs: list(resource['verbs']).map(text),
      },
    ];
  });
}
