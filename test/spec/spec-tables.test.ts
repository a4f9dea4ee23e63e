import {
  findEnvironment,
  listNodes,
  nodeApplicationName,
  takeInventory,
  valueAt,
  type Inventory,
} from '@tidegate/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseNames, readDeviationsDocument } from './deviations.ts';
import { readOurRepository, type OurRepository } from './our-objects.ts';
import { readFences, readSpec, type Fence } from './spec-text.ts';

const spec = readSpec();
const environments = ['qa', 'preprod', 'prod'];

let ours: OurRepository;
beforeAll(async () => {
  ours = await readOurRepository();
});

function drawing(firstLine: string): Fence {
  const found = readFences(spec).filter((fence) => fence.text.startsWith(firstLine));
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`expected one drawing that begins with "${firstLine}", found ${found.length}`);
  }
  return found[0];
}

/** The numbers in the row of the object count table of section 7. */
function countRow(label: string): number[] {
  const line = spec.split('\n').find((candidate) => candidate.startsWith(`| ${label} |`));
  return (line ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replaceAll('*', '').trim()));
}

async function inventories(): Promise<Inventory[]> {
  return Promise.all(
    environments.map((name) =>
      takeInventory(ours.tree, ours.network, findEnvironment(ours.network, name)),
    ),
  );
}

/** Paths of a drawn tree, with folders that are drawn as `...` left out. */
function treePaths(fence: Fence): string[] {
  const stack: string[] = [];
  const paths: string[] = [];
  for (const line of fence.text.split('\n').slice(1)) {
    const match = /^([│ ]*)[├└]── (\S+)/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[2] === '...') continue;
    const depth = match[1].length / 4;
    stack.splice(depth);
    stack.push(match[2].replace(/\/$/, ''));
    if (match[2].endsWith('.yaml')) paths.push(stack.join('/'));
  }
  return paths;
}

describe('section 3, the repository structure', () => {
  it('has every file of the drawing, in every environment', () => {
    const drawn = treePaths(drawing('gitops-repo/'));
    const paths = new Set(ours.files.map((file) => file.path));

    expect(drawn).toHaveLength(19);
    expect(drawn.filter((path) => !paths.has(path))).toEqual([]);
    for (const environment of ['preprod', 'prod']) {
      const same = drawn
        .filter((path) => path.startsWith('argocd/qa/'))
        .map((path) => path.replace('/qa/', `/${environment}/`));
      expect(same).toHaveLength(7);
      expect(same.filter((path) => !paths.has(path))).toEqual([]);
    }
  });

  it('has no values in argocd/ and no Applications in envs/', () => {
    for (const [name, object] of ours.objects) {
      const kind = valueAt(object, ['kind']);
      if (name.startsWith('argocd/')) expect(kind, name).toMatch(/^Application(Set)?$/);
      if (name.startsWith('envs/')) expect(kind, name).toBeUndefined();
    }
  });

  it('has the nodes that the spec names', async () => {
    const nodes = await Promise.all(
      environments.map((name) =>
        listNodes(ours.tree, ours.network, findEnvironment(ours.network, name)),
      ),
    );

    expect(nodes[0]).toEqual(['node-alpha', 'node-beta', 'node-gamma']);
    expect(nodes[1]).toEqual(['node-alpha', 'node-delta']);
    expect(nodes[2]).toEqual(expect.arrayContaining(['node-alpha', 'node-epsilon']));
  });
});

describe('section 7, the hierarchy', () => {
  it('counts as many objects as the table', async () => {
    const counts = (await inventories()).map((inventory) => inventory.counts);

    expect(countRow('Root App of Apps')).toEqual(counts.map((count) => count.roots));
    expect(countRow('Backup Application')).toEqual([1, 1, 1]);
    expect(countRow('Shared Services Application')).toEqual([1, 1, 1]);
    expect(counts.map((count) => count.services)).toEqual([2, 2, 2]);
    expect(countRow('ApplicationSets')).toEqual(counts.map((count) => count.applicationSets));
    expect(countRow('Generated Applications')).toEqual(counts.map((count) => count.generated));
    expect(countRow('**Total**')).toEqual(counts.map((count) => count.total));
  });

  it('has every name of the drawing in its wave, or docs/deviations.md says the YAML name', async () => {
    const [qa] = await inventories();
    const names = new Map(parseNames(readDeviationsDocument()));
    const lines = drawing('dlt-root-qa').text.split('\n');
    const drawn = lines.flatMap((line) => {
      const match = /^├── (\S+)\s+\(wave (-?\d+)\)|^└── (\S+)\s+\(wave (-?\d+)\)/.exec(line);
      const name = match?.[1] ?? match?.[3];
      return name === undefined ? [] : [{ name, wave: Number(match?.[2] ?? match?.[4]) }];
    });
    const children = lines.flatMap((line) => /[├└]── (dlt-node-\S+)$/.exec(line)?.[1] ?? []);

    expect(lines[0]).toContain(qa?.root ?? 'no root');
    expect(new Set(drawn.map(({ name, wave }) => `${names.get(name) ?? name} ${wave}`))).toEqual(
      new Set(qa?.hierarchy.map(({ name, wave }) => `${name} ${wave}`)),
    );
    expect([...names.keys()].sort()).toEqual(drawn.map(({ name }) => name).sort());
    expect(children).toEqual(qa?.hierarchy.flatMap((entry) => entry.children));
  });

  it('puts into the files the names and waves that the inventory counts', async () => {
    for (const inventory of await inventories()) {
      const made = [...ours.objects]
        .filter(([name]) => name.startsWith(`argocd/${inventory.environment}/`))
        .map(([, object]) => object);
      const found = made.map((object) => valueAt(object, ['metadata', 'name']));
      const waves = made.flatMap((object) => {
        const [name, wave] = [['name'], ['annotations', 'argocd.argoproj.io/sync-wave']].map(
          (path) => valueAt(object, ['metadata', ...path]),
        );
        return typeof name === 'string' && typeof wave === 'string' ? [`${name} ${wave}`] : [];
      });

      expect(found.sort()).toEqual(
        [inventory.root, ...inventory.hierarchy.map((entry) => entry.name)].sort(),
      );
      expect(waves.sort()).toEqual(
        inventory.hierarchy.map((entry) => `${entry.name} ${entry.wave}`).sort(),
      );
    }
  });
});

describe('section 10, the wave sequence', () => {
  it('draws the waves that the objects have', async () => {
    const [qa] = await inventories();
    const names = new Map(parseNames(readDeviationsDocument()));
    const qaEnvironment = findEnvironment(ours.network, 'qa');
    const steps = [...drawing('t=0').text.matchAll(/^t=\d+ +wave +(-?\d+) +(\S+)/gm)];
    const drawn = steps.map(([, wave, name = '']) => `${names.get(name) ?? name} ${wave ?? ''}`);

    expect(drawn).toEqual(
      qa?.hierarchy.map(({ name, wave, children }) => {
        const component = /^dlt-nodes-(.*)-qa$/.exec(name)?.[1] ?? '';
        const node = { node: '{node}', component };
        const shown =
          children.length === 0 ? name : nodeApplicationName(ours.network, qaEnvironment, node);
        return `${shown} ${wave}`;
      }),
    );
  });
});

describe('section 16, the scaling reference', () => {
  it('has as many files per node and per release as it says', () => {
    const perNode = ours.files.filter((file) => file.path.startsWith('envs/qa/nodes/node-alpha/'));
    const released = ours.files.filter(
      (file) => file.path.startsWith('argocd/qa/') && !file.path.endsWith('app-root.yaml'),
    );

    expect(spec).toContain(`${perNode.length} values files per node (`);
    expect(spec).toContain(`${released.length}  argocd/{env}/*.yaml files (4 AppSets +`);
    expect(spec).toContain(
      `${released.length + 1}  files changed in a single commit per promotion`,
    );
  });
});
