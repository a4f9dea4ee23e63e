export { lastAppliedAnnotation } from './kubectl-text.ts';
export { createSyncDriver, type SyncDriver, type SyncDriverOptions } from './sync-driver.ts';
