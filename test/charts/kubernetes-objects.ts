import { valueAt } from '@tidegate/core';
import type { KubernetesObject, RenderedObject } from './rendered-network.ts';

/** Readers for plain Kubernetes data, with the defaults that Kubernetes itself fills in. */

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}

export function mapAt(value: unknown, ...path: (string | number)[]): Record<string, unknown> {
  const found = valueAt(value, path);
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Record<string, unknown>)
    : {};
}

export function labelsAt(value: unknown, ...path: (string | number)[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapAt(value, ...path)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

export function kindOf(object: KubernetesObject): string {
  return textAt(object, 'kind');
}

export function nameOf(object: KubernetesObject): string {
  return textAt(object, 'metadata', 'name');
}

/** Where the object lands: its own namespace, else the one that its Application deploys into. */
export function namespaceOf({ object, target }: RenderedObject): string {
  return textAt(object, 'metadata', 'namespace') || target.namespace;
}

/** Kind, namespace and name, for messages. */
export function titleOf(rendered: RenderedObject): string {
  const { object, target } = rendered;
  return `${target.environment} ${kindOf(object)} ${namespaceOf(rendered)}/${nameOf(object)}`;
}

/** The template of the pods that a workload makes; undefined for other objects. */
export function podTemplateOf(object: KubernetesObject): unknown {
  const path = {
    Deployment: ['spec', 'template'],
    StatefulSet: ['spec', 'template'],
    DaemonSet: ['spec', 'template'],
    Job: ['spec', 'template'],
    CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  }[kindOf(object)];
  return path === undefined ? undefined : valueAt(object, path);
}

/** All containers of a pod template, init containers too. */
export function containersOf(template: unknown): unknown[] {
  return [...listAt(template, 'spec', 'initContainers'), ...listAt(template, 'spec', 'containers')];
}

/** Whether labels have everything that a `matchLabels` selector asks. */
export function matches(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Every string in plain data, with where it stands. */
export function stringsIn(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    stringsIn(item, path === '' ? key : `${path}.${key}`),
  );
}
