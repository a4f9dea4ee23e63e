import { asString, at, type JsonObject } from '../json/value.ts';
import type { Resource } from '../resources/resource.ts';
import { notImplemented } from '../status/status-error.ts';

/** Groups and versions that a Kubernetes API server has and this one does not. */
const otherVersions = new Set(['autoscaling/v1', 'resource.k8s.io/v1']);

/** Fails with 501 for a group and version that is left out here on purpose. */
export function refuseOtherVersion(group: string, version: string): void {
  if (otherVersions.has(`${group}/${version}`)) throw notImplemented(`${group}/${version}`);
}

const writes = new Set(['create', 'update', 'patch']);

/** Fails with 501 for a write of a kind whose fields are not known here. */
export function refuseUnknownKind(resource: Resource, verb: string): void {
  if (resource.custom !== undefined || resource.type !== undefined || !writes.has(verb)) return;
  throw notImplemented(`writing ${resource.plural}.${resource.group}`);
}

/** Fails with 501 for a definition whose versions are to be converted by a webhook. */
export function refuseConversion(definition: JsonObject): void {
  if (at(definition, 'spec', 'conversion', 'strategy') === 'Webhook')
    throw notImplemented('conversion by webhook');
}

const neverCalled = new Set([
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** What to tell about an object that is stored although nothing comes of it. */
export function idleWarnings(resource: Resource, object: JsonObject): string[] {
  const { kind, group } = resource;
  if (group === 'admissionregistration.k8s.io' && neverCalled.has(kind))
    return [`${kind} is stored, but this server calls no webhook and evaluates no policy`];
  const service = at(object, 'spec', 'service');
  if (group === 'apiregistration.k8s.io' && kind === 'APIService' && service !== undefined)
    return [
      `APIService ${asString(at(object, 'metadata', 'name'))} is stored, but this server proxies to no other`,
    ];
  return [];
}
