import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryParameters, expandTemplate } from './expand-template.ts';

const parameters = directoryParameters('envs/qa/nodes/node-alpha');

describe('expandTemplate', () => {
  it.each([
    ['dlt-{{path.basename}}-vault', 'dlt-node-alpha-vault'],
    ['{{ path.basename }}', 'node-alpha'],
    ['{{path}}', 'envs/qa/nodes/node-alpha'],
    ['{{path[1]}}/{{path[3]}}', 'qa/node-alpha'],
    ['{{path.basename}}{{path.basename}}', 'node-alphanode-alpha'],
    ['{{unknown}} stays', '{{unknown}} stays'],
    ['{{toString}}', '{{toString}}'],
    ['{path.basename}', '{path.basename}'],
    ['{{path.basename', '{{path.basename'],
    ['$values/envs', '$values/envs'],
    ['', ''],
  ])('fills %j as %j', (text, expected) => {
    expect(expandTemplate(text, parameters)).toBe(expected);
  });

  it('fills texts and keys in any data and leaves the rest', () => {
    const data = { a: ['{{path.basename}}', 1, null], '{{path.basename}}': { b: true } };
    expect(expandTemplate(data, parameters)).toStrictEqual({
      a: ['node-alpha', 1, null],
      'node-alpha': { b: true },
    });
  });

  it('does not fill a second time what a parameter brings', () => {
    expect(expandTemplate('{{a}}', { a: '{{b}}', b: 'x' })).toBe('{{b}}');
    expect(expandTemplate('{{a}}', { a: '$& $1 $$' })).toBe('$& $1 $$');
  });

  it('leaves data without braces as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(
          !JSON.stringify(value).includes('{{') && !JSON.stringify(value).includes('__proto__'),
        );
        expect(expandTemplate(value, parameters)).toStrictEqual(value);
      }),
    );
  });
});

describe('directoryParameters', () => {
  it('normalizes the name as Argo CD does', () => {
    expect(directoryParameters('a/Node_A.b-')['path.basenameNormalized']).toBe('node-a.b');
    expect(directoryParameters('a/Node_A.b-')['path.basename']).toBe('Node_A.b-');
  });
});
