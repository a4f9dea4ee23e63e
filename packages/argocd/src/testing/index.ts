export { stubManifests, type StubManifests } from './stub-manifests.ts';
export { testCluster, type TestCluster, type TestClusterOptions } from './test-cluster.ts';
export { virtualTime, type VirtualTime } from './virtual-time.ts';
export { seededRandom } from '../seeded-random.ts';
