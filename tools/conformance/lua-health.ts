import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import {
  compileScript,
  createHealthChecks,
  runHealthScript,
} from '../../packages/core/src/argocd/health/index.ts';
import { parseGoYaml } from '../../packages/core/src/argocd/settings/index.ts';
import { groupVersionKind, type KubeObject } from '../../packages/core/src/argocd/sync/index.ts';
import { differences } from './compare.ts';
import type { Difference } from './form.ts';
import { actionCases } from './lua-health-actions.ts';
import type { FileReport, Failure } from './run.ts';

/**
 * Cases of health checks and actions in Lua as Argo CD's folder `resource_customizations` holds them:
 * `<group>/<Kind>/health_test.yaml` and `<group>/<Kind>/actions/action_test.yaml`, with the scripts and the
 * objects that they name beside them.
 */

/** One case of a file. */
export interface LuaCase {
  readonly title: string;
  /** What differs; what it throws counts as a failure. */
  readonly run: () => Promise<readonly Difference[]>;
}

/** What came of a file. */
export interface LuaFileReport {
  /** The file's path below the folder. */
  readonly name: string;
  readonly report: FileReport;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Runs all cases in Lua below a folder, file by file; none where there are no such files. A filter keeps
 * the cases whose file and title have its text.
 */
export async function* runLuaCases(
  folder: string,
  filter: string | undefined,
): AsyncGenerator<LuaFileReport> {
  for (const path of await caseFiles(folder)) {
    const name = relative(folder, path);
    const content = parseGoYaml(await readFile(path, 'utf8'));
    const all = path.endsWith('health_test.yaml')
      ? healthCases(dirname(path), content)
      : actionCases(dirname(path), content);
    const cases = all.filter(
      ({ title }) => filter === undefined || `${name} ${title}`.includes(filter),
    );
    if (cases.length > 0) yield { name, report: await runAll(cases) };
  }
}

async function caseFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => /^[^/]+\/[^/]+\/(health_test|actions\/action_test)\.yaml$/.test(path))
    .sort()
    .map((path) => join(folder, path));
}

async function runAll(cases: readonly LuaCase[]): Promise<FileReport> {
  const failures: Failure[] = [];
  for (const { title, run } of cases) {
    const found = await run().catch((error: unknown): Difference[] => {
      const got = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return [{ where: '', expected: 'an answer', got: `error: ${got}` }];
    });
    if (found.length > 0) failures.push({ title, differences: found });
  }
  return { passed: cases.length - failures.length, failures, gaps: [] };
}

function healthCases(folder: string, content: unknown): LuaCase[] {
  const { tests = [] } = (content ?? {}) as { tests?: readonly Fields[] };
  return tests.map((test) => {
    const title = String(fieldOf(test, 'inputPath'));
    return { title, run: () => healthDifferences(folder, title, fieldOf(test, 'healthStatus')) };
  });
}

async function healthDifferences(
  folder: string,
  inputPath: string,
  healthStatus: unknown,
): Promise<Difference[]> {
  const object = await readObject(join(folder, inputPath));
  const script = compileScript(await readScript(folder, object));
  const expected = withoutEmpty((healthStatus ?? {}) as Fields);
  const options = { now: Date.now, useOpenLibs: true };
  const found = runHealthScript(script, object, options);
  return [...differences(expected, found), ...modelDifferences(object, expected)];
}

/** A field by its name in any case, as Go reads it. */
function fieldOf(fields: Fields, name: string): unknown {
  const key = Object.keys(fields).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : fields[key];
}

/** The script of the object's own kind where there is one; else, as for wildcards, that of the folder. */
async function readScript(folder: string, object: KubeObject): Promise<string> {
  const { group, kind } = groupVersionKind(object);
  const own = join(folder, '..', '..', group, kind, 'health.lua');
  const read = (path: string): Promise<string> => readFile(path, 'utf8');
  return read(own).catch(() => read(join(folder, 'health.lua')));
}

/** Where Argo CD's script is modelled in our own words, that has to say the same. */
function modelDifferences(object: KubeObject, expected: unknown): Difference[] {
  const { by, health } = createHealthChecks({}, { now: Date.now }).judge(object);
  return by === 'argo-cd' ? differences(expected, health, 'model') : [];
}

function withoutEmpty(fields: Fields): unknown {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

/** Reads an object in YAML. */
export async function readObject(path: string): Promise<KubeObject> {
  return parseGoYaml(await readFile(path, 'utf8')) as KubeObject;
}
