import type { Params } from '../render-text.ts';
import { flattenParams } from './flatten-params.ts';

/** A label selector over the parameters that a generator gives. */
export interface ParamsSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * A test of parameters. Unlike a Kubernetes label selector it takes any values, such as URLs.
 * Source: applicationset/utils/selector.go.
 */
export function paramsMatcher(selector: ParamsSelector | undefined): (params: Params) => boolean {
  if (selector === undefined) return () => true;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => requirement(key, 'In', [value])),
    ...matchExpressions.map(({ key, operator, values = [] }) => requirement(key, operator, values)),
  ];
  return (params) => {
    const labels = flattenParams(params);
    return requirements.every((fulfilled) => fulfilled(labels));
  };
}

function requirement(key: string, operator: string, values: readonly string[]): Requirement {
  const faults = [keyFault(key), valuesFault(operator, values)].filter((fault) => fault !== '');
  if (faults.length > 0) {
    const text = faults.length === 1 ? faults.join('') : `[${faults.join(', ')}]`;
    throw new Error(`error parsing label selector: ${text}`);
  }
  const has = (labels: Readonly<Record<string, string>>): boolean => Object.hasOwn(labels, key);
  const listed = (labels: Readonly<Record<string, string>>): boolean =>
    values.includes(labels[key] ?? '');
  switch (operator) {
    case 'In':
      return (labels) => has(labels) && listed(labels);
    case 'NotIn':
      return (labels) => !has(labels) || !listed(labels);
    case 'Exists':
      return has;
    case 'DoesNotExist':
      return (labels) => !has(labels);
    default:
      throw new Error(
        `error parsing label selector: ${JSON.stringify(operator)} is not a valid pod selector operator`,
      );
  }
}

const namePart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefixPart = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function keyFault(key: string): string {
  const parts = key.split('/');
  const [prefix, name] = parts.length === 2 ? parts : [undefined, key];
  const valid =
    namePart.test(name ?? '') &&
    (prefix === undefined || (prefix.length <= 253 && prefixPart.test(prefix)));
  return valid ? '' : `key: Invalid value: ${JSON.stringify(key)}: not a qualified name`;
}

function valuesFault(operator: string, values: readonly string[]): string {
  const listed = operator === 'In' || operator === 'NotIn';
  if (listed && values.length === 0) {
    return "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty";
  }
  const exists = operator === 'Exists' || operator === 'DoesNotExist';
  return exists && values.length > 0
    ? `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`
    : '';
}
