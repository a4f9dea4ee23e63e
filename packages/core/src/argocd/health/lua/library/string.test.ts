import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileScript, encodeValue, runScript } from '../index.ts';

function values(expression: string, object: unknown = {}): unknown {
  const options = { now: () => 0, useOpenLibs: true, object };
  const result = runScript(compileScript(`return {${expression}}`), options);
  return 'error' in result ? result.error.replace('<string>:1: ', '') : encodeValue(result.value);
}

describe('patterns', () => {
  it.each<[string, unknown]>([
    ['("hello world"):find("o w")', [5, 7]],
    ['("a.b"):find(".", 1, true)', [2, 2]],
    ['("x"):find("")', [1, 0]],
    ['("abc"):find("b", -1)', []],
    ['("key=value"):match("(%w+)=(%w+)")', ['key', 'value']],
    ['("2024-01-15T10"):match("(%d+)-(%d+)-(%d+)T")', ['2024', '01', '15']],
    ['("f(a(b)c)d"):match("%b()")', ['(a(b)c)']],
    ['("abc"):match("()b()")', [2, 3]],
    ['("abab"):match("(ab)%1")', ['ab']],
    ['("aaab"):match("^(a-)b")', ['aaa']],
    ['("a-b"):match("[a-]+"), ("x]y"):match("[]]"), ("ab"):match("[^a]")', ['a-', ']', 'b']],
    // A class is no end of a range: nothing fits.
    ['("abz"):match("[%a-z]+")', []],
    ['("hello"):gsub("l", "L")', ['heLLo', 2]],
    ['("hello"):gsub("l", "L", 1)', ['heLlo', 1]],
    ['("abc"):gsub("%w", "%0%0")', ['aabbcc', 3]],
    ['("abc"):gsub("", "-")', ['-a-b-c-', 4]],
    ['("$a is $b"):gsub("%$(%w+)", {a = "x", b = 5})', ['x is 5', 2]],
    ['("abc"):gsub(".", function(c) return c == "b" and "B" end)', ['aBc', 3]],
    ['("abc"):match("(")', 'unfinished capture at EOS'],
    ['("abc"):match("a)")', "invalid ')' at 0"],
    ['("abc"):match("[a")', 'unexpected EOS at 1'],
    ['("abc"):gsub("a", "%2")', 'invalid capture index'],
  ])('%s', (expression, expected) => {
    expect(values(expression)).toEqual(expected);
  });

  it('iterates over matches', () => {
    const script =
      'local r = {} for a, b in ("a=1, b=2"):gmatch("(%w)=(%w)") do r[#r + 1] = a .. b end return r';
    const result = runScript(compileScript(script), {
      now: () => 0,
      useOpenLibs: true,
      object: {},
    });
    expect('value' in result && encodeValue(result.value)).toEqual(['a1', 'b2']);
  });
});

describe('formats', () => {
  it.each<[string, unknown]>([
    ['("%d %s %5.2f %q %x %i"):format(3, "x", 1.5, "a\\"b", 255, 7)', '3 x  1.50 "a\\"b" ff 7'],
    ['("%5s|%-5s|%05d|%+d|%.3s"):format("a", "b", 7, 7, "abcdef")', '    a|b    |00007|+7|abc'],
    ['("%d"):format(5.7)', '5'],
    ['("%s %s"):format(1)', '1 %!s(MISSING)'],
    ['("%s %s %s"):format(nil, true, 1.5)', 'nil true 1.5'],
    ['("100%% %d"):format(5)', '100% 5'],
    ['("%g %g %e"):format(1e20, 0.1, 12345.678)', '1e+20 0.1 1.234568e+04'],
  ])('%s', (expression, expected) => {
    expect(values(expression)).toEqual([expected]);
  });
});

describe('pieces', () => {
  it.each<[string, unknown]>([
    ['("abc"):sub(2), ("abc"):sub(-2, -2), ("abc"):sub(0), ("abc"):sub(5)', ['bc', 'b', 'abc', '']],
    ['("abc"):byte(1, -1)', [97, 98, 99]],
    ['string.char(72, 105), ("x"):rep(3), ("abc"):reverse()', ['Hi', 'xxx', 'cba']],
    ['("é"):upper(), ("aBc"):lower(), ("é"):len()', ['É', 'abc', 2]],
    ['math.floor(3.7), math.max(1, 5, 2), math.pow(2, 10), math.fmod(7, 3)', [3, 5, 1024, 1]],
  ])('%s', (expression, expected) => {
    expect(values(expression)).toEqual(expected);
  });
});

test('a plain text is found where JavaScript finds it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
  fc.assert(
    fc.property(
      text,
      text.filter((piece) => piece !== ''),
      (all, piece) => {
        const at = all.indexOf(piece);
        const expected = at < 0 ? [] : [at + 1, at + piece.length];
        expect(values('obj.all:find(obj.piece, 1, true)', { all, piece })).toEqual(expected);
        const escaped = piece.replaceAll('.', '%.');
        expect(values('obj.all:find(obj.piece)', { all, piece: escaped })).toEqual(expected);
      },
    ),
  );
});
