import type { DiffReport } from '../model.ts';
import { escapeJson } from './visible-text.ts';

/** The order of a report's keys; what else there is, in values of fields, follows by name. */
const order = [
  ...['base', 'head', 'isLive', 'environments'],
  ...['environment', 'applications', 'rendered', 'nodesAdded', 'nodesRemoved', 'versions'],
  ...[
    'component',
    'source',
    'wave',
    'nodes',
    'groups',
    'errors',
    'notes',
    'plan',
    'waves',
    'components',
  ],
  ...['change', 'resource', 'kind', 'namespace', 'name', 'resources', 'fields', 'lines', 'risks'],
  ...['path', 'before', 'after', 'mark', 'text', 'level', 'badge', 'reason'],
  ...['side', 'application', 'node', 'message', 'field', 'from', 'to', 'sync', 'window'],
];
const keyOrder = new Map(order.map((key, index) => [key, index]));

/**
 * The report as data. The same report gives the same bytes, however its objects were put together.
 * Invisible characters are escaped: nothing in it acts on a terminal or turns a line around.
 */
export function formatJson(report: DiffReport): string {
  return `${escapeJson(write(report, ''))}\n`;
}

/** Writes one line for whatever holds nothing nested, such as a line of a diff: most of a report. */
function write(value: unknown, indent: string): string {
  if (!isContainer(value)) return JSON.stringify(value) ?? 'null';
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const items = Array.isArray(value)
    ? value.map((item) => write(item, inner))
    : sortedKeys(value).map((key) => `${JSON.stringify(key)}: ${write(value[key], inner)}`);
  if (!Object.values(value).some(isContainer)) return `${open}${items.join(', ')}${close}`;
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function sortedKeys(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(compareKeys);
}

function compareKeys(a: string, b: string): number {
  const rank = (keyOrder.get(a) ?? order.length) - (keyOrder.get(b) ?? order.length);
  return rank === 0 ? (a < b ? -1 : 1) : rank;
}
