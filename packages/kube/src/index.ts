export { administrator } from './auth/authenticate.ts';
export { createClient, objectRef, type ClientOptions } from './client/create-client.ts';
export { inProcessClient, inProcessTransport, type InProcessOptions } from './client/in-process.ts';
export {
  createInformer,
  objectKey,
  ownerUids,
  type Informer,
  type InformerHandler,
  type InformerOptions,
} from './client/informer.ts';
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
export { type Json, type JsonObject } from './json/value.ts';
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
export { createServer, type ApiServer } from './server/server.ts';
export { createStore, type Store, type StoreEvent, type StoreSnapshot } from './store/store.ts';
