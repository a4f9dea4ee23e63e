import { describe, expect, it, test } from 'vitest';
import { compileScript, runScript } from './index.ts';

function errorOf(script: string, now: () => number = () => 0): string | undefined {
  const result = runScript(compileScript(script), { now, useOpenLibs: true, object: {} });
  return 'error' in result ? result.error : undefined;
}

describe('scripts without end', () => {
  it.each([
    'while true do end',
    'repeat until false',
    'for i = 1, 1e15 do end',
    '::a:: goto a',
    'local function f() return f() end f()',
    'while true do pcall(function() while true do end end) end',
    'local function f() pcall(f) pcall(f) end f()',
    'pcall(function() while true do end end) return {}',
    'return xpcall(function() while true do end end, function() return {} end)',
    'return (("a"):rep(40)):find(("a*"):rep(20) .. "b")',
    'local s = "x = 1 " for i = 1, 18 do s = s .. s end while true do loadstring(s) end',
    'local t = {} t[1000000] = 1 t[1000000] = nil local n = 0 while true do n = n + #t end',
  ])('%s', (script) => {
    expect(errorOf(script)).toBe('<string>:1: context deadline exceeded');
  });

  it('end after a second by the clock', () => {
    let time = 0;
    const script = 'local n = 0 for i = 1, 100000 do n = n + i end';
    expect(errorOf(script, () => (time += 10))).toBeUndefined();
    expect(errorOf(script, () => (time += 600))).toBe('<string>:1: context deadline exceeded');
  });
});

describe('scripts that want too much', () => {
  it.each([
    'local s = "xxxxxxxx" while true do s = s .. s end',
    'local t = {} local i = 0 while true do i = i + 1 t["k" .. i] = {} end',
    'local t = {} t[60000000] = 1',
    'return ("x"):rep(1e9)',
    'local s = ("a"):rep(100000) while true do s = s:gsub("a", "aa") end',
    'while true do local s = ("%100000d"):format(5) end',
  ])('memory: %s', (script) => {
    expect(errorOf(script)).toBe('<string>:1: not enough memory');
  });

  it.each([
    'local function f() return 1 + f() end return f()',
    'local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x',
    'local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)',
  ])('calls: %s', (script) => {
    expect(errorOf(script)).toBe('<string>:1: stack overflow');
  });

  it('at once: values', () => {
    expect(errorOf('local t = {} t[6000] = 1 return unpack(t)')).toBe(
      '<string>:1: registry overflow',
    );
  });
});

test('200 calls inside each other are fine, as 256 are to Argo CD', () => {
  const script =
    'local function f(n) if n == 0 then return 0 end return (f(n - 1)) + 1 end return f(200)';
  expect(errorOf(script)).toBeUndefined();
});

test('scripts that are too deep do not compile', () => {
  const parentheses = `return ${'('.repeat(5000)}1${')'.repeat(5000)}`;
  expect(errorOf(parentheses)).toContain('too many levels');
  expect(errorOf('if x then '.repeat(5000) + 'end '.repeat(5000))).toContain('too many levels');
  const names = Array.from({ length: 300 }, (_, index) => `local a${index} = 1`);
  expect(errorOf(names.join('\n'))).toContain('too many local variables');
});
