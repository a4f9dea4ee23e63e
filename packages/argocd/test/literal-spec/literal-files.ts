import type { JsonObject } from '@tidegate/kube';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const folder = fileURLToPath(new URL('../../../../examples/literal-spec/', import.meta.url));

/** Files of the fixture by path, below a folder of it. */
export function literalFiles(under: string): Record<string, string> {
  const entries = readdirSync(folder + under, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice((folder + under).length + 1))
    .sort()
    .map((path) => [path, readFileSync(`${folder}${under}/${path}`, 'utf8')] as const);
  return Object.fromEntries(files);
}

/** One object of the fixture. */
export function literalObject(path: string): JsonObject {
  return parse(readFileSync(folder + path, 'utf8')) as JsonObject;
}

/** The GitOps repository: values, versions and the manifests of QA. */
export function gitOpsRepository(): Record<string, string> {
  const prefixed = (under: string): [string, string][] =>
    Object.entries(literalFiles(under)).map(([path, text]) => [`${under}/${path}`, text]);
  return Object.fromEntries([
    ...prefixed('versions'),
    ...prefixed('envs'),
    ...prefixed('argocd/qa'),
  ]);
}

/** Charts by name, with the version that they have in the fixture. */
export function literalCharts(): {
  readonly name: string;
  readonly version: string;
  readonly files: Record<string, string>;
}[] {
  return readdirSync(`${folder}charts`).map((name) => {
    const files = literalFiles(`charts/${name}`);
    const { version } = parse(files['Chart.yaml'] ?? '') as { version: string };
    return { name, version, files };
  });
}
