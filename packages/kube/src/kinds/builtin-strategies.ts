import { coreStrategies } from './core-kinds.ts';
import { otherStrategies } from './other-kinds.ts';
import type { Strategy } from './strategy.ts';
import { workloadStrategies } from './workloads.ts';

/** Strategies of built-in kinds, by `group/Kind`. */
export const builtinStrategies: Readonly<Record<string, Strategy>> = {
  ...coreStrategies,
  ...workloadStrategies,
  ...otherStrategies,
};
