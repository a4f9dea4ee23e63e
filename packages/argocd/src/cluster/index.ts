export { ClusterCache, type ClusterCacheOptions, type ClusterChange } from './cluster-cache.ts';
export { linksOf } from './node-info.ts';
export { ResourceGraph } from './resource-graph.ts';
export { resourceNode, type NodeSettings, type ResourceNode } from './resource-node.ts';
