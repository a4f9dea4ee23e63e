import { asArray, asString, at, type Json, type JsonObject } from '../json/value.ts';
import { describe, integer, nameColumn, text } from './columns.ts';
import {
  ageEntry,
  boolean,
  count,
  defaultMark,
  flag,
  namedAndAged,
  nameEntry,
  tableModel,
  value,
  valueOr,
} from './entries.ts';
import { type TableModel } from './model.ts';

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** Access modes by their short names, each once, in Kubernetes' order. */
export function accessModes(given: Json | undefined): string {
  const found = new Set(asArray(given).map(asString));
  return Object.entries(modes)
    .filter(([mode]) => found.has(mode))
    .map(([, short]) => short)
    .join(',');
}

function claimOf(volume: JsonObject): string {
  const claim = at(volume, 'spec', 'claimRef');
  if (claim === undefined) return '';
  return `${asString(at(claim, 'namespace'))}/${asString(at(claim, 'name'))}`;
}

const oldClass = 'volume.beta.kubernetes.io/storage-class';

/** The class of a volume or a claim: the old annotation wins. */
export function storageClassOf(object: JsonObject): string {
  const old = at(object, 'metadata', 'annotations', oldClass);
  return asString(old ?? at(object, 'spec', 'storageClassName'));
}

/** The phase of a volume or a claim. */
export function phaseOf(object: JsonObject): string {
  const isLeaving = at(object, 'metadata', 'deletionTimestamp') !== undefined;
  return isLeaving ? 'Terminating' : asString(at(object, 'status', 'phase'));
}

const volumeSpec = 'V1PersistentVolumeSpec';

const volumeTable = tableModel(
  nameEntry,
  [
    text('Capacity', describe(volumeSpec, 'capacity')),
    (object) => asString(at(object, 'spec', 'capacity', 'storage')) || '0',
  ],
  [
    text('Access Modes', describe(volumeSpec, 'accessModes')),
    (object) => accessModes(at(object, 'spec', 'accessModes')),
  ],
  [
    text('Reclaim Policy', describe(volumeSpec, 'persistentVolumeReclaimPolicy')),
    value('spec', 'persistentVolumeReclaimPolicy'),
  ],
  [text('Status', describe('V1PersistentVolumeStatus', 'phase')), phaseOf],
  [text('Claim', describe(volumeSpec, 'claimRef')), claimOf],
  [text('StorageClass', 'StorageClass of the pv'), storageClassOf],
  [
    text('VolumeAttributesClass', 'VolumeAttributesClass of the pv'),
    valueOr('<unset>', 'spec', 'volumeAttributesClassName'),
  ],
  [text('Reason', describe('V1PersistentVolumeStatus', 'reason')), value('status', 'reason')],
  ageEntry,
  [
    text('VolumeMode', describe(volumeSpec, 'volumeMode'), 1),
    valueOr('<unset>', 'spec', 'volumeMode'),
  ],
);

const classSpec = 'V1StorageClass';

const storageClassTable = tableModel(
  [
    nameColumn,
    defaultMark([
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ]),
  ],
  [text('Provisioner', describe(classSpec, 'provisioner')), value('provisioner')],
  [text('ReclaimPolicy', describe(classSpec, 'reclaimPolicy')), valueOr('Delete', 'reclaimPolicy')],
  [
    text('VolumeBindingMode', describe(classSpec, 'volumeBindingMode')),
    valueOr('Immediate', 'volumeBindingMode'),
  ],
  [
    text('AllowVolumeExpansion', describe(classSpec, 'allowVolumeExpansion')),
    flag(false, 'allowVolumeExpansion'),
  ],
  ageEntry,
);

const attachmentTable = namedAndAged(
  [
    { ...text('Attacher', describe('V1VolumeAttachmentSpec', 'attacher')), format: 'name' },
    value('spec', 'attacher'),
  ],
  [
    text('PV', describe('V1VolumeAttachmentSource', 'persistentVolumeName')),
    value('spec', 'source', 'persistentVolumeName'),
  ],
  [text('Node', describe('V1VolumeAttachmentSpec', 'nodeName')), value('spec', 'nodeName')],
  [
    boolean('Attached', describe('V1VolumeAttachmentStatus', 'attached')),
    flag(false, 'status', 'attached'),
  ],
);

const driver = 'V1CSIDriverSpec';

const driverTable = namedAndAged(
  [
    boolean('AttachRequired', describe(driver, 'attachRequired')),
    flag(true, 'spec', 'attachRequired'),
  ],
  [
    boolean('PodInfoOnMount', describe(driver, 'podInfoOnMount')),
    flag(false, 'spec', 'podInfoOnMount'),
  ],
  [
    boolean('StorageCapacity', describe(driver, 'storageCapacity')),
    flag(false, 'spec', 'storageCapacity'),
  ],
  [
    text('TokenRequests', describe(driver, 'tokenRequests')),
    (object) => {
      const given = at(object, 'spec', 'tokenRequests');
      if (given === undefined) return '<unset>';
      return asArray(given)
        .map((entry) => asString(at(entry, 'audience')))
        .join(',');
    },
  ],
  [
    boolean('RequiresRepublish', describe(driver, 'requiresRepublish')),
    flag(false, 'spec', 'requiresRepublish'),
  ],
  [
    text('Modes', describe(driver, 'volumeLifecycleModes')),
    (object) =>
      asArray(at(object, 'spec', 'volumeLifecycleModes'))
        .map(asString)
        .join(',') || '<none>',
  ],
);

/** Tables of volumes and of what gives them. */
export const storageTables: Readonly<Record<string, TableModel>> = {
  'v1/PersistentVolume': volumeTable,
  'storage.k8s.io/v1/StorageClass': storageClassTable,
  'storage.k8s.io/v1/VolumeAttachment': attachmentTable,
  'storage.k8s.io/v1/VolumeAttributesClass': namedAndAged([
    text('DriverName', describe('V1VolumeAttributesClass', 'driverName')),
    value('driverName'),
  ]),
  'storage.k8s.io/v1/CSIDriver': driverTable,
  'storage.k8s.io/v1/CSINode': namedAndAged([
    integer('Drivers', 'Drivers indicates the number of CSI drivers registered on the node'),
    count('spec', 'drivers'),
  ]),
  'storage.k8s.io/v1/CSIStorageCapacity': tableModel(
    nameEntry,
    [
      text('StorageClassName', describe('V1CSIStorageCapacity', 'storageClassName')),
      value('storageClassName'),
    ],
    [
      text('Capacity', describe('V1CSIStorageCapacity', 'capacity')),
      valueOr('<unset>', 'capacity'),
    ],
  ),
};
