import { parseYaml } from '@tidegate/core';
import { readCharts } from '@tidegate/node';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetFolder } from '../../packages/cli/src/assets.ts';
import { mapAt } from './kubernetes-objects.ts';

const charts = (await readCharts(assetFolder('charts'))).filter(({ isLibrary }) => !isLibrary);

function read(chart: string, file: string): string {
  return readFileSync(join(assetFolder('charts'), chart, file), 'utf8');
}

function valuesOf(chart: string, file = 'values.yaml'): Record<string, unknown> {
  return mapAt(parseYaml(read(chart, file), file).value);
}

function accepts(chart: string, values: unknown): boolean {
  return new Ajv({ strict: false }).compile(
    JSON.parse(read(chart, 'values.schema.json')) as object,
  )(values);
}

/** Paths of all maps in values. */
function mapsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const deeper = Object.entries(value).flatMap(([key, item]) => mapsIn(item, [...path, key]));
  return [[...path], ...deeper];
}

/** A copy of values with one more key in the map at a path. */
function withKey(values: unknown, path: readonly string[], key: string, item: unknown): unknown {
  const [head, ...rest] = path;
  const map = mapAt(values);
  return head === undefined
    ? { ...map, [key]: item }
    : { ...map, [head]: withKey(map[head], rest, key, item) };
}

/** Maps whose keys are the user's own, and those of other charts beside a chart's key. */
const free =
  /(^|\.)(env|annotations|labels|podLabels|resourceQuota|requests|limits|default|defaultRequest|retry|global)$/;

describe.each(charts)('$name', ({ name }) => {
  const defaults = valuesOf(name);

  test('accepts its defaults and its example', () => {
    expect(accepts(name, defaults)).toBe(true);
    expect(accepts(name, valuesOf(name, 'ci/values.yaml'))).toBe(true);
  });

  test('refuses an unknown key at every level of its own', () => {
    const isShared = name !== 'dlt-namespace';
    const maps = mapsIn(defaults).filter((path) => !(isShared && path.length === 0));
    const strict = maps.filter((path) => !free.test(path.join('.')));
    expect(strict.length).toBeGreaterThan(2);
    for (const path of strict) {
      expect(accepts(name, withKey(defaults, path, 'notAKey', 'x')), path.join('.')).toBe(false);
    }
  });

  test('refuses a value of another type for every default', () => {
    for (const path of mapsIn(defaults)) {
      if (path.length === 0) continue;
      const key = path.at(-1) ?? '';
      const broken = withKey(defaults, path.slice(0, -1), key, ['a list']);
      expect(accepts(name, broken), path.join('.')).toBe(false);
    }
  });

  test('leaves the keys of other charts alone', () => {
    if (name === 'dlt-namespace') return;
    expect(accepts(name, { ...defaults, 'some-other-chart': { anything: [1] } })).toBe(true);
  });
});

describe.each([
  ['dlt-backend', ['backend', 'node'], 'role', 'boss'],
  ['dlt-backend', ['backend', 'node'], 'id', 'Alpha!'],
  ['dlt-backend', ['backend', 'node'], 'peers', ['not a host']],
  ['dlt-backend', ['backend', 'persistence'], 'size', 'a lot'],
  ['dlt-backend', ['backend'], 'dataProtection', 'maybe'],
  ['dlt-backend', ['backend', 'image'], 'repository', ''],
  ['dlt-vault', ['vault', 'server', 'ha'], 'replicas', 0],
  ['dlt-vault', ['vault', 'server', 'ha'], 'enabled', 'yes'],
  ['dlt-vault', ['vault'], 'dataProtection', 'sometimes'],
  ['dlt-frontend', ['frontend'], 'replicaCount', -1],
  ['dlt-frontend', ['frontend', 'env'], 'A B', 'x'],
  ['dlt-frontend', ['frontend', 'ingress'], 'path', 'no-slash'],
  ['dlt-shared-services', ['shared-services', 'queue', 'storage'], 'size', '-1Gi'],
  ['dlt-node-namespace', ['projectApplicationTemplate'], 'name', 'Not_A_Name'],
  ['dlt-node-namespace', ['projectApplicationTemplate'], 'namespace', '../x'],
  ['dlt-node-namespace', ['projectApplicationTemplate', 'labels'], 'tidegate.dev/network', 'x'],
  ['dlt-node-namespace', ['projectApplicationTemplate', 'destination'], 'server', 'here'],
  ['dlt-namespace', ['podSecurity'], 'enforce', 'none'],
  ['dlt-namespace', ['resourceQuota'], 'pods', 'many'],
  ['dlt-backup', ['backup'], 'retention', 'for ever'],
  ['dlt-backup', ['backup'], 'target', 'company-backups'],
] as const)('%s with %s.%s = %s', (name, path, key, value) => {
  test('is refused', () => {
    expect(accepts(name, withKey(valuesOf(name, 'values.yaml'), path, key, value))).toBe(false);
  });
});
