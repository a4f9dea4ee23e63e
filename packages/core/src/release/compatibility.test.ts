import { describe, expect, it } from 'vitest';
import type { Versions } from '../model/versions.ts';
import {
  brokenRules,
  parseCompatibilityRule,
  ruleNames,
  type CompatibilityRule,
} from './compatibility.ts';

function rule(text: string): CompatibilityRule {
  const read = parseCompatibilityRule(text);
  if ('fault' in read) throw new Error(read.fault);
  return read.rule;
}

const pinned = (chartVersion: string): Versions['services'][string] => ({
  chartVersion,
  imageTag: undefined,
});

function versions(backend: string, vault: string, shared = '2.1.0'): Versions {
  return {
    release: 0,
    services: { 'shared-services': pinned(shared) },
    components: { backend: pinned(backend), vault: pinned(vault) },
  };
}

describe('parseCompatibilityRule', () => {
  it('reads several needs', () => {
    expect(rule('backend >=3.1 needs vault >=1.2 and shared-services ^2')).toStrictEqual({
      subject: { name: 'backend', range: '>=3.1' },
      needs: [
        { name: 'vault', range: '>=1.2' },
        { name: 'shared-services', range: '^2' },
      ],
    });
  });

  it('reads ranges with spaces and alternatives, however they are spaced', () => {
    expect(rule('  backend  >=3.1   <4 ||5.x\tneeds\nvault 1.2 - 1.4 || ^ 2  ')).toStrictEqual({
      subject: { name: 'backend', range: '>=3.1 <4 ||5.x' },
      needs: [{ name: 'vault', range: '1.2 - 1.4 || ^ 2' }],
    });
  });

  it('reads names that are words of the rule', () => {
    expect(ruleNames(rule('needs >=1 needs and >=2 and needs <3 and and *'))).toStrictEqual([
      'needs',
      'and',
    ]);
  });

  it.each([
    ['', '"" is no rule; expected one such as "backend >=3.1 needs vault >=1.2 and'],
    ['backend >=3.1', 'is no rule'],
    ['needs vault >=1', 'is no rule'],
    ['backend >=3.1 needs', 'is no rule'],
    ['backend >=3.1 requires vault >=1', 'is no rule'],
    ['a 1 needs b 1 needs c 1', '"1 needs c 1" is no range of versions'],
    ['backend needs vault >=1', '"backend" has no range; expected one such as >=1.2'],
    ['backend >=3 needs vault', '"vault" has no range'],
    ['backend >=3 needs vault >=1 and', '">=1 and" is no range of versions'],
    ['backend >=3 needs vault >=1 and and', '"and" has no range'],
    ['>=3 needs vault >=1', '">=3" is no name; expected the name of a component or service'],
    ['Backend >=3 needs vault >=1', '"Backend" is no name'],
    ['backend >=3 needs va_ult >=1', '"va_ult" is no name'],
    [`backend >=3 needs ${'v'.repeat(64)} 1`, 'is no name'],
    ['backend latest needs vault >=1', '"latest" is no range of versions; expected one such as'],
    ['backend >=3 needs vault >=1,<2', '">=1,<2" is no range'],
    ['backend >=3 needs vault >=1 ||', '">=1 ||" is no range'],
    ['backend || needs vault >=1', '"||" is no range'],
    ['backend 1.2.3.4 needs vault >=1', '"1.2.3.4" is no range'],
    ['backend >=3 needs vault => 1', '"=> 1" is no range'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(parseCompatibilityRule(text)).toStrictEqual({
      fault: expect.stringContaining(fault) as string,
    });
  });
});

describe('ruleNames', () => {
  it('gives each name once', () => {
    expect(ruleNames(rule('a 1 needs b 1 and c 1 and b <2 and a *'))).toStrictEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

describe('brokenRules', () => {
  const text = 'backend >=3.1 needs vault >=1.2';

  it.each([
    ['3.2.0', '1.1.0', 'backend 3.2.0 needs vault >=1.2, but vault is 1.1.0'],
    ['3.1.0-rc.1', '1.1.9', 'backend 3.1.0-rc.1 needs vault >=1.2, but vault is 1.1.9'],
    ['3.2.0', '1.2.0', undefined],
    ['3.2.0', '1.2.0-rc.1', undefined],
    ['3.2.0', '1.3.0-rc.1', undefined],
    ['3.2.0', '1.10.0', undefined],
    ['3.0.9', '1.1.0', undefined],
    ['3.1.0+b7', '1.2.0+b8', undefined],
  ])('with backend %s and vault %s says %s', (backend, vault, sentence) => {
    expect(brokenRules([rule(text)], versions(backend, vault))).toStrictEqual(
      sentence === undefined ? [] : [sentence],
    );
  });

  it('takes a pre-release of the next major version as no part of a caret range', () => {
    expect(
      brokenRules([rule('backend * needs vault ^1')], versions('3.0.0', '2.0.0-rc.1')),
    ).toStrictEqual(['backend 3.0.0 needs vault ^1, but vault is 2.0.0-rc.1']);
  });

  it('names what is not met in one sentence, and leaves out what is', () => {
    const rules = [
      rule('backend >=3 needs vault >=1.2 and backend <9 and shared-services ^3 || ^4'),
    ];

    expect(brokenRules(rules, versions('3.2.0', '1.1.0'))).toStrictEqual([
      'backend 3.2.0 needs vault >=1.2 and shared-services ^3 || ^4, but vault is 1.1.0 and shared-services is 2.1.0',
    ]);
  });

  it('gives a sentence for each rule, in their order', () => {
    const rules = [
      rule('shared-services 2 needs vault ^2'),
      rule('vault 1 needs vault 2'),
      rule(text),
    ];

    expect(brokenRules(rules, versions('3.2.0', '1.1.0'))).toStrictEqual([
      'shared-services 2.1.0 needs vault ^2, but vault is 1.1.0',
      'vault 1.1.0 needs vault 2, but vault is 1.1.0',
      'backend 3.2.0 needs vault >=1.2, but vault is 1.1.0',
    ]);
  });

  it('passes over rules about what is not there, and misses what is needed', () => {
    const rules = [rule('constructor * needs vault ^9'), rule('backend * needs constructor *')];

    expect(brokenRules(rules, versions('3.2.0', '1.1.0'))).toStrictEqual([
      'backend 3.2.0 needs constructor *, but there is no constructor',
    ]);
    expect(brokenRules([], versions('3.2.0', '1.1.0'))).toStrictEqual([]);
  });
});
