import { describe, expect, it } from 'vitest';
import { plainKubeVersion, readHelmOptions } from './helm-options.ts';
import { pickChartVersion } from './pick-version.ts';

describe('plainKubeVersion', () => {
  it.each([
    ['1.36.1', '1.36.1'],
    ['v1.36', '1.36'],
    ['1.36.1-gke.100+k3s', '1.36.1'],
    ['v1.36.1+k3s1', '1.36.1'],
    ['', ''],
    ['1', undefined],
    ['01.2', undefined],
    ['x', undefined],
  ])('reads %j as %j', (version, expected) => {
    expect(plainKubeVersion(version)).toBe(expected);
  });
});

describe('readHelmOptions', () => {
  it('prefers valuesObject, and takes nothing of a wrong type', () => {
    const options = readHelmOptions({
      values: 'a: 1',
      valuesObject: { a: 2 },
      valueFiles: ['x', 1],
      releaseName: 5,
      parameters: [{ name: 'a', value: 'b', forceString: true }, 'x', { name: 'c' }],
    });

    expect(options).toMatchObject({
      values: '{"a":2}\n',
      valueFiles: ['x'],
      releaseName: '',
      parameters: [
        { name: 'a', value: 'b', forceString: true },
        { name: 'c', value: '', forceString: false },
      ],
    });
  });
});

describe('pickChartVersion', () => {
  const versions = ['0.9.0', '1.0.0', '1.1.0', '1.2.0-rc.1', 'v2.0.0', 'other'];

  it.each([
    ['1.0.0', '1.0.0'],
    ['other', 'other'],
    ['2.0.0', 'v2.0.0'],
    ['1', '1.1.0'],
    ['1.x', '1.1.0'],
    ['>=1.0.0-0 <2', '1.2.0-rc.1'],
    ['', 'v2.0.0'],
    ['3.0.0', undefined],
    ['nonsense!', undefined],
  ])('takes for %j what Helm takes', (wanted, expected) => {
    expect(pickChartVersion(wanted, versions)).toBe(expected);
  });
});
