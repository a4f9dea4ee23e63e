import { describe, expect, it, test } from 'vitest';
import { compileScript, discoverActions, runAction } from './index.ts';

const options = { now: () => 0, useOpenLibs: false };
const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: {} },
  spec: { replicas: 1, nested: [{ empty: {} }], list: [] },
};

function run(script: string, parameters: Readonly<Record<string, string>> = {}): unknown {
  return runAction(compileScript(script), object, { ...options, parameters });
}

describe('an action', () => {
  it('patches the object, whose empty objects stay objects', () => {
    const script = 'obj.spec.replicas = tonumber(actionParams["replicas"]) return obj';
    const spec = { ...object.spec, replicas: 3 };
    expect(run(script, { replicas: '3' })).toEqual({
      value: [{ operation: 'patch', resource: { ...object, spec } }],
    });
  });

  it('creates and patches what it lists', () => {
    const script =
      'return {{operation = "create", resource = {kind = "Job", spec = {}}},' +
      ' {operation = "patch", resource = obj}}';
    expect(run(script)).toEqual({
      value: [
        { operation: 'create', resource: { kind: 'Job', spec: [] } },
        { operation: 'patch', resource: object },
      ],
    });
    expect(run('return {}')).toEqual({ value: [] });
  });

  it.each([
    ['return nil', 'expect table output from Lua script, not nil'],
    ['return "x"', 'expect table output from Lua script, not string'],
    ['error("no")', '<string>:1: no'],
    ['return {{operation = "delete", resource = obj}}', 'unsupported operation: "delete"'],
    ['return {{resource = obj, operation = 5}}', 'unsupported operation: 5'],
    ['return {{operation = "create"}}', "Object 'Kind' is missing in 'null'"],
    ['return {name = "x"}', `Object 'Kind' is missing in '{"name":"x"}'`],
    ['return {"x"}', 'json: cannot unmarshal string into Go value of type lua.ImpactedResource'],
  ])('%s is refused', (script, error) => {
    expect(run(script)).toEqual({ error });
  });
});

describe('discovery', () => {
  const discover = (...scripts: string[]): unknown =>
    discoverActions(scripts.map(compileScript), object, options);

  it('lists what the tables name, the first of each name', () => {
    const first =
      'return {scale = {params = {{name = "n", default = "1"}}, iconClass = "i"}, off = {disabled = true}}';
    expect(discover(first, 'return {off = {}, a = {displayName = "A"}}', 'return {}')).toEqual({
      value: [
        { name: 'a', disabled: false, displayName: 'A' },
        { name: 'off', disabled: true },
        { name: 'scale', disabled: false, iconClass: 'i', params: [{ name: 'n' }] },
      ],
    });
  });

  test.each([
    [[], 'no action discovery script provided'],
    [['return nil'], 'expect table output from Lua script, not nil'],
    [['return {}', 'x ='], '<string> at EOF:   syntax error\n'],
    [
      ['return {"a"}'],
      'error unmarshaling action table: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
  ])('%j fails', (scripts, error) => {
    expect(discover(...scripts)).toEqual({ error });
  });
});
