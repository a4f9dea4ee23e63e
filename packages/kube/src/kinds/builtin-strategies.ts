import { accessStrategies } from './access-kinds.ts';
import { coreStrategies } from './core-kinds.ts';
import { otherStrategies } from './other-kinds.ts';
import { storageStrategies } from './storage-kinds.ts';
import type { Strategy } from './strategy.ts';
import { workloadStrategies } from './workloads.ts';

/** Strategies of built-in kinds, by `group/Kind`. */
export const builtinStrategies: Readonly<Record<string, Strategy>> = {
  ...coreStrategies,
  ...accessStrategies,
  ...storageStrategies,
  ...workloadStrategies,
  ...otherStrategies,
};
