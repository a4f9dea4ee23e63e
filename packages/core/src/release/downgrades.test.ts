import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PinnedVersion, Versions } from '../model/versions.ts';
import { downgrades } from './downgrades.ts';

function versions(
  components: Record<string, PinnedVersion>,
  services: Record<string, PinnedVersion> = {},
): Versions {
  return { release: 1, components, services };
}

const charts = (chartVersion: string): Versions =>
  versions({ vault: { chartVersion, imageTag: undefined } });
const tags = (imageTag: string | undefined): Versions =>
  versions({ vault: { chartVersion: '1.0.0', imageTag } });

describe('downgrades', () => {
  it.each([
    ['1.2.0', '1.1.9'],
    ['1.10.0', '1.9.0'],
    ['2.0.0', '1.99.99'],
    ['1.2.0', '1.2.0-rc.1'],
    ['1.2.0-rc.10', '1.2.0-rc.9'],
    ['1.2.0-rc.1', '1.2.0-beta.2'],
    ['1.2.0-rc.1.1', '1.2.0-rc.1'],
    ['1.2.0+b1', '1.1.0+b2'],
  ])('finds that a chart goes down from %s to %s, and not back up', (from, to) => {
    expect(downgrades(charts(from), charts(to))).toStrictEqual([
      { name: 'vault', field: 'chartVersion', from, to },
    ]);
    expect(downgrades(charts(to), charts(from))).toStrictEqual([]);
  });

  it.each([
    ['1.2.0', '1.2.0'],
    ['1.2.0+b2', '1.2.0+b1'],
    ['1.2.0', '1.2.0+b1'],
  ])('takes chart %s and %s as equal', (from, to) => {
    expect(downgrades(charts(from), charts(to))).toStrictEqual([]);
    expect(downgrades(charts(to), charts(from))).toStrictEqual([]);
  });

  it.each([
    ['v1.2.0', 'v1.1.0'],
    ['1.2.0', 'v1.1.0'],
    ['v1.2.0', '1.2.0-rc.1'],
    ['1.27', '1.26.9'],
    ['v1.27', 'v1.3'],
  ])('finds that an image goes down from %s to %s, and not back up', (from, to) => {
    expect(downgrades(tags(from), tags(to))).toStrictEqual([
      { name: 'vault', field: 'imageTag', from, to },
    ]);
    expect(downgrades(tags(to), tags(from))).toStrictEqual([]);
  });

  it.each([
    ['v1.2.0', '1.2.0'],
    ['1.27', '1.27.0'],
    ['latest', 'v1.0.0'],
    ['v1.2.0', 'sha-0a1b2c3'],
    ['1.27-bookworm', '1.27-alpine'],
    ['1.2.3.4', '1.2.3.3'],
    ['20260102', '20260101'],
    ['2026.01.02', '2026.01.01'],
    ['vv1.2.0', 'vv1.1.0'],
    ['v1.2.0', undefined],
    [undefined, 'v1.2.0'],
    [undefined, undefined],
  ])('does not say that an image goes down from %s to %s', (from, to) => {
    expect(downgrades(tags(from), tags(to))).toStrictEqual([]);
  });

  it('lists services, then components, and passes over what is new or gone', () => {
    const at = (chartVersion: string, imageTag: string): PinnedVersion => ({
      chartVersion,
      imageTag,
    });
    const from = versions(
      { vault: at('1.2.0', 'v2.0.0'), backend: at('2.0.0', 'v1.0.0'), gone: at('9.0.0', 'v9.0.0') },
      { backup: at('1.0.0', 'v1.0.0') },
    );
    const to = versions(
      {
        constructor: at('0.0.1', 'v0.0.1'),
        backend: at('1.0.0', 'v1.1.0'),
        vault: at('1.1.0', 'v1.0.0'),
      },
      { backup: at('1.0.0', 'v0.9.0') },
    );

    expect(downgrades(from, to)).toStrictEqual([
      { name: 'backup', field: 'imageTag', from: 'v1.0.0', to: 'v0.9.0' },
      { name: 'backend', field: 'chartVersion', from: '2.0.0', to: '1.0.0' },
      { name: 'vault', field: 'chartVersion', from: '1.2.0', to: '1.1.0' },
      { name: 'vault', field: 'imageTag', from: 'v2.0.0', to: 'v1.0.0' },
    ]);
  });

  it('never finds both of two ways to go down', () => {
    const number = fc.integer({ min: 0, max: 3 });
    const version = fc
      .tuple(number, number, number, fc.constantFrom('', '-rc.1', '-rc.2', '+b1'))
      .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
    fc.assert(
      fc.property(version, version, (a, b) => {
        const there = downgrades(charts(a), charts(b)).length;
        const back = downgrades(charts(b), charts(a)).length;
        expect(there + back).toBe(a.replace(/\+.*/, '') === b.replace(/\+.*/, '') ? 0 : 1);
      }),
    );
  });
});
