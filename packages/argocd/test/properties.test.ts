import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicationOf, argoCdWorld, deployment, shortStatus } from './argocd-world.ts';

/** An object of a random Application: kind, wave, and a value that commits change. */
const objects = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    kind: fc.constantFrom('ConfigMap', 'Secret', 'Service', 'Deployment', 'ServiceAccount'),
    wave: fc.integer({ min: -2, max: 2 }),
    value: fc.string({ maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 8, selector: ({ name, kind }) => `${kind} ${name}` },
);

type Objects = typeof objects extends fc.Arbitrary<infer T> ? T : never;

function manifest({ name, kind, wave, value }: Objects[number]): string {
  const annotations = { 'argocd.argoproj.io/sync-wave': String(wave), note: value };
  const metadata = { name, annotations };
  const base = { apiVersion: 'v1', kind, metadata };
  switch (kind) {
    case 'Deployment':
      return deployment(name, { wave });
    case 'Service':
      return JSON.stringify({ ...base, spec: { selector: { app: name }, ports: [{ port: 80 }] } });
    case 'Secret':
      return JSON.stringify({ ...base, stringData: { value } });
    case 'ServiceAccount':
      return JSON.stringify(base);
    default:
      return JSON.stringify({ ...base, data: { value } });
  }
}

function filesOf(list: Objects): Record<string, string> {
  return Object.fromEntries(
    list.map((one) => [`a/${one.kind}-${one.name}.json`, manifest(one)] as const),
  );
}

describe('any Application', { timeout: 240_000 }, () => {
  it('is Synced after a sync, stays so, and becomes so again after any commit', async () => {
    await fc.assert(
      fc.asyncProperty(objects, objects, fc.boolean(), async (first, second, serverSide) => {
        const world = await argoCdWorld();
        try {
          world.commit(filesOf(first));
          const syncOptions = serverSide ? ['ServerSideApply=true'] : [];
          const automated = { prune: true };
          await world.apply(applicationOf('a', { syncPolicy: { automated, syncOptions } }));
          await world.time.advance(60_000);
          expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
          const operations = world.application('a')?.status?.history?.length;
          await world.time.advance(60_000);
          expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
          expect(world.application('a')?.status?.history).toHaveLength(operations ?? 0);
          const gone = Object.keys(filesOf(first)).map((path) => [path, null] as const);
          world.commit({ ...Object.fromEntries(gone), ...filesOf(second) });
          await world.time.advance(90_000);
          expect(shortStatus(world.application('a'))).toBe('Synced Healthy Succeeded');
          const names = (world.application('a')?.status?.resources ?? []).map(
            ({ kind = '', name = '' }) => `${kind} ${name}`,
          );
          expect(names.sort()).toEqual(second.map(({ kind, name }) => `${kind} ${name}`).sort());
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 20 },
    );
  });

  it('applies waves in their order', async () => {
    await fc.assert(
      fc.asyncProperty(objects, async (list) => {
        const world = await argoCdWorld();
        try {
          world.commit(filesOf(list));
          await world.apply(applicationOf('a', { syncPolicy: { automated: {} } }));
          await world.time.advance(60_000);
          const waves = new Map(list.map(({ kind, name, wave }) => [`${kind} ${name}`, wave]));
          const order = world.audit
            .filter(({ verb, userAgent, namespace, dryRun }) => {
              return verb === 'create' && userAgent === 'argocd' && namespace === 'work' && !dryRun;
            })
            .map(({ resource, name }) => waves.get(`${kinds[resource] ?? ''} ${name}`) ?? NaN);
          expect(order).toHaveLength(list.length);
          expect(order).toEqual([...order].sort((one, other) => one - other));
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 15 },
    );
  });
});

const kinds: Readonly<Record<string, string>> = {
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  services: 'Service',
  serviceaccounts: 'ServiceAccount',
  'deployments.apps': 'Deployment',
};
