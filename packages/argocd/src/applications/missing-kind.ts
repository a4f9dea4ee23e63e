import type { ResourceResult } from '@tidegate/core/argocd/sync';
import type { Discovery } from '../discovery/index.ts';

const notFound = 'the server could not find the requested resource';
const tooLong = 'metadata.annotations: Too long: must have at most 262144 bytes';

/**
 * Says more where a server does not know a kind, or where annotations do not fit.
 * Source: `AugmentSyncMsg` in util/argo/argo.go.
 */
export function explainMissingKind(result: ResourceResult, discovery: Discovery): ResourceResult {
  const { message } = result;
  if (message.includes(notFound)) return { ...result, message: explanation(result, discovery) };
  if (!message.includes(tooLong)) return result;
  const advice =
    'This error usually means that you are trying to add a large resource on client side. ' +
    'Consider using Server-side apply or syncing with replace enabled. ' +
    'Note: Syncing with Replace enabled is potentially destructive as it may cause resource deletion and re-creation.';
  return { ...result, message: `${message} \n -Additional Info: ${advice}` };
}

function explanation(
  { group, version, kind, namespace, name }: ResourceResult,
  discovery: Discovery,
): string {
  const all = discovery.all();
  const known =
    all.find((one) => one.group === group && one.kind === kind) ??
    all.find((one) => one.kind === kind);
  const object = `${namespace}/${name}`;
  if (known === undefined) {
    return `The Kubernetes API could not find ${group}/${kind} for requested resource ${object}. Make sure the "${kind}" CRD is installed on the destination cluster.`;
  }
  return `The Kubernetes API could not find version "${version}" of ${group}/${kind} for requested resource ${object}. Version "${known.version}" of ${known.group}/${known.kind} is installed on the destination cluster.`;
}
