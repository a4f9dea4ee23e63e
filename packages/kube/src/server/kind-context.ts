import type { KindContext } from '../kinds/strategy.ts';
import { type Context, timestamp } from './context.ts';

/** What kinds see of the server. */
export function kindContext(context: Context): KindContext {
  return {
    get now() {
      return timestamp(context);
    },
    random: context.options.random,
    find: (storage, key) => context.store.get(storage, key),
    list: (storage, namespace) => context.store.list(storage, namespace),
  };
}
