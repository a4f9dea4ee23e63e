import { parseNetwork } from '@tidegate/core';
import { describe, expect, it } from 'vitest';
import { describeWindow } from './window.ts';

const [qa, preprod, prod] = parseNetwork('').environments;

describe('describeWindow', () => {
  it.each([
    [qa, '2026-11-25T12:00:00Z', 'open now, until 2026-11-25 16:00 UTC'],
    [qa, '2026-11-27T16:00:00Z', 'closed now, opens 2026-11-30 08:00 UTC'],
    [preprod, '2026-11-25T12:00:00Z', 'always open'],
    [prod, '2026-11-25T12:00:00Z', 'closed now, opens 2026-11-25 22:00 UTC'],
  ])('of %o at %s', (environment, now, expected) => {
    if (environment === undefined) throw new Error('the network lacks an environment');
    expect(describeWindow(environment, Date.parse(now))).toBe(expected);
  });
});
