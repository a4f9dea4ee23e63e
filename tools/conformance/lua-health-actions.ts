import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  compileScript,
  discoverActions,
  runAction,
  type ImpactedResource,
} from '../../packages/core/src/argocd/health/index.ts';
import { parseGoYaml } from '../../packages/core/src/argocd/settings/index.ts';
import { differences } from './compare.ts';
import type { Difference } from './form.ts';
import type { LuaCase } from './lua-health.ts';

type Fields = Readonly<Record<string, unknown>>;

interface ActionTests {
  readonly discoveryTests?: readonly { readonly inputPath: string; readonly result: unknown[] }[];
  readonly actionTests?: readonly ActionTest[];
}

interface ActionTest {
  readonly action: string;
  readonly inputPath: string;
  readonly expectedOutputPath?: string;
  readonly expectedErrorMessage?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The cases of an `action_test.yaml`: which actions an object offers, and what an action makes of it. */
export function actionCases(folder: string, content: unknown): LuaCase[] {
  const { discoveryTests = [], actionTests = [] } = (content ?? {}) as ActionTests;
  return [
    ...discoveryTests.map(({ inputPath, result }) => ({
      title: `discovery/${inputPath}`,
      run: async () => discoveryDifferences(folder, inputPath, result),
    })),
    ...actionTests.map((test) => ({
      title: `${test.action}/${test.inputPath}`,
      run: async () => actionDifferences(folder, test),
    })),
  ];
}

async function discoveryDifferences(
  folder: string,
  inputPath: string,
  expected: readonly unknown[],
): Promise<Difference[]> {
  const script = compileScript(await readFile(join(folder, 'discovery.lua'), 'utf8'));
  const options = { now: Date.now, useOpenLibs: true };
  const answer = discoverActions([script], await readFields(join(folder, inputPath)), options);
  if ('error' in answer) return [{ where: '', expected, got: answer.error }];
  const wanted = expected.map((one) => tidy(withNamedParameters(one)));
  return answer.value
    .map(tidy)
    .filter((action) => !wanted.some((one) => differences(one, action).length === 0))
    .map((got) => ({ where: 'result', expected: wanted, got }));
}

/** Argo CD keeps only the names of parameters. */
function withNamedParameters(action: unknown): unknown {
  const { params, ...rest } = action as Fields & { params?: readonly { name: string }[] };
  return params === undefined ? rest : { ...rest, params: params.map(({ name }) => ({ name })) };
}

/** Fields at their empty value count as absent. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const isEmpty = (field: unknown): boolean => field === '' || field === false || field === null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isEmpty(field))
      .map(([key, field]) => [key, tidy(field)]),
  );
}

async function actionDifferences(folder: string, test: ActionTest): Promise<Difference[]> {
  const path = join(folder, test.action, 'action.lua');
  const script = compileScript(await readFile(path, 'utf8'));
  const source = await readFields(join(folder, test.inputPath));
  const { parameters = {}, expectedErrorMessage = '' } = test;
  const options = { now: Date.now, useOpenLibs: false, parameters };
  const answer = runAction(script, source, options);
  if ('error' in answer) return differences(expectedErrorMessage, answer.error, 'error');
  if (expectedErrorMessage !== '') {
    return [{ where: 'error', expected: expectedErrorMessage, got: answer.value }];
  }
  const outputs = await readOutputs(join(folder, test.expectedOutputPath ?? ''));
  return answer.value.flatMap((impacted) => impactedDifferences(impacted, source, outputs));
}

function impactedDifferences(
  { operation, resource }: ImpactedResource,
  source: Fields,
  outputs: readonly Fields[],
): Difference[] {
  const where = `${operation} ${String(resource['kind'])}`;
  if (operation === 'patch') {
    const moved = differences(identity(source), identity(resource), where);
    if (moved.length > 0) return moved;
  }
  const isNamedLater = operation === 'create' && /^(Job|Workflow)$/.test(String(resource['kind']));
  const name = String(metadata(source)['name']);
  const expected = outputs.find((one) =>
    isNamedLater
      ? one['kind'] === resource['kind'] && String(metadata(one)['name']).startsWith(name)
      : differences(identity(one), identity(resource)).length === 0,
  );
  if (expected === undefined) return [{ where, expected: outputs, got: resource }];
  const found = differences(
    comparable(expected, isNamedLater),
    comparable(resource, isNamedLater),
    where,
  );
  // As in Argo CD's own test, what the expected output does not mention may be there.
  return found.filter((difference) => difference.expected !== undefined);
}

function metadata(object: Fields): Fields {
  return (object['metadata'] ?? {}) as Fields;
}

function identity(object: Fields): Fields {
  const { name, namespace } = metadata(object);
  return { apiVersion: object['apiVersion'], kind: object['kind'], name, namespace };
}

/**
 * An object without what changes from run to run, as Argo CD's own test leaves it out: times, names that
 * are made of them, generations, and the status of Deployments.
 */
function comparable(object: Fields, isNamedLater: boolean): unknown {
  const left = object['kind'] === 'Deployment' ? without(object, 'status') : object;
  const metadataLeft = without(metadata(object), 'generation');
  return withoutTimes({
    ...left,
    metadata: isNamedLater ? without(metadataLeft, 'name') : metadataLeft,
  });
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
}

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?/g;

function withoutTimes(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(time, '<time>');
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && !isEmpty(field))
      .map(([key, field]) => [key, withoutTimes(field)]),
  );
}

/** Empty lists and objects are the same to Lua, and so to its tests. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

async function readFields(path: string): Promise<Fields> {
  return parseGoYaml(await readFile(path, 'utf8')) as Fields;
}

/** What is expected: one object, or a list of objects under `unstructuredObj`. */
async function readOutputs(path: string): Promise<Fields[]> {
  const content = parseGoYaml(await readFile(path, 'utf8'));
  if (!Array.isArray(content)) return [content as Fields];
  return (content as readonly { unstructuredObj: Fields }[]).map((one) => one.unstructuredObj);
}
