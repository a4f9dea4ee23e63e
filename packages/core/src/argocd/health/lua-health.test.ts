import { expect, it } from 'vitest';
import { compileScript, runHealthScript } from './index.ts';

const options = { now: () => 0, useOpenLibs: false };

function judge(script: string): unknown {
  return runHealthScript(compileScript(script), { status: { phase: 'Ready' } }, options);
}

const invalid = { status: 'Unknown', message: 'Lua returned an invalid health status' };
const empty = { status: '' };
const encoding = 'json: error calling MarshalJSON for type json.jsonValue: ';

it.each<[string, unknown]>([
  ['return {status = "Healthy", message = "fine"}', { status: 'Healthy', message: 'fine' }],
  ['hs = {} hs.status = "Degraded" return hs', { status: 'Degraded' }],
  ['return {status = "Missing", more = {1}}', { status: 'Missing' }],
  ['return {Status = "Suspended", MESSAGE = "m"}', { status: 'Suspended', message: 'm' }],
  ['return {STATUS = "Healthy", status = "Degraded"}', { status: 'Degraded' }],
  ['return 1, {status = "Progressing"}', { status: 'Progressing' }],
  ['return {message = "no status"}', invalid],
  ['return {status = "healthy"}', invalid],
  ['return {status = ""}', invalid],
  ['return nil', empty],
  ['', empty],
  ['return {}', empty],
  ['return {"Healthy"}', empty],
  ['return {status = 5}', empty],
  ['return {status = "Healthy", message = 1.5}', empty],
  ['return {status = "Healthy", message = {}}', empty],
  ['return "Healthy"', { error: 'expect table output from Lua script, not string' }],
  [
    'return {status = "Healthy"}, true',
    { error: 'expect table output from Lua script, not boolean' },
  ],
  ['return {status = pairs}', { error: `${encoding}${encoding}cannot encode function to JSON` }],
  ['return {1, a = 2}', { error: `${encoding}cannot encode mixed or invalid key types` }],
  ['return {[2] = 1}', { error: `${encoding}cannot encode sparse array` }],
  ['return {[true] = 1}', { error: `${encoding}cannot encode mixed or invalid key types` }],
  [
    'local t = {} t.t = t return t',
    { error: `${encoding}${encoding}cannot encode recursively nested tables to JSON` },
  ],
  ['return {a = 1/0}', { error: `${encoding}${encoding}json: unsupported value: +Inf` }],
  [
    'return obj.status.phase.x',
    { error: "<string>:1: attempt to index a non-table object(string) with key 'x'" },
  ],
  ['return = 1', { error: "<string> line:1(column:8) near '=':   syntax error\n" }],
  ['error({})', { error: 'table: 0xc000000000' }],
])('%s', (script, expected) => {
  expect(judge(script)).toEqual(expected);
});
