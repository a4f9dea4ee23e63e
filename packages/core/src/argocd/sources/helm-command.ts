/** What `helm template` is called with. */
export interface HelmCommand {
  readonly releaseName: string;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly setString?: Readonly<Record<string, string>>;
  readonly setFile?: Readonly<Record<string, string>>;
  /** Resolved value files. */
  readonly valueFiles?: readonly string[];
  /** Whether `values` or `valuesObject` is written to a file of its own. */
  readonly hasInlineValues?: boolean;
  readonly apiVersions?: readonly string[];
  readonly skipCrds?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly skipTests?: boolean;
}

const inlineValues = '<temp file with values from source.helm.values/valuesObject>';

/**
 * The command with which Argo CD renders a chart, as it tells people: folders that repositories are checked
 * out in are shown as a dot.
 *
 * See `Cmd.template` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/helm/cmd.go
 */
export function helmTemplateCommand(command: HelmCommand, roots: readonly string[] = []): string {
  const text = helmTemplateArguments(command).map(quoted).join(' ');
  return roots.reduce((shown, root) => shown.replaceAll(root, '.'), text);
}

/** The same command word for word, as errors hold it; nothing is quoted or hidden there. */
export function helmTemplateArguments(command: HelmCommand): string[] {
  const args = ['helm', 'template', '.', '--name-template', command.releaseName];
  return [...args, ...optionsOf(command)];
}

function optionsOf(command: HelmCommand): string[] {
  const { valueFiles = [], apiVersions = [], hasInlineValues = false } = command;
  return [
    ...option('--namespace', command.namespace),
    ...option('--kube-version', command.kubeVersion),
    ...settings('--set', command.set),
    ...settings('--set-string', command.setString),
    ...settings('--set-file', command.setFile),
    ...valueFiles.flatMap((file) => ['--values', file]),
    ...(hasInlineValues ? ['--values', inlineValues] : []),
    ...apiVersions.flatMap((version) => ['--api-versions', version]),
    ...flagsOf(command),
  ];
}

function flagsOf({ skipCrds, skipSchemaValidation, skipTests }: HelmCommand): string[] {
  return [
    ...(skipCrds === true ? [] : ['--include-crds']),
    ...(skipSchemaValidation === true ? ['--skip-schema-validation'] : []),
    ...(skipTests === true ? ['--skip-tests'] : []),
  ];
}

function option(name: string, value = ''): string[] {
  return value === '' ? [] : [name, value];
}

function settings(name: string, values: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(values).flatMap(([key, value]) => [
    name,
    `${key}=${escapedSetting(value)}`,
  ]);
}

/** Helm reads commas as separators, except inside of braces. */
function escapedSetting(value: string): string {
  return /^\{.*\}$/s.test(value) ? value : value.replace(/(?<!\\),/g, '\\,');
}

function quoted(arg: string): string {
  if (arg === inlineValues) return arg;
  return arg === '' || /\s/.test(arg) ? JSON.stringify(arg) : arg;
}
