import { describe, expect, it, test } from 'vitest';
import fc from 'fast-check';
import { runHealthCheck } from '../../../test/lua.ts';
import { applicationHealth, applicationSetHealth, patHealth } from '../../generate/health.ts';
import { compileScript, runHealthScript } from './index.ts';

/** A check of Applications that needs no library but the base one. */
const script = `local function blank(v)
  if v == nil or v == false or v == "" then return true end
  if type(v) == "table" then
    for _, x in pairs(v) do if not blank(x) then return false end end
    return true
  end
  return false
end
local function same(a, b)
  if blank(a) and blank(b) then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k, v in pairs(b) do if not same(a[k], v) then return false end end
  return true
end
local function hs(s, m) return { status = s, message = m or "" } end

local spec, st = obj.spec or {}, obj.status
if st == nil or st.sync == nil then return hs("Progressing", "not compared yet") end
local cmp = st.sync.comparedTo or {}
local fresh
if not blank(spec.sources) then
  fresh = same(spec.sources, cmp.sources)
else
  fresh = same(spec.source, cmp.source)
end
fresh = fresh and same(spec.destination, cmp.destination)
if not fresh then
  local why = ""
  for _, c in ipairs(st.conditions or {}) do why = why .. " " .. (c.type or "") .. ": " .. (c.message or "") end
  return hs("Progressing", "status belongs to an older spec." .. why)
end
local op = st.operationState
if obj.operation ~= nil or (op ~= nil and (op.phase == "Running" or op.phase == "Terminating")) then
  return hs("Progressing", "sync operation pending or running: " .. ((op and op.message) or ""))
end
local failed = false
if op ~= nil and (op.phase == "Failed" or op.phase == "Error") then
  local r = op.syncResult or {}
  if not blank(spec.sources) then
    failed = same(r.sources, spec.sources) and same(r.revisions, st.sync.revisions)
  else
    failed = same(r.source, spec.source) and r.revision == st.sync.revision
  end
end
if failed then return hs("Degraded", "last sync of this revision failed: " .. (op.message or "")) end
if st.sync.status ~= "Synced" then
  return hs("Progressing", "waiting for sync (status " .. (st.sync.status or "?") .. ")")
end
local h = (st.health or {}).status
if h == "Healthy" or h == "Degraded" or h == "Suspended" then return hs(h, "") end
return hs("Progressing", "synced, health " .. (h or "?"))
`;

type Plain = Record<string, unknown>;

const options = { now: () => 0, useOpenLibs: false };
const compiled = compileScript(script);

function judge(object: unknown): unknown {
  return runHealthScript(compiled, object, options);
}

const source = { repoURL: 'https://git.example/network.git', path: 'a', targetRevision: 'main' };
const destination = { server: 'https://kubernetes.default.svc', namespace: 'node-1' };

function application(status: Plain = {}, spec: Plain = {}, rest: Plain = {}): Plain {
  const sync = { status: 'Synced', revision: 'r1', comparedTo: { source, destination } };
  return {
    spec: { source, destination, ...spec },
    status: { sync, health: { status: 'Healthy' }, ...status },
    ...rest,
  };
}

function compared(sync: Plain): Plain {
  return {
    sync: { status: 'Synced', revision: 'r1', comparedTo: { source, destination }, ...sync },
  };
}

const failed = (revision: string): Plain => ({
  operationState: { phase: 'Failed', message: 'boom', syncResult: { source, revision } },
});

describe('a check of Applications', () => {
  const cases: readonly (readonly [string, Plain, string, string?])[] = [
    ['not compared', { spec: { source } }, 'Progressing', 'not compared yet'],
    ['healthy', application(), 'Healthy'],
    ['degraded', application({ health: { status: 'Degraded' } }), 'Degraded'],
    ['suspended', application({ health: { status: 'Suspended' } }), 'Suspended'],
    [
      'missing',
      application({ health: { status: 'Missing' } }),
      'Progressing',
      'synced, health Missing',
    ],
    ['without health', application({ health: undefined }), 'Progressing', 'synced, health ?'],
    [
      'of an older spec',
      application({ conditions: [{ type: 'ComparisonError', message: 'no' }] }, { source: {} }),
      'Progressing',
      'status belongs to an older spec. ComparisonError: no',
    ],
    [
      'the same but for fields at their empty value',
      application(
        {},
        { source: { ...source, directory: { recurse: false }, helm: { valueFiles: [] } } },
      ),
      'Healthy',
    ],
    [
      'an operation that waits',
      application({}, {}, { operation: { sync: {} } }),
      'Progressing',
      'sync operation pending or running: ',
    ],
    [
      'an operation that runs',
      application({ operationState: { phase: 'Running', message: 'waiting' } }),
      'Progressing',
      'sync operation pending or running: waiting',
    ],
    [
      'a failed operation of this revision',
      application(failed('r1')),
      'Degraded',
      'last sync of this revision failed: boom',
    ],
    ['a failed operation of another revision', application(failed('r0')), 'Healthy'],
    [
      'out of sync',
      application(compared({ status: 'OutOfSync' })),
      'Progressing',
      'waiting for sync (status OutOfSync)',
    ],
    [
      'several sources',
      application(
        {
          ...compared({
            revisions: ['a', 'b'],
            comparedTo: { sources: [source, source], destination },
          }),
          operationState: {
            phase: 'Error',
            syncResult: { sources: [source, source], revisions: ['a', 'b'] },
          },
        },
        { sources: [source, source] },
      ),
      'Degraded',
      'last sync of this revision failed: ',
    ],
  ];

  it.each(cases)('%s', (_name, object, status, message = '') => {
    expect(judge(object)).toEqual(message === '' ? { status } : { status, message });
  });

  it('answers the same with a state that is thrown away each time', () => {
    const answers = cases.map(([, object]) => judge(object));
    expect(cases.map(([, object]) => judge(object))).toEqual(answers);
  });
});

/** Objects with the fields that the generated checks look at, whatever is in them. */
const leaf = fc.constantFrom('True', 'False', 'true', 'Running', 'Ready', 'Healthy', '3', '', 'x');
const fields = [
  'metadata annotations tidegate.dev/gated',
  'metadata annotations tidegate.dev/release',
  'metadata annotations tidegate.dev/gate-state',
  'status phase',
  'status sync status',
  'status health status',
  'status health message',
  'status operationState phase',
  'spec source path',
  'status sync comparedTo source path',
];
const object = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom(...fields), leaf), { selector: ([name]) => name }),
    fc.array(fc.record({ type: leaf, status: leaf, message: leaf }), { maxLength: 3 }),
  )
  .map(([values, conditions]) => {
    const root: Plain = { metadata: {}, spec: {}, status: { conditions } };
    for (const [path, value] of values) setAt(root, path.split(' '), value);
    return root;
  });

function setAt(target: Plain, [key = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) target[key] = value;
  else setAt((target[key] ??= {}) as Plain, rest, value);
}

test.each(Object.entries({ applicationHealth, applicationSetHealth, patHealth }))(
  '%s says the same in another Lua',
  (_name, text) => {
    const check = compileScript(text);
    fc.assert(
      fc.property(object, (one) => {
        const { status, message } = runHealthCheck(text, one);
        const expected = message === undefined || message === '' ? { status } : { status, message };
        expect(runHealthScript(check, one, options)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  },
);
