import { hookDeletePolicies, isAnyHook } from '../argocd/sync/index.ts';
import { compareObjects } from './compare-objects.ts';
import type { Masker, ResourceChange } from './model.ts';
import {
  differingDocuments,
  identityOf,
  readResource,
  type RenderedResource,
} from './read-resources.ts';
import { findRisks } from './risks.ts';

/** A change of one resource, with both objects, masked, from which its lines are made when it is shown. */
export interface ComparedResource extends Omit<ResourceChange, 'lines'> {
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What differs between two rendered manifests, resource by resource, masked. Documents that are the
 * same text on both sides are not even read. Throws UnreadableDocument.
 */
export function compareManifests(
  base: string,
  head: string,
  namespace: string,
  masker: Masker,
): ComparedResource[] {
  const texts = differingDocuments(base, head);
  const before = index(texts.base, namespace, masker);
  const after = index(texts.head, namespace, masker);
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((identity) => compareResources(before.get(identity), after.get(identity)));
}

function index(
  texts: readonly string[],
  namespace: string,
  masker: Masker,
): Map<string, RenderedResource> {
  const resources = new Map<string, RenderedResource>();
  for (const text of texts) {
    const { name, object } = readResource(text, namespace);
    const masked = masker.maskObject(object) as RenderedResource['object'];
    // Two with one name are told apart by their place.
    let identity = identityOf(name);
    while (resources.has(identity)) identity += '+';
    resources.set(identity, { name, object: masked });
  }
  return resources;
}

/** What differs between two states of one resource; nothing, or one change. */
export function compareResources(
  before: RenderedResource | undefined,
  after: RenderedResource | undefined,
): ComparedResource[] {
  const present = after ?? before;
  if (present === undefined) return [];
  const fields =
    before === undefined || after === undefined ? [] : compareObjects(before.object, after.object);
  const change = changeOf(before, after);
  if (change === 'changed' && fields.length === 0) return [];
  const judged = { change, resource: present.name, fields };
  const risks = findRisks(judged).filter(({ badge }) => !isHooksWay(present.object, badge));
  return [{ ...judged, risks, before: before?.object, after: after?.object }];
}

/** A hook is deleted and made anew by every sync unless it says otherwise, and nobody prunes it. */
function isHooksWay(object: RenderedResource['object'], badge: string): boolean {
  if (!isAnyHook(object)) return false;
  const isRemade = hookDeletePolicies(object).includes('BeforeHookCreation');
  return badge === 'prune' || (badge === 'immutable field' && isRemade);
}

function changeOf(before: unknown, after: unknown): ResourceChange['change'] {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}
