import { isFields } from './kube-objects.ts';

/** A parameter of a chart. */
export interface HelmParameter {
  readonly name: string;
  readonly value: string;
  readonly forceString: boolean;
}

/** `source.helm` with everything at its default that is not there. */
export interface HelmOptions {
  readonly version: string;
  readonly releaseName: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
  readonly valueFiles: readonly string[];
  readonly ignoreMissingValueFiles: boolean;
  /** `valuesObject`, else `values`, as text; empty for none. */
  readonly values: string;
  readonly parameters: readonly HelmParameter[];
  readonly fileParameters: readonly { readonly name: string; readonly path: string }[];
  readonly skipCrds: boolean;
  readonly skipTests: boolean;
  readonly skipSchemaValidation: boolean;
  readonly passCredentials: boolean;
}

/** Reads `source.helm`; what has another type than Argo CD's counts as missing. */
export function readHelmOptions(helm: Readonly<Record<string, unknown>> = {}): HelmOptions {
  return {
    version: text(helm['version']),
    releaseName: text(helm['releaseName']),
    namespace: text(helm['namespace']),
    kubeVersion: text(helm['kubeVersion']),
    apiVersions: texts(helm['apiVersions']),
    valueFiles: texts(helm['valueFiles']),
    ignoreMissingValueFiles: helm['ignoreMissingValueFiles'] === true,
    values: valuesText(helm),
    parameters: records(helm['parameters']).map(({ name, value, forceString }) => ({
      name: text(name),
      value: text(value),
      forceString: forceString === true,
    })),
    fileParameters: records(helm['fileParameters']).map(({ name, path }) => ({
      name: text(name),
      path: text(path),
    })),
    skipCrds: helm['skipCrds'] === true,
    skipTests: helm['skipTests'] === true,
    skipSchemaValidation: helm['skipSchemaValidation'] === true,
    passCredentials: helm['passCredentials'] === true,
  };
}

function valuesText({ values, valuesObject }: Readonly<Record<string, unknown>>): string {
  if (valuesObject === undefined || valuesObject === null) return text(values);
  return `${JSON.stringify(valuesObject)}\n`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/**
 * A Kubernetes version as Helm can read it: numbers alone. Undefined for what is none.
 * See `ParseGeneric` in https://pkg.go.dev/k8s.io/apimachinery/pkg/util/version.
 */
export function plainKubeVersion(version: string): string | undefined {
  if (version === '') return '';
  return /^\s*v?((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)(?![\d.])/.exec(version)?.[1];
}
