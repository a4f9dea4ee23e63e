import { describe, expect, test } from 'vitest';
import { sameMessage } from './messages.ts';

describe('messages', () => {
  test.each([
    ['successfully synced (all tasks run)', 'successfully synced (no more tasks)'],
    [
      'waiting for healthy state of apps/Deployment/a',
      'waiting for healthy state of apps/Deployment/b',
    ],
    [
      'one or more objects failed to apply, reason: x. Retrying attempt #1 at <time>.',
      'one or more objects failed to apply, reason: x. Retrying attempt #2 at <time>.',
    ],
    [
      'one or more objects failed to apply, reason: x',
      'one or more objects failed to apply, reason: ',
    ],
    [
      'failed running helm: `helm template a` failed exit status 1: Error: x',
      'failed running helm: `helm template b` failed exit status 1: Error: x',
    ],
    ["unable to resolve 'a' to a commit SHA", "unable to resolve 'b' to a commit SHA"],
    ['configmap/a created', 'configmap/a configured'],
  ])('%s is not %s', (expected, got) => {
    expect(sameMessage(expected, expected)).toBe(true);
    expect(sameMessage(expected, got)).toBe(false);
  });

  test.each([
    [
      'one or more objects failed to apply, reason: namespaces "x" not found (retried 2 times).',
      'one or more objects failed to apply, reason: there is no x (retried 2 times).',
    ],
    [
      'failed running helm: `helm template a` failed exit status 1: Error: x',
      'failed running helm: `helm template a` failed exit status 1: Error: y',
    ],
    [
      'Job.batch "task" is invalid: spec.template: Invalid value: {}: field is immutable',
      'Job.batch "task" is invalid: spec.template: field is immutable',
    ],
  ])('%s may quote as %s', (expected, got) => {
    expect(sameMessage(expected, got)).toBe(true);
  });
});
