import { expect, test } from 'vitest';
import { countOf, formatCount, formatPath } from './words.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567, '1,234,567'],
])('%i is %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [0, '0 nodes'],
  [1, '1 node'],
  [4_000, '4,000 nodes'],
])('%i of nodes are %s', (count, text) => {
  expect(countOf(count, 'node')).toBe(text);
});

test.each([
  [['spec', 'replicas'], 'spec.replicas'],
  [['spec', 'containers', '[name=app]', 'image'], 'spec.containers[name=app].image'],
  [['rules', '[2]', 'verbs', '[0]'], 'rules[2].verbs[0]'],
  [['data', 'app.conf'], 'data["app.conf"]'],
  [[], ''],
])('%j is %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});
