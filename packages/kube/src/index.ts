export { administrator } from './auth/authenticate.ts';
export { createClient, objectRef, type ClientOptions } from './client/create-client.ts';
export { inProcessClient, inProcessTransport, type InProcessOptions } from './client/in-process.ts';
export {
  createInformer,
  ownerUids,
  type Informer,
  type InformerOptions,
} from './client/informer.ts';
export { objectKey, type InformerHandler } from './client/object-cache.ts';
export {
  isConflict,
  isNotFound,
  KubeError,
  type ApplyCallOptions,
  type DeleteCallOptions,
  type KubeClient,
  type KubeList,
  type ListCallOptions,
  type ObjectRef,
  type Patch,
  type ResourceType,
  type SelectOptions,
  type WatchCallOptions,
  type WatchEvent,
  type WriteCallOptions,
} from './client/kube-client.ts';
export {
  StreamRefused,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from './client/transport.ts';
export {
  builtinControllers,
  startControllers,
  type ControllerOptions,
} from './controllers/index.ts';
export {
  fakeKubelet,
  registerNode,
  type KubeletOptions,
  type PodBehaviour,
} from './controllers/kubelet.ts';
export {
  createControllerManager,
  type Controller,
  type ControllerManager,
} from './controllers/manager.ts';
export {
  asArray,
  asObject,
  asString,
  at,
  equal,
  goJson,
  goPrint,
  isObject,
  own,
  sortKeys,
  withAt,
  without,
  type Json,
  type JsonObject,
} from './json/value.ts';
export { builtinStrategies } from './kinds/builtin-strategies.ts';
export { mergePatch } from './patch/merge-patch.ts';
export { strategicMerge } from './patch/strategic-merge.ts';
export { decodeTyped, DecodeError } from './schema/decode.ts';
export { normalizeQuantity } from './schema/quantity.ts';
export { hasType, typeModel, type Field, type Shape } from './schema/type-model.ts';
export { builtinResources } from './resources/builtin-resources.ts';
export {
  customSchema,
  typedSchema,
  untyped as untypedSchema,
  type ApplySchema,
} from './apply/apply-schema.ts';
export { compareObjects, fieldsOf } from './apply/compare.ts';
export { manageApply } from './apply/field-manager.ts';
export { mergeConfig, removeFields } from './apply/merge-config.ts';
export {
  difference as fieldDifference,
  emptySet as emptyFieldSet,
  fromFieldsV1,
  intersection as fieldIntersection,
  isEmptySet,
  toFieldsV1,
  union as fieldUnion,
  type FieldSet,
} from './apply/field-set.ts';
export {
  isStream,
  type ApiAnswer,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type WatchSink,
} from './request/request.ts';
export {
  type AuditEntry,
  type Clock,
  type Random,
  type ServerOptions,
  type Timers,
  type User,
} from './server/context.ts';
export { compactPath, createServer, type ApiServer } from './server/server.ts';
export { createStore, type Store, type StoreEvent, type StoreSnapshot } from './store/store.ts';
export { base64Fault, base64Of, fromBase64 } from './text/hash.ts';
