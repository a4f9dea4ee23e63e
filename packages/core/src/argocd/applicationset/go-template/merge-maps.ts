import { GoMap, isTrue } from './go-value.ts';

/**
 * Merges one map into another, deeply. Without `override`, values that are there stay unless they
 * are empty, and nil is never taken over. Source: dario.cat/mergo v1.0.2, merge.go.
 */
export function mergeMaps(into: GoMap, from: GoMap, override: boolean): void {
  for (const [key, value] of from.entries) {
    const existing = into.entries.get(key);
    const nil = value === null || value === undefined;
    const bothMaps = existing instanceof GoMap && value instanceof GoMap;
    if (bothMaps && isTrue(existing)) mergeMaps(existing, value, override);
    else if (override || (!nil && !isTrue(existing))) into.entries.set(key, value);
  }
}
