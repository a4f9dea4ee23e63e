import { ESLint } from 'eslint';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { layers, platformFolders } = (await import(join(root, 'eslint.config.js'))) as {
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly platformFolders: Readonly<
    Record<string, { readonly name: string; readonly also?: readonly string[] }>
  >;
};
const packages = (await readdir(join(root, 'packages'))).filter((name) =>
  existsSync(join(root, 'packages', name, 'package.json')),
);
/** Packages that must not see the platform. */
const pure = ['core', 'kube', 'argocd', 'operator', 'lab'].filter((name) =>
  packages.includes(name),
);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

/** A rule is there when it reports what breaks it: each probe is linted as a file of its package. */
describe('lint rules of the layers', () => {
  const importRule = '@typescript-eslint/no-restricted-imports';
  const syntaxRule = 'no-restricted-syntax';
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => [importRule, syntaxRule].includes(ruleId),
  });

  /** Lint with types knows only files of the project: the code stands in for that of a real one. */
  async function report(name: string, code: string): Promise<string[]> {
    const folder = join(root, 'packages', name, 'src');
    const file = (await readdir(folder)).find(
      (entry) => /(?<!\.test)\.ts$/.test(entry) && entry !== 'main.ts',
    );
    const [result] = await eslint.lintText(code, { filePath: join(folder, file ?? '') });
    return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  }

  const pairs = packages.flatMap((name) =>
    Object.keys(layers)
      .filter((other) => other !== name)
      .map((other): [string, string, boolean] => [
        name,
        other,
        layers[name]?.includes(other) ?? false,
      ]),
  );

  it.each(pairs)('%s imports %s: %s', async (name, other, isAllowed) => {
    const found = [
      await report(name, `import '@tidegate/${other}';`),
      await report(name, `import type { x } from '@tidegate/${other}';`),
      await report(name, `export { x } from '@tidegate/${other}/deep/x.ts';`),
    ];

    for (const rules of found) expect(rules).toEqual(isAllowed ? [] : [importRule]);
  });

  it.each(packages)('%s imports no other package by its path', async (name) => {
    expect(await report(name, `import '../../../packages/core/src/index.ts';`)).toEqual([
      importRule,
    ]);
  });

  it.each(
    pure.flatMap((name) =>
      [
        ['node:fs', `import 'node:fs';`, importRule],
        ['node:path', `import { join } from 'node:path';`, importRule],
        ['the clock', 'export const now = Date.now();', syntaxRule],
        ['a new date', 'export const now = new Date();', syntaxRule],
        ['chance', 'export const chance = Math.random();', syntaxRule],
        ['the end of the process', 'process.exit(1);', syntaxRule],
      ].map(([what = '', code = '', rule = '']) => [name, what, code, rule] as const),
    ),
  )('pure %s does without %s', async (name, _, code, rule) => {
    expect(await report(name, code)).toEqual([rule]);
  });

  it.each(pure)('pure %s may take a date that it is given', async (name) => {
    expect(await report(name, 'export const day = new Date(0);')).toEqual([]);
  });

  it.each(packages.filter((name) => !pure.includes(name)))('%s may use Node', async (name) => {
    expect(await report(name, `import 'node:fs';`)).toEqual([]);
  });
});

describe('package manifests', () => {
  const folders = ['.', ...packages.map((name) => join('packages', name))];

  it('have a layer each', () => {
    expect(Object.keys(layers)).toEqual(expect.arrayContaining(packages));
  });

  it.each(packages)('of %s names only packages that it may import', async (name) => {
    const { dependencies, devDependencies } = await manifestOf(join('packages', name));
    const own = Object.keys({ ...dependencies, ...devDependencies })
      .filter((other) => other.startsWith('@tidegate/'))
      .map((other) => other.slice('@tidegate/'.length));

    const adapters = Object.values(platformFolders).filter((folder) => folder.name === name);
    const allowed = [...(layers[name] ?? []), ...adapters.flatMap(({ also = [] }) => also)];
    expect(allowed).toEqual(expect.arrayContaining(own));
  });

  it.each(folders)('in %s pins every dependency', async (folder) => {
    const { dependencies, devDependencies } = await manifestOf(folder);
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );

    expect(loose).toEqual([]);
  });

  it.each(packages)('of %s names exactly what its sources import', async (name) => {
    const { dependencies, devDependencies } = await manifestOf(join('packages', name));
    const imported = await importedPackages(join(root, 'packages', name, 'src'));

    // The command line ships as one bundle, so what it imports is needed only to build it.
    expect([...imported].sort()).toEqual(
      Object.keys({ ...dependencies, ...(name === 'cli' ? devDependencies : {}) }).sort(),
    );
  });
});

async function importedPackages(folder: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!/(?<!\.test)\.tsx?$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /(?:\bfrom|\bimport|\bimport\()\s*'((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^']*)?'/g,
    )) {
      found.add(name);
    }
  }
  return found;
}
