import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateExpression, type ExpressionValue } from './evaluate-expression.ts';

const variables = {
  BRANCH: 'release/1.4',
  EMPTY: '',
  BLANK: ' \t',
  WORD: 'true',
  PATTERN: '/^release\\/\\d/',
  FLAGS: '/^RELEASE/i',
  BROKEN: '/(/',
  UNSET: undefined,
};

function valueOf(text: string): ExpressionValue | undefined {
  const result = evaluateExpression(text, variables);
  return 'value' in result ? result.value : undefined;
}

describe('values', () => {
  test.each<[string, ExpressionValue, boolean]>([
    ['$BRANCH', 'release/1.4', true],
    ['$EMPTY', '', false],
    ['$BLANK', ' \t', false],
    ['$MISSING', null, false],
    ['$UNSET', null, false],
    ['$toString', null, false],
    ['"a \'b\' c"', "a 'b' c", true],
    ['\'a "b" c\'', 'a "b" c', true],
    ['""', '', false],
    ['null', null, false],
    ['true', true, true],
    ['false', false, false],
    ['/ab/i', { pattern: '/ab/i' }, true],
    ['  ( ( $BRANCH ) )\n', 'release/1.4', true],
  ])('%s', (text, value, truthy) => {
    expect(evaluateExpression(text, variables)).toEqual({ value, truthy });
  });
});

describe('operators', () => {
  test.each<[string, ExpressionValue]>([
    ['$BRANCH == "release/1.4"', true],
    ['$BRANCH == "release"', false],
    ['$BRANCH != "release"', true],
    ['$EMPTY == ""', true],
    ['$EMPTY == $MISSING', false],
    ['$MISSING == null', true],
    ['$MISSING != ""', true],
    ['$WORD == true', true],
    ['false != $WORD', true],
    ['null == false', false],
    ['/ab/ == /ab/', true],
    ['$BRANCH == "x" == false', true],
    ['$MISSING || $EMPTY', ''],
    ['$EMPTY || $BRANCH', ''],
    ['$EMPTY && $BRANCH', 'release/1.4'],
    ['$MISSING && $BRANCH', null],
    ['$MISSING || $BRANCH && null', null],
    ['"a" || null && null', 'a'],
    ['("a" || null) && null', null],
    ['"x" == "x" && "y" == "z" || "last"', 'last'],
    ['!$BRANCH', false],
    ['!$EMPTY && !$MISSING', true],
    ['!$BRANCH == "false"', true],
    ['!!$BRANCH', true],
    ['!($EMPTY || $BRANCH == "x")', true],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe('patterns', () => {
  test.each<[string, boolean]>([
    ['$BRANCH =~ /release/', true],
    ['$BRANCH =~ /^lease/', false],
    ['$BRANCH =~ /RELEASE/', false],
    ['$BRANCH =~ /RELEASE/i', true],
    ['$BRANCH =~ /release\\/1\\.\\d$/', true],
    ['$BRANCH !~ /release/', false],
    ['$MISSING =~ /.+/', false],
    ['$MISSING !~ /../', true],
    ['$EMPTY =~ /^$/', true],
    ['$BRANCH =~ $PATTERN', true],
    ['$BRANCH !~ $PATTERN', false],
    ['$BRANCH =~ $FLAGS', true],
    ['$BRANCH =~ "/1.4$/"', true],
    // No pattern on the right: the left side is looked for in it.
    ['$BRANCH =~ "on release/1.4 today"', true],
    ['"on release/1.4 today" =~ $BRANCH', false],
    ['$BRANCH =~ $MISSING', false],
    ['$BRANCH !~ $MISSING', true],
    ['$BRANCH =~ $BROKEN', false],
    ['"/(/" =~ $BROKEN', true],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });
});

describe('what GitLab does not understand', () => {
  test.each([
    ['', 'an empty expression'],
    ['()', 'an empty expression'],
    ['$BRANCH = "x"', 'not understood: = "x"'],
    ['${BRANCH} == "x"', 'not understood: ${BRANCH} == "x"'],
    ['$BRANCH == x', 'not understood: x'],
    ['$BRANCH == "x', 'not understood: "x'],
    ['"a\nb"', 'not understood: "a\nb"'],
    ['nullable', 'not understood: able'],
    ['truely', 'not understood: truely'],
    ['$BRANCH =~ /(?!x)/', 'not understood: /(?!x)/'],
    ['$BRANCH =~ /ab/x', 'not understood: x'],
    // A pattern has two characters at least.
    ['$BRANCH =~ /a/', 'not understood: /a/'],
    ['$BRANCH "x"', 'two values without an operator between them'],
    ['$BRANCH ==', 'operator == lacks a side'],
    ['&& $BRANCH', 'operator && lacks a side'],
    ['!', 'operator ! lacks its value'],
    ['($BRANCH', 'an opening parenthesis without a closing one'],
    ['$BRANCH)', 'a closing parenthesis without an opening one'],
    [Array.from({ length: 51 }, () => '$A').join('||'), 'longer than 99 pieces'],
  ])('%s', (text, fault) => {
    expect(evaluateExpression(text, variables)).toEqual({ fault, truthy: false });
  });

  test('is what has 100 pieces, not 99', () => {
    const long = Array.from({ length: 50 }, () => '$BRANCH').join(' && ');

    expect(valueOf(long)).toBe('release/1.4');
    expect(valueOf(`!${long}`)).toBeUndefined();
  });
});

describe('for all texts', () => {
  const quotable = fc.string({
    unit: fc.constantFrom('a', 'B', ' ', '$', '/', '\\', '(', "'", 'é'),
  });

  test('a literal equals the variable that holds it', () => {
    fc.assert(
      fc.property(quotable, (text) => {
        const result = evaluateExpression(`$X == "${text}"`, { X: text });

        expect(result).toEqual({ value: true, truthy: true });
      }),
    );
  });

  test('what is evaluated is never thrown, and what is not true of =~ is of !~', () => {
    const pieces = ['$A', '"b"', '/a+b/', '==', '=~', '!~', '&&', '||', '(', ')', '!', 'null', ' '];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        evaluateExpression(parts.join(' '), { A: 'aab' });
      }),
    );
    fc.assert(
      fc.property(quotable, fc.string(), (text, pattern) => {
        const known = { T: text, P: `/${pattern}/` };

        expect(evaluateExpression('$T =~ $P', known).truthy).toBe(
          !evaluateExpression('$T !~ $P', known).truthy,
        );
      }),
    );
  });
});
