import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { definition, generatedFiles, ownedRepository } from '../../test/generated.ts';
import { MemoryRepository } from '../../test/memory-repository.ts';
import { InputError, UsageError } from '../errors/tidegate-error.ts';
import type { ReleaseRequest } from './plan-release.ts';
import { describeChange } from './version-changes.ts';

/** The repository that `init` makes. */
async function repository(
  ...changes: readonly [from: string, to: string][]
): Promise<MemoryRepository> {
  const owned = ownedRepository(definition(...changes));
  return new MemoryRepository(new Map([...owned.files, ...(await generatedFiles(owned))]));
}

const release = (environment: string): ReleaseRequest => ({ kind: 'release', environment });
const promotion = (source: string, environment: string, number?: number): ReleaseRequest => ({
  kind: 'promotion',
  source,
  environment,
  ...(number === undefined ? {} : { release: number }),
});
const rollback = (environment: string, to: number): ReleaseRequest => ({
  kind: 'rollback',
  environment,
  to,
});

/** Builds hand a version over. */
function setVersion(from: MemoryRepository, line: string, to: string, environment = 'qa'): void {
  const path = `versions/${environment}.yaml`;
  const text = from.files.get(path) ?? '';
  if (!text.includes(line)) throw new Error(`${path} has no ${line}`);
  from.write({ [path]: text.replace(line, to) });
}

function changedPaths(before: ReadonlyMap<string, string>, after: MemoryRepository): string[] {
  const paths = new Set([...before.keys(), ...after.files.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.files.get(path)).sort();
}

/** All three environments released once, with the same versions. */
async function released(
  ...changes: readonly [from: string, to: string][]
): Promise<MemoryRepository> {
  const made = await repository(...changes);
  await made.cut(release('qa'));
  await made.cut(promotion('qa', 'preprod'));
  await made.cut(promotion('preprod', 'prod'));
  return made;
}

const sevenFiles = (environment: string): string[] => [
  `argocd/${environment}/app-backup.yaml`,
  `argocd/${environment}/app-shared-services.yaml`,
  `argocd/${environment}/appset-backend.yaml`,
  `argocd/${environment}/appset-frontend.yaml`,
  `argocd/${environment}/appset-namespace.yaml`,
  `argocd/${environment}/appset-vault.yaml`,
  `versions/${environment}.yaml`,
];

describe('a release', () => {
  it('changes exactly the seven files of its environment', async () => {
    const made = await repository();
    const before = made.files;
    const plan = await made.cut(release('qa'));

    expect(plan.tag).toBe('release/qa/1');
    expect(changedPaths(before, made)).toEqual(sevenFiles('qa'));
    expect(made.files.get('versions/qa.yaml')).toContain('release: 1');
    expect(made.files.get('argocd/qa/appset-vault.yaml')).toContain('revision: release/qa/1');
    expect(plan.message).toMatch(/^chore\(qa\): release 1 \[skip ci\]\n/);
  });

  it('keeps comments and all other bytes of the versions file', async () => {
    const made = await repository();
    const path = 'versions/qa.yaml';
    made.write({ [path]: `${made.files.get(path) ?? ''}\n# of ours\n` });
    const before = made.files.get(path);
    await made.cut(release('qa'));

    expect(made.files.get(path)).toBe(before?.replace('release: 0', 'release: 1'));
  });

  it.each<[what: string, change: (made: MemoryRepository) => void]>([
    [
      'a version',
      (made) => {
        setVersion(made, '"3.1.0"', '"3.2.0"');
      },
    ],
    [
      'a value',
      (made) => {
        made.write({ 'envs/qa/common-node-values.yaml': 'vault: {}\n' });
      },
    ],
    [
      'a node',
      (made) => {
        made.write({ 'envs/qa/nodes/node-new/values-vault.yaml': 'vault: {}\n' });
      },
    ],
    [
      'the definition',
      (made) => {
        made.write({
          'tidegate.yaml': (made.files.get('tidegate.yaml') ?? '').replace('wave: 3', 'wave: 5'),
        });
      },
    ],
  ])('is due after a change of %s, once', async (_, change) => {
    const made = await released();
    expect((await made.plan(release('qa'))).isDue).toBe(false);
    change(made);

    expect((await made.cut(release('qa'))).isDue).toBe(true);
    expect((await made.plan(release('qa'))).isDue).toBe(false);
  });

  it.each([
    ['another environment', 'envs/prod/common-node-values.yaml'],
    ['its bootstrap', 'bootstrap/qa/argocd-cm.yaml'],
    ['a document', 'README.md'],
  ])('is not due after a change of %s', async (_, path) => {
    const made = await released();
    made.write({ [path]: '# changed\n' });

    expect((await made.plan(release('qa'))).isDue).toBe(false);
  });

  it('names the nodes that come and go', async () => {
    const made = await released();
    made.write({
      'envs/qa/nodes/node-new/values-vault.yaml': 'vault: {}\n',
      ...Object.fromEntries(
        [...made.files.keys()]
          .filter((path) => path.startsWith('envs/qa/nodes/node-beta/'))
          .map((path) => [path, undefined]),
      ),
    });
    const plan = await made.plan(release('qa'));

    expect(plan.nodesAdded).toEqual(['node-new']);
    expect(plan.nodesRemoved).toEqual(['node-beta']);
    expect(plan.message).toContain('Nodes added: node-new\nNodes removed: node-beta\n');
  });

  it('writes the manifest of a new component, and removes that of one that is gone', async () => {
    const made = await released();
    const text = made.files.get('tidegate.yaml') ?? '';
    made.write({
      'tidegate.yaml': text.replace(
        '  frontend:\n    chart: dlt-frontend\n',
        '  explorer:\n    chart: dlt-explorer\n',
      ),
      'versions/qa.yaml': (made.files.get('versions/qa.yaml') ?? '').replace(
        '  frontend:',
        '  explorer:',
      ),
    });
    const before = made.files;
    await made.cut(release('qa'));

    expect(changedPaths(before, made)).toContain('argocd/qa/appset-explorer.yaml');
    expect(made.files.has('argocd/qa/appset-frontend.yaml')).toBe(false);
  });

  it('of an environment that is promoted into keeps the versions of its newest one', async () => {
    const made = await released();
    made.write({ 'envs/prod/common-node-values.yaml': 'vault: {}\n' });
    const plan = await made.cut(release('prod'));

    expect(plan.changes).toEqual([]);
    expect(plan.number).toBe(2);
  });
});

describe('a promotion', () => {
  it('takes the versions of the newest release of its source, and nothing newer', async () => {
    const made = await released();
    setVersion(made, '"3.1.0"', '"3.2.0"');
    await made.cut(release('qa'));
    setVersion(made, '"3.2.0"', '"3.3.0"');
    const plan = await made.cut(promotion('qa', 'preprod'));

    expect(plan.source?.tag).toBe('release/qa/2');
    expect(plan.changes.map(describeChange)).toEqual(['backend chart 3.1.0 -> 3.2.0']);
    expect(plan.message).toBe(
      'chore(preprod): promote versions from qa [skip ci]\n\n' +
        'Release 2: versions of release/qa/2, values and nodes of head-commit.\n\n' +
        'backend chart 3.1.0 -> 3.2.0\n\n' +
        'Tidegate-Release: preprod/2\nTidegate-Kind: promotion\nTidegate-Source: release/qa/2\n',
    );
    expect(made.files.get('argocd/preprod/appset-backend.yaml')).toContain(
      'targetRevision: "3.2.0"',
    );
    expect(made.files.get('versions/qa.yaml')).toContain('"3.3.0"');
  });

  it('takes those of another release when told so', async () => {
    const made = await released();
    setVersion(made, '"3.1.0"', '"3.2.0"');
    await made.cut(release('qa'));
    setVersion(made, '"3.2.0"', '"3.3.0"');
    await made.cut(release('qa'));

    expect((await made.plan(promotion('qa', 'preprod', 2))).versions.components['backend']).toEqual(
      {
        chartVersion: '3.2.0',
        imageTag: 'v2.1.0',
      },
    );
  });

  it('removes an image tag that the source does not have', async () => {
    const made = await released();
    setVersion(made, '    imageTag: v2.1.0\n', '');
    await made.cut(release('qa'));
    await made.cut(promotion('qa', 'preprod'));

    expect(made.files.get('versions/preprod.yaml')).not.toContain('v2.1.0');
    expect(made.files.get('versions/preprod.yaml')).toContain('v1.5.0');
  });

  it('writes nothing but its own environment, and the second time nothing at all', async () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20)).map(([minor, patch]) => `4.${minor}.${patch}`);
    const names = fc.constantFrom('"3.1.0"', '"1.2.0"', '"2.3.1"', '"0.3.1"');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, version), { maxLength: 4 }), async (sets) => {
        const made = await released();
        for (const [line, to] of sets) {
          if (made.files.get('versions/qa.yaml')?.includes(line) === true)
            setVersion(made, line, `"${to}"`);
        }
        await made.cut(release('qa'));
        const before = made.files;
        const plan = await made.cut(promotion('qa', 'preprod'));
        const paths = changedPaths(before, made);

        expect(paths).toEqual(plan.isDue ? sevenFiles('preprod') : []);
        const after = made.files;
        expect((await made.cut(promotion('qa', 'preprod'))).isDue).toBe(false);
        expect(made.files).toBe(after);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a rollback', () => {
  it('restores versions and values exactly, in a new release', async () => {
    const made = await released();
    const old = made.files;
    setVersion(made, '"3.1.0"', '"3.2.0"');
    made.write({ 'envs/qa/common-node-values.yaml': 'vault: {}\n' });
    await made.cut(release('qa'));
    const plan = await made.cut(rollback('qa', 1));

    expect(plan.number).toBe(3);
    expect(plan.valuesRevision).toBe('release/qa/1');
    expect(await plan.values.read('envs/qa/common-node-values.yaml')).toBe(
      old.get('envs/qa/common-node-values.yaml'),
    );
    for (const path of sevenFiles('qa')) {
      const restored = made.files
        .get(path)
        ?.replaceAll(/release: "?3"?/g, (text) => text.replace('3', '1'));
      expect(restored, path).toBe(old.get(path));
    }
    expect(plan.message).toMatch(/^chore\(qa\): roll back to release 1 \[skip ci\]\n/);
  });

  it('lasts until something changes, and the next release says that it undoes it', async () => {
    const made = await released();
    setVersion(made, '"3.1.0"', '"3.2.0"');
    made.write({ 'envs/qa/common-node-values.yaml': 'vault: {}\n' });
    await made.cut(release('qa'));
    await made.cut(rollback('qa', 1));
    expect((await made.plan(release('qa'))).isDue).toBe(false);
    setVersion(made, '"3.1.0"', '"3.3.0"');
    const plan = await made.cut(release('qa'));

    expect(plan.message).toContain(
      'It undoes the rollback of release/qa/3, which pinned the values of release/qa/1.',
    );
    expect(plan.valuesRevision).toBe('release/qa/4');
  });

  it('of a rollback pins what that pinned', async () => {
    const made = await released();
    made.write({ 'envs/qa/common-node-values.yaml': 'vault: {}\n' });
    await made.cut(release('qa'));
    await made.cut(rollback('qa', 1));
    made.write({ 'envs/qa/common-node-values.yaml': 'vault: { a: 1 }\n' });
    await made.cut(release('qa'));

    expect((await made.cut(rollback('qa', 3))).valuesRevision).toBe('release/qa/1');
  });

  it('says which versions it drops that were never released', async () => {
    const made = await released();
    made.write({ 'envs/qa/common-node-values.yaml': 'vault: {}\n' });
    await made.cut(release('qa'));
    setVersion(made, '"3.1.0"', '"3.2.0"');
    const plan = await made.cut(rollback('qa', 1));

    expect(plan.dropped.map(describeChange)).toEqual(['backend chart 3.1.0 -> 3.2.0']);
    expect(plan.message).toContain('Never released, and dropped:\nbackend chart 3.1.0 -> 3.2.0\n');
    expect(made.files.get('versions/qa.yaml')).toContain('"3.1.0"');
  });

  it('to what is deployed is not due', async () => {
    const made = await released();

    expect((await made.plan(rollback('qa', 1))).isDue).toBe(false);
  });

  it('is refused when the nodes differ', async () => {
    const made = await released();
    made.write({ 'envs/prod/nodes/node-new/values-vault.yaml': 'vault: {}\n' });
    await made.cut(release('prod'));
    const plan = await made.plan(rollback('prod', 1));

    expect(plan.refusals.map(({ gate, reason }) => [gate, reason])).toEqual([
      ['nodes', 'release 1 had other nodes: node-new came since'],
    ]);
  });

  it('may lower versions and goes through a freeze', async () => {
    const made = await released();
    setVersion(made, '"3.1.0"', '"3.2.0"');
    await made.cut(release('qa'));
    await made.cut(promotion('qa', 'preprod'));
    const text = made.files.get('tidegate.yaml') ?? '';
    made.write({
      'tidegate.yaml': text.replace(
        '  preprod:\n',
        '  preprod:\n    gates: { freezes: [{ from: 2029-12-31, to: 2030-01-02 }] }\n',
      ),
    });

    expect((await made.plan(rollback('preprod', 1))).refusals).toEqual([]);
  });
});

describe('gates', () => {
  const withGates = (gates: string): [string, string] => [
    '  preprod:\n',
    `  preprod:\n    gates: ${gates}\n`,
  ];

  it.each<
    [
      name: string,
      gates: [string, string][],
      act: (made: MemoryRepository) => Promise<ReleaseRequest> | ReleaseRequest,
      expected: string,
    ]
  >([
    ['itself', [], () => promotion('prod', 'prod'), 'order: "prod" cannot be promoted into itself'],
    [
      'a step skipped',
      [],
      () => promotion('qa', 'prod'),
      'order: "prod" is promoted from "preprod", not from "qa"',
    ],
    [
      'the wrong way',
      [],
      () => promotion('prod', 'qa'),
      'order: nothing is promoted into "qa": builds write its versions',
    ],
    [
      'an edited manifest',
      [],
      (made) => {
        made.write({ 'argocd/prod/app-backup.yaml': '# edited\n' });
        return release('prod');
      },
      'agreement: argocd/prod/app-backup.yaml differs from release/prod/1; only a release writes it',
    ],
    [
      'an edited manifest of the source',
      [],
      (made) => {
        made.write({ 'argocd/qa/app-backup.yaml': '# edited\n' });
        return promotion('qa', 'preprod');
      },
      'agreement: argocd/qa/app-backup.yaml differs from release/qa/1; only a release writes it',
    ],
    [
      'edited versions',
      [],
      (made) => {
        setVersion(made, '"3.1.0"', '"3.2.0"', 'prod');
        return release('prod');
      },
      'agreement: versions/prod.yaml differs from release/prod/1 (backend chart 3.1.0 -> 3.2.0); only a promotion writes versions there',
    ],
    [
      'an edited number',
      [],
      (made) => {
        setVersion(made, 'release: 1', 'release: 7');
        return release('qa');
      },
      'agreement: versions/qa.yaml says release 7, but the newest tag is release/qa/1',
    ],
    [
      'a downgrade',
      [],
      async (made) => {
        setVersion(made, '"3.1.0"', '"3.0.9"');
        await made.cut(release('qa'));
        return promotion('qa', 'preprod');
      },
      'downgrade: it would lower backend chart from 3.1.0 to 3.0.9',
    ],
    [
      'too early',
      [withGates('{ soak: 24h }')],
      async (made) => {
        made.nowMs += 23 * 3_600_000;
        setVersion(made, '"3.1.0"', '"3.2.0"');
        await made.cut(release('qa'));
        made.nowMs += 23 * 3_600_000;
        return promotion('qa', 'preprod');
      },
      'soak: release/qa/2 has not been out for 24 h yet',
    ],
    [
      'a freeze',
      [],
      (made) => {
        const text = made.files.get('tidegate.yaml') ?? '';
        made.write({
          'tidegate.yaml': text.replace(
            ...withGates('{ freezes: [{ from: 2029-12-31, to: 2030-01-09, reason: audit }] }'),
          ),
        });
        return promotion('qa', 'preprod');
      },
      'freeze: "preprod" is frozen until 2030-01-10 00:00 UTC (audit)',
    ],
    [
      'versions that do not fit',
      [],
      (made) => {
        const text = made.files.get('tidegate.yaml') ?? '';
        made.write({
          'tidegate.yaml': `${text}\ncompatibility: [backend >=3.1 needs vault >=1.3]\n`,
        });
        return promotion('qa', 'preprod');
      },
      'compatibility: backend 3.1.0 needs vault >=1.3, but vault is 1.2.0',
    ],
  ])('refuse %s', async (_, gates, act, expected) => {
    const made = await repository(...gates);
    await made.cut(release('qa'));
    made.nowMs += 100 * 3_600_000;
    await made.cut(promotion('qa', 'preprod'));
    await made.cut(promotion('preprod', 'prod'));
    const { refusals } = await made.plan(await act(made));

    expect(refusals.map(({ gate, reason }) => `${gate}: ${reason}`)).toEqual([expected]);
    expect(refusals[0]?.hint).not.toBe('');
  });

  it('let through what is allowed', async () => {
    const made = await released(
      withGates('{ soak: 1h, allowDowngrades: false }').map((text) => text.replace('1h', '0s')) as [
        string,
        string,
      ],
    );
    setVersion(made, '"3.1.0"', '"3.0.9"');
    await made.cut(release('qa'));

    expect((await made.plan(promotion('qa', 'preprod'), true)).refusals).toEqual([]);
  });

  it('refuse the first release of an environment that is promoted into', async () => {
    const made = await repository();
    const { refusals } = await made.plan(release('prod'));

    expect(refusals.map(({ gate, hint }) => [gate, hint])).toEqual([
      ['order', 'tidegate promote preprod prod'],
    ]);
  });

  it('refuse a promotion from what was never released', async () => {
    const made = await repository();

    expect(
      (await made.plan(promotion('qa', 'preprod'))).refusals.map(({ reason }) => reason),
    ).toEqual(['"qa" has no release yet']);
  });
});

describe('bad input', () => {
  it.each<[what: string, request: ReleaseRequest, message: string]>([
    ['an unknown environment', release('nowhere'), 'environment "nowhere" is not in tidegate.yaml'],
    [
      'an unknown source',
      promotion('nowhere', 'prod'),
      'environment "nowhere" is not in tidegate.yaml',
    ],
    ['an unknown release', promotion('qa', 'preprod', 9), '"qa" has no release 9'],
    ['a rollback to nothing', rollback('qa', 9), '"qa" has no release 9'],
  ])('%s', async (_, request, message) => {
    const made = await released();
    await expect(made.plan(request)).rejects.toThrow(message);
    await expect(made.plan(request)).rejects.toThrow(
      /nowhere/.test(message) ? UsageError : InputError,
    );
  });

  it('a missing version', async () => {
    const made = await released();
    setVersion(made, '    chartVersion: "3.1.0"\n', '');
    await expect(made.plan(release('qa'))).rejects.toThrow(
      '"dlt-node.backend.chartVersion" is missing',
    );
  });
});
