import type { Resource } from '../resources/resource.ts';
import { subdomainFaults } from '../validation/names.ts';
import { builtinStrategies } from './builtin-strategies.ts';
import { customStrategy } from './custom.ts';
import type { Strategy } from './strategy.ts';

const plain: Strategy = { nameRule: subdomainFaults };
const custom = new WeakMap<Resource, Strategy>();

/** How objects of a resource are prepared, checked and deleted. */
export function strategyOf(resource: Resource): Strategy {
  if (resource.custom === undefined)
    return builtinStrategies[`${resource.group}/${resource.kind}`] ?? plain;
  let strategy = custom.get(resource);
  if (strategy === undefined) {
    strategy = customStrategy(resource, resource.custom);
    custom.set(resource, strategy);
  }
  return strategy;
}
