import type { ResourceName } from '../model.ts';

/** Numbers and lists in sentences, the same in every format. */

/** A number with separators: `1,234`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number with its noun: `1 node`, `40 nodes`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first of many names; with an ellipsis when more follow. */
export function firstNames(names: readonly string[], shown: number): string {
  return [...names.slice(0, shown), ...(names.length > shown ? ['…'] : [])].join(', ');
}

/** A path of a field, such as `spec.containers[name=app].image` or `data["app.conf"]`. */
export function formatPath(path: readonly string[]): string {
  return path.reduce((text, key) => {
    if (/^\[.*\]$/.test(key)) return `${text}${key}`;
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** A resource for people, such as `apps/v1 Deployment dlt-alpha/backend`. */
export function formatResource({ group, version, kind, namespace, name }: ResourceName): string {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return `${apiVersion} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
