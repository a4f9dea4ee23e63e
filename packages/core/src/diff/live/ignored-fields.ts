import { isRecord, valueAt } from '../../generate/value-at.ts';
import { load, CORE_SCHEMA } from 'js-yaml';
import type { ResourceName } from '../model.ts';
import type { PlainObject } from './live-cluster.ts';

/** Fields that an Application or an instance of Argo CD does not compare. */
export interface IgnoreRule {
  /** Patterns with `*` and `?`. */
  readonly group: string;
  readonly kind: string;
  /** Empty: every name, every namespace. */
  readonly name: string;
  readonly namespace: string;
  /** RFC 6901. */
  readonly jsonPointers: readonly string[];
  /** Whether it also ignores by expressions or by field managers, which are not read here. */
  readonly isPartial: boolean;
}

/** The rules of an Application's `spec.ignoreDifferences`. */
export function applicationRules(list: unknown): IgnoreRule[] {
  return Array.isArray(list) ? list.filter(isRecord).map((rule) => readRule(rule, {})) : [];
}

const settingPrefix = 'resource.customizations.ignoreDifferences.';

/**
 * The rules of `argocd-cm`: keys `resource.customizations.ignoreDifferences.<group>_<kind>`, or `….all`.
 * A value that is no YAML is no rule, as it is none for Argo CD.
 */
export function instanceRules(data: unknown): IgnoreRule[] {
  if (!isRecord(data)) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    if (!key.startsWith(settingPrefix) || typeof value !== 'string') return [];
    const type = key.slice(settingPrefix.length);
    const at = type.lastIndexOf('_');
    const rule = parseSetting(value);
    if (rule === undefined) return [];
    const [group, kind] =
      type === 'all' ? ['*', '*'] : [at < 0 ? '' : type.slice(0, at), type.slice(at + 1)];
    return [readRule(rule, { group, kind })];
  });
}

function parseSetting(text: string): PlainObject | undefined {
  try {
    const value = load(text, { schema: CORE_SCHEMA, json: true });
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readRule(
  rule: PlainObject,
  type: { readonly group?: string | undefined; readonly kind?: string | undefined },
): IgnoreRule {
  const text = (key: string): string => {
    const value = rule[key];
    return typeof value === 'string' ? value : '';
  };
  const texts = (key: string): string[] => {
    const value = rule[key];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  };
  return {
    group: type.group ?? text('group'),
    kind: type.kind ?? text('kind'),
    name: text('name'),
    namespace: text('namespace'),
    jsonPointers: texts('jsonPointers'),
    isPartial: texts('jqPathExpressions').length > 0 || texts('managedFieldsManagers').length > 0,
  };
}

/** The rules that hold for an object. */
export function rulesFor(rules: readonly IgnoreRule[], resource: ResourceName): IgnoreRule[] {
  return rules.filter(
    ({ group, kind, name, namespace }) =>
      matches(group, resource.group) &&
      matches(kind, resource.kind) &&
      (name === '' || name === resource.name) &&
      (namespace === '' || namespace === (resource.namespace ?? '')),
  );
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(text);
}

/** A copy of plain data without what a JSON pointer names; the same value when there is no such field. */
export function withoutPointer(value: unknown, pointer: string): unknown {
  if (!pointer.startsWith('/')) return value;
  const path = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return withoutPath(value, path);
}

/** A copy of plain data without the field at a path. */
export function withoutPath(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || valueAt(value, path) === undefined) return value;
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const index = Number(key);
    return rest.length === 0
      ? items.filter((_, at) => at !== index)
      : items.map((item, at) => (at === index ? withoutPath(item, rest) : item));
  }
  const { [key]: inner, ...others } = value as PlainObject;
  return rest.length === 0 ? others : { ...others, [key]: withoutPath(inner, rest) };
}
