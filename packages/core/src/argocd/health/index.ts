export * from './application-health.ts';
export { hasUnmodelledCheck } from './builtin/index.ts';
export * from './health-checks.ts';
export { healthStatuses, isHealthStatus, isWorse, type HealthStatus } from './health-status.ts';
export * from './lua-actions.ts';
export * from './lua-health.ts';
export { compileScript, type CompiledScript, type LuaSurroundings } from './lua/index.ts';
