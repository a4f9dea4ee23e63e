export { apiVersionOf, isWatchable, supports, type ApiResource } from './api-resource.ts';
export { createDiscovery, type Discovery } from './discovery.ts';
