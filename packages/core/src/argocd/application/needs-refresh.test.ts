import { describe, expect, it } from 'vitest';
import { compareLevels, needsRefresh, type ComparedApplication } from './needs-refresh.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const source = { repoURL: 'r', path: 'p' };
const destination = { server: 's', namespace: 'n' };

function application(changes: {
  readonly spec?: object;
  readonly status?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}): ComparedApplication {
  return {
    metadata: { annotations: changes.annotations ?? {} },
    spec: { source, destination, ...changes.spec },
    status: {
      reconciledAt: '2026-01-01T00:09:00Z',
      sync: { comparedTo: { source, destination } },
      ...changes.status,
    },
  };
}

function decide(
  changes: Parameters<typeof application>[0],
  requested?: (typeof compareLevels)[keyof typeof compareLevels],
): unknown {
  return needsRefresh(application(changes), {
    nowMilliseconds: now,
    expiryMilliseconds: 120_000,
    requested,
  });
}

describe('needsRefresh', () => {
  it('leaves a fresh comparison alone', () => {
    expect(decide({})).toEqual({ refresh: false });
    expect(decide({ spec: { ignoreDifferences: [] } })).toEqual({ refresh: false });
  });

  it.each([
    ['refreshRequested', 3, false, { annotations: { 'argocd.argoproj.io/refresh': 'normal' } }],
    ['refreshRequested', 3, true, { annotations: { 'argocd.argoproj.io/refresh': 'hard' } }],
    ['sourceDiffers', 3, false, { spec: { source: { ...source, path: 'q' } } }],
    ['sourceDiffers', 3, false, { spec: { sources: [source] } }],
    ['expired', 2, false, { status: { reconciledAt: '2026-01-01T00:07:59Z' } }],
    ['expired', 2, false, { status: { reconciledAt: undefined } }],
    ['destinationDiffers', 2, false, { spec: { destination: { ...destination, name: 'x' } } }],
    ['ignoreDifferencesDiffers', 2, false, { spec: { ignoreDifferences: [{ kind: 'Secret' }] } }],
    [
      'namespaceMetadataDiffers',
      2,
      false,
      {
        spec: { syncPolicy: { managedNamespaceMetadata: { labels: { a: 'b' } } } },
        status: {
          reconciledAt: '2026-01-01T00:09:00Z',
          sync: { comparedTo: { source, destination } },
          operationState: { syncResult: {} },
        },
      },
    ],
  ])('%s at level %d (hard: %s)', (reason, level, hard, changes) => {
    expect(decide(changes, compareLevels.nothing)).toEqual({
      refresh: true,
      reason,
      level,
      hard,
      usesRequest: false,
    });
  });

  it('does what the controller asked for only when nothing else is due', () => {
    expect(decide({}, compareLevels.recent)).toMatchObject({
      reason: 'controllerRequest',
      level: compareLevels.recent,
      usesRequest: true,
    });
  });

  it('keeps a comparison for exactly as long as it holds', () => {
    expect(
      decide({ status: { ...application({}).status, reconciledAt: '2026-01-01T00:08:00Z' } }),
    ).toEqual({
      refresh: false,
    });
  });
});
