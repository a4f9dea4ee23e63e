import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromBytes } from '../../globs/utf8.ts';
import { compileScript, encodeValue, runScript, type LuaValue } from './index.ts';
import { plainText } from './values.ts';

interface Settings {
  readonly open?: boolean;
  readonly object?: unknown;
}

function run(script: string, { open = false, object = {} }: Settings = {}): unknown {
  const options = { now: () => 1_700_000_000_000, useOpenLibs: open, object };
  const result = runScript(compileScript(script), options);
  return 'error' in result ? { error: result.error } : shown(result.value);
}

function shown(value: LuaValue): unknown {
  return typeof value === 'object' ? encodeValue(value) : fromBytes(plainText(value));
}

const at = (text: string): { error: string } => ({ error: `<string>:1: ${text}` });
const near = (column: number, token: string, text = 'syntax error'): { error: string } => ({
  error: `<string> line:1(column:${column}) near '${token}':   ${text}\n`,
});

describe('values', () => {
  it.each([
    ['return 1', '1'],
    ['return 10/2', '5'],
    ['return 7/2', '3.5'],
    ['return 2^53', '9007199254740992'],
    ['return 2^63', '9.223372036854776e+18'],
    ['return 1234567.5', '1.2345675e+06'],
    ['return 123456.5', '123456.5'],
    ['return 0.00001', '1e-05'],
    ['return 1e100', '1e+100'],
    ['return 1/0', '+Inf'],
    ['return -0', '0'],
    ['return 5 % -3 .. " " .. -5 % 3', '-1 1'],
    ['return "10" + 1', '11'],
    ['return "0x10" + " 5 "', '21'],
    ['return 010 .. " " .. 08', '10 8'],
    ['return 1 .. 2', '12'],
    ['return not nil', 'true'],
    ['return nil', 'nil'],
    ['', 'nil'],
    ['return 1, 2', '2'],
    ['return #"é"', '2'],
    ['return "\\065\\n" == "A\\n"', 'true'],
    ['return [==[\na]]b]==]', 'a]]b'],
    ['return "10" == 10', 'false'],
    ['return "a" < "b" and "Z" < "a"', 'true'],
    ['return 2^3^2 .. " " .. -2^2', '512 -4'],
    ['return (select("#", nil, nil))', '2'],
    ['return tostring(tonumber("1e3")) .. tostring(tonumber("1.5e3"))', 'nil1500'],
    ['return tonumber("ff", 16) .. tonumber("0xff")', '255255'],
  ])('%s', (script, expected) => {
    expect(run(script)).toBe(expected);
  });
});

describe('tables', () => {
  it.each<[string, unknown]>([
    ['return {}', []],
    ['return {1, 2}', [1, 2]],
    ['return {a = 1, b = {}}', { a: 1, b: [] }],
    ['return {, 1}', near(9, ',')],
    ['return {1,, 2;}', [1, 2]],
    ['local t = {1, nil, 3} return #t', '3'],
    ['local t = {1, 2, 3} t[3] = nil return tostring(table.remove(t)) .. #t', 'nil2'],
    ['local t = {[2] = 1} return #t', '2'],
    ['local t = {3, 1, 2} table.sort(t) return t', [1, 2, 3]],
    ['local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t', [3, 2, 1]],
    ['local t = {1, 2} table.insert(t, 1, 0) table.insert(t, 3) return t', [0, 1, 2, 3]],
    ['return table.concat({1, "a", 2.5}, "-")', '1-a-2.5'],
    ['local n = 0 for _ in pairs({1, 2, nil, 4, a = 1}) do n = n + 1 end return n', '4'],
    [
      'local s = "" for i, v in ipairs({"a", "b", nil, "c"}) do s = s .. i .. v end return s',
      '1a2b',
    ],
    ['return unpack({1, 2, 3}, 2)', '3'],
    ['return table.getn({1, 2}) .. table.maxn({1, 2})', '22'],
    ['return next({})', 'nil'],
  ])('%s', (script, expected) => {
    expect(run(script)).toEqual(expected);
  });
});

describe('statements', () => {
  it.each<[string, unknown]>([
    ['for i = 3, 1, -1 do s = (s or "") .. i end return s', '321'],
    ['local i = 0 repeat local j = i i = i + 1 until j >= 2 return i', '3'],
    ['local i = 0 while true do i = i + 1 if i > 4 then break end end return i', '5'],
    [
      'for i = 1, 5 do if i % 2 == 0 then goto on end s = (s or "") .. i ::on:: end return s',
      '135',
    ],
    ['local i = 0 ::top:: i = i + 1 if i < 5 then goto top end return i', '5'],
    ['a = 1 b = 2 a, b = b, a return a .. b', '21'],
    // gopher-lua does not swap variables of the function itself.
    ['local a, b = 1, 2 a, b = b, a return a .. b', '22'],
    ['local f = function(n) if n == 0 then return "ok" end return f(n - 1) end return f(9)', 'ok'],
    ['function f(...) return arg.n end return f(1, 2, 3)', '3'],
    ['function f(...) local a = ... return tostring(arg) .. a end return f(1)', 'nil1'],
    [
      'local f = {} for i = 1, 2 do f[i] = function() i = i + 1 return i end end return f[1]() .. f[1]() .. f[2]()',
      '233',
    ],
    ['a = {} function a:m(x) return self == a and x end return a:m(5)', '5'],
    ['local function f(s) return s end return f"a" .. f[[b]] .. f{"c"}[1]', 'abc'],
    ['local t = setmetatable({}, {__index = function(_, k) return k .. "!" end}) return t.x', 'x!'],
    ['local t = setmetatable({}, {__call = function(_, x) return x end}) return t(5)', '5'],
    ['setfenv(1, {}) x = 5 return x', '5'],
    ['return loadstring("y = 7 return y")() + y', '14'],
    ['local ok, e = pcall(error, {code = 5}) return e.code', '5'],
    [
      'local ok, e = pcall(function() local x x.y = 1 end) return e',
      "<string>:1: attempt to index a non-table object(nil) with key 'y'",
    ],
    [
      'return select(2, xpcall(function() error("q") end, function(e) return "H" .. e end))',
      'H<string>:1: q',
    ],
    [
      'local os = require("os") return os.time() .. os.date("!%Y-%m-%dT%XZ")',
      '17000000002023-11-14T22:13:20Z',
    ],
  ])('%s', (script, expected) => {
    expect(run(script)).toEqual(expected);
  });
});

describe('errors of a run', () => {
  it.each([
    ['return obj.a.b', "attempt to index a non-table object(nil) with key 'b'"],
    ['obj.a.b = 1', "attempt to index a non-table object(nil) with key 'b'"],
    ['return ("x"):upper()', "attempt to index a non-table object(string) with key 'upper'"],
    ['nobody()', 'attempt to call a non-function object'],
    ['return table.unpack({1})', 'attempt to call a non-function object'],
    ['return "x" .. nil', 'cannot perform concat operation between string and nil'],
    ['return {} + 1', 'cannot perform add operation between table and number'],
    ['return 1 < "x"', 'attempt to compare number with string'],
    ['return {} < {}', 'attempt to compare table with table'],
    ['return #nil', '__len undefined'],
    ['return -{}', '__unm undefined'],
    ['local t = {} t[nil] = 1', 'table index is nil'],
    ['for i = 1, nil do end', 'for statement limit must be a number'],
    ['for _ in ipairs(nil) do end', 'bad argument #1 to ipairs (table expected, got nil)'],
    ['pcall()', 'bad argument #1 to pcall (value expected)'],
    ['local f = {pairs} f[1]()', 'bad argument #1 to ? (table expected, got nil)'],
    ['error("x", 2)', 'x'],
    ['assert(false)', 'assertion failed!'],
    ['return os.time()', "attempt to index a non-table object(nil) with key 'time'"],
    ['local function f() return 1 + f() end f()', 'stack overflow'],
    ['while true do end', 'context deadline exceeded'],
  ])('%s', (script, message) => {
    expect(run(script)).toEqual(at(message));
  });

  it('tells the line of the innermost call', () => {
    expect(run('local function f(a)\n  return a.b.c\nend\nlocal r =\n f({})\nreturn r')).toEqual({
      error: "<string>:2: attempt to index a non-table object(nil) with key 'c'",
    });
    expect(run('error("x", 0)')).toEqual({ error: 'x' });
    expect(run('error(5)')).toEqual({ error: '5' });
  });
});

describe('scripts that do not compile', () => {
  it.each([
    ['x = = 1', near(5, '=')],
    ['return 7 // 2', near(11, '/')],
    ['return 5 & 2', near(10, '&', 'Invalid token')],
    ['return 1 ~ 2', near(10, '~', "Invalid '~' token")],
    ['return 1 << 2', near(11, '<')],
    ['local a <const> = 1', near(9, '<')],
    ['x += 1', near(3, '+', 'parse error')],
    ['return a != b', near(10, '!', 'Invalid token')],
    ['x = 0xg', near(6, '0x', 'illegal hexadecimal number')],
    ['f() = 1', near(5, '=')],
    ['(x) = 1', near(5, '=', 'parse error')],
    ['return 1 2', near(10, '2')],
    ['if x then', { error: '<string> at EOF:   syntax error\n' }],
    ['x = [[a', { error: '<string> at EOF:   unterminated multiline string\n' }],
    ['break', { error: 'compile error near line(1) <string>: no loop to break' }],
    [
      'goto x',
      { error: "compile error near line(2) <string>: no visible label 'x' for <goto> at line 1" },
    ],
    [
      'goto l local x = 1 ::l:: x = 2',
      {
        error:
          "compile error near line(2) <string>: <goto l> at line 1 jumps into the scope of local 'x'",
      },
    ],
    [
      'function f() return ... end',
      { error: "compile error near line(1) <string>: cannot use '...' outside a vararg function" },
    ],
  ])('%s', (script, expected) => {
    expect(run(script)).toEqual(expected);
  });
});

test('without open libraries there are package, base and table only', () => {
  const names = ['string', 'math', 'os', 'io', 'debug', 'coroutine', 'channel', 'utf8'];
  expect(run(`return {${names.map((name) => `tostring(${name})`).join()}}`)).toEqual(
    names.map(() => 'nil'),
  );
  expect(run('return type(package) .. type(table) .. type(require) .. _VERSION')).toBe(
    'tabletablefunctionLua 5.1',
  );
  expect(run('return io.open("x")', { open: true })).toEqual(at('io.open is not modelled'));
  expect(run('return os.exit()', { open: true })).toEqual(at('os.exit is not modelled'));
});

test('a run leaves nothing to the next one', () => {
  const script = compileScript(
    'seen = (seen or 0) + 1 table.mark = (table.mark or 0) + 1 _G.pairs = nil ' +
      'obj.n = (obj.n or 0) + 1 return {seen, table.mark, obj.n}',
  );
  const object = { list: [1] };
  for (let round = 0; round < 3; round += 1) {
    const result = runScript(script, { now: () => 0, useOpenLibs: false, object });
    expect('value' in result && encodeValue(result.value)).toEqual([1, 1, 1]);
  }
  expect(object).toEqual({ list: [1] });
  expect(run('local n = 0 for _ in pairs({1}) do n = n + 1 end return n')).toBe('1');
});

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.array(tie('value'), { maxLength: 4, minLength: 1 }),
    fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), tie('value'), { minKeys: 1 }),
  ),
})).value;

test('an object comes back as it went in', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), plain, { minKeys: 1 }), (object) => {
      expect(run('return obj', { object })).toEqual({ ...object });
    }),
  );
});

test('null is not there, and empty objects are empty lists', () => {
  expect(run('return obj', { object: { a: null, b: {}, c: [1, null, 2] } })).toEqual({
    b: [],
    c: [1, 2],
  });
});

test('numbers in texts are those that Go would write', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(run('return tostring(obj.n)', { object: { n: value } }))).toBe(value + 0);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(run('return "" .. obj.n', { object: { n: value } })).toBe(String(value));
    }),
  );
});

const words =
  'if then end local = == ( ) { } , ; return break for in do function nil x 5 "s" .. . : + - # not and or [ ] :: goto ... while';

test('whatever stands in a script, it compiles or says why not', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words.split(' ')), { maxLength: 30 }), (parts) => {
      const script = compileScript(parts.join(' '));
      if ('error' in script) expect(script.error).toMatch(/^(<string>|compile error)/);
      else runScript(script, { now: () => 0, useOpenLibs: false, object: {} });
    }),
    { numRuns: 300 },
  );
});
