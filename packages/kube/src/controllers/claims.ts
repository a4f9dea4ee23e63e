import {
  asArray,
  asObject,
  asString,
  at,
  type Json,
  type JsonObject,
  withAt,
} from '../json/value.ts';
import { quantityValue } from '../schema/quantity.ts';
import type { Context } from '../server/context.ts';
import { isDeleting, isFinished, nameOf, namespaceOf, uidOf } from './objects.ts';
import type { Controller } from './manager.ts';
import { create, update, updateStatus } from './writes.ts';

const claims = 'persistentvolumeclaims';
const volumes = 'persistentvolumes';
const protection = 'kubernetes.io/pvc-protection';
const volumeProtection = 'kubernetes.io/pv-protection';

function claimsOfPod(pod: JsonObject): string[] {
  return asArray(at(pod, 'spec', 'volumes'))
    .map((volume) => asString(at(volume, 'persistentVolumeClaim', 'claimName')))
    .filter((name) => name !== '')
    .map((name) => `${namespaceOf(pod)}/${name}`);
}

/** Binds claims to volumes, and lets go of claims that no pod uses. With `provision` it makes missing volumes. */
export function claimController(options: { readonly provision: boolean }): Controller {
  return {
    name: 'claims',
    keys: (context, event) => {
      if (event.resource === claims) return [event.key];
      if (event.resource === 'pods') return claimsOfPod(event.object);
      if (event.resource !== volumes) return [];
      return context.store
        .list(claims)
        .filter((claim) => at(claim, 'spec', 'volumeName') === undefined)
        .map(keyOfClaim);
    },
    reconcile: (context, key) => {
      const claim = context.store.get(claims, key);
      if (claim === undefined) return undefined;
      if (isDeleting(claim)) letGo(context, claim);
      else if (asString(at(claim, 'status', 'phase')) !== 'Bound')
        bind(context, claim, options.provision);
      return undefined;
    },
  };
}

function keyOfClaim(claim: JsonObject): string {
  return `${namespaceOf(claim)}/${nameOf(claim)}`;
}

function letGo(context: Context, claim: JsonObject): void {
  const key = keyOfClaim(claim);
  const used = context.store
    .list('pods', namespaceOf(claim))
    .some((pod) => !isFinished(pod) && claimsOfPod(pod).includes(key));
  const finalizers = asArray(at(claim, 'metadata', 'finalizers'));
  if (used || !finalizers.includes(protection)) return;
  const volume = context.store.get(volumes, asString(at(claim, 'spec', 'volumeName')));
  const rest: Json[] = finalizers.filter((entry) => entry !== protection);
  update(context, claims, {
    ...claim,
    metadata: { ...asObject(claim['metadata']), finalizers: rest },
  });
  if (volume !== undefined) releaseVolume(context, volume);
}

function releaseVolume(context: Context, volume: JsonObject): void {
  const deletes = at(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete';
  if (deletes) context.store.remove(volumes, nameOf(volume));
  else updateStatus(context, volumes, volume, { ...asObject(volume['status']), phase: 'Released' });
}

function size(object: JsonObject, ...path: string[]): number {
  return quantityValue(asString(at(object, ...path, 'storage')));
}

function fits(claim: JsonObject, volume: JsonObject): boolean {
  const reference = asObject(at(volume, 'spec', 'claimRef'));
  if (Object.keys(reference).length > 0) {
    return reference['name'] === nameOf(claim) && reference['namespace'] === namespaceOf(claim);
  }
  const wanted = asArray(at(claim, 'spec', 'accessModes'));
  const offered = asArray(at(volume, 'spec', 'accessModes'));
  return (
    asString(at(volume, 'spec', 'storageClassName')) ===
      asString(at(claim, 'spec', 'storageClassName')) &&
    wanted.every((mode) => offered.includes(mode)) &&
    size(volume, 'spec', 'capacity') >= size(claim, 'spec', 'resources', 'requests')
  );
}

function bind(context: Context, claim: JsonObject, provision: boolean): void {
  const found = context.store
    .list(volumes)
    .filter((volume) => !isDeleting(volume) && fits(claim, volume))
    .sort((a, b) => size(a, 'spec', 'capacity') - size(b, 'spec', 'capacity'))[0];
  const volume = found ?? (provision ? makeVolume(context, claim) : undefined);
  if (volume === undefined) return;
  const reference = {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    namespace: namespaceOf(claim),
    name: nameOf(claim),
    uid: uidOf(claim),
  };
  const taken = update(context, volumes, withAt(volume, ['spec', 'claimRef'], reference)) ?? volume;
  updateStatus(context, volumes, taken, { phase: 'Bound' });
  const bound = update(context, claims, withAt(claim, ['spec', 'volumeName'], nameOf(volume)));
  if (bound === undefined) return;
  updateStatus(context, claims, bound, {
    phase: 'Bound',
    accessModes: at(volume, 'spec', 'accessModes') ?? [],
    capacity: at(volume, 'spec', 'capacity') ?? {},
  });
}

function makeVolume(context: Context, claim: JsonObject): JsonObject | undefined {
  const name = `pvc-${uidOf(claim)}`;
  return create(context, volumes, {
    kind: 'PersistentVolume',
    apiVersion: 'v1',
    metadata: { name, finalizers: [volumeProtection] },
    spec: {
      capacity: { storage: at(claim, 'spec', 'resources', 'requests', 'storage') ?? '1Gi' },
      accessModes: at(claim, 'spec', 'accessModes') ?? [],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: at(claim, 'spec', 'storageClassName') ?? '',
      volumeMode: at(claim, 'spec', 'volumeMode') ?? 'Filesystem',
      hostPath: { path: `/volumes/${name}` },
    },
  });
}
