export { withTypedStatus } from './typed-application.ts';
export { knownClusters, clusterSecretSelector, inCluster } from './known-clusters.ts';
export {
  startApplicationSetController,
  type ApplicationSetController,
  type ApplicationSetControllerOptions,
} from './controller.ts';
export { defaultSetSettings, readSetSettings, type ApplicationSetSettings } from './settings.ts';
