export { formatConditions, setConditions, type StoredCondition } from './conditions.ts';
export {
  encodeApplication,
  encodeHistory,
  encodeOperation,
  encodeOperationState,
  encodeSource,
  encodeSpec,
  encodeResources,
  statusEncoders,
} from './go-application.ts';
export {
  compareLevels,
  namespaceMetadataChanged,
  needsRefresh,
  sourceIsCompared,
  type ComparedApplication,
  type CompareLevel,
  type RefreshDecision,
  type RefreshReason,
} from './needs-refresh.ts';
export { applyMergePatch, equalData, mergePatchOf } from '../applicationset/merge-patch.ts';
