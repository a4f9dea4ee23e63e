import type { KubeMetadata } from '../sync/kube-object.ts';
import { renderData } from './render-data.ts';
import { renderText, type Params, type TemplateDialect } from './render-text.ts';
import { applyTemplatePatch } from './template-patch.ts';

/** An Application as a set generates it. */
export interface GeneratedApplication {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The template of a set, or the part of one that a generator brings along. */
export interface ApplicationTemplate {
  readonly metadata?: KubeMetadata;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What a set says about the Applications that it generates, besides the template. */
export interface TemplateSettings {
  readonly dialect: TemplateDialect;
  readonly templatePatch?: string;
  /** Leaves the Applications without the finalizer that deletes what they deployed. */
  readonly preserveResourcesOnDeletion?: boolean;
  /** The namespace of the set, which is that of all its Applications. */
  readonly namespace: string;
}

/** With this finalizer, deleting an Application deletes what it deployed. */
export const resourcesFinalizer = 'resources-finalizer.argocd.argoproj.io';

/** Fields in the order in which Argo CD fills them in: the first one that is wrong is reported. */
const metadataFields = ['name', 'namespace', 'labels', 'annotations', 'finalizers'];
const specFields = ['source', 'destination', 'project', 'syncPolicy', 'ignoreDifferences', 'info'];

/**
 * The Application of one set of parameters. Throws with Argo CD's words.
 * Source: `RenderTemplateParams` in applicationset/utils/utils.go and
 * applicationset/controllers/template/template.go.
 */
export function renderApplication(
  template: ApplicationTemplate,
  params: Params,
  settings: TemplateSettings,
): GeneratedApplication {
  const { dialect, templatePatch, namespace } = settings;
  const application = fillIn(template, params, settings);
  const patched =
    templatePatch === undefined
      ? application
      : applyTemplatePatch(application, renderPatch(templatePatch, params, dialect));
  return { ...patched, metadata: { ...patched.metadata, namespace } };
}

function fillIn(
  { metadata = {}, spec = {} }: ApplicationTemplate,
  params: Params,
  { dialect, preserveResourcesOnDeletion }: TemplateSettings,
): GeneratedApplication {
  const base = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' };
  const kept = Object.entries(metadata).filter(([key]) => metadataFields.includes(key));
  const plain = {
    metadata: inOrder<KubeMetadata>(Object.fromEntries(kept), metadataFields),
    spec: inOrder(spec, specFields),
  };
  // Without parameters Argo CD takes the template as it stands, without a finalizer.
  if (Object.keys(params).length === 0) return { ...base, ...plain };
  const rendered = renderData(plain, params, dialect) as typeof plain;
  const given = rendered.metadata.finalizers ?? [];
  const added = given.length === 0 && preserveResourcesOnDeletion !== true;
  return {
    ...base,
    spec: rendered.spec,
    metadata: added
      ? { ...rendered.metadata, finalizers: [resourcesFinalizer] }
      : rendered.metadata,
  };
}

/** A copy whose fields come in the given order, then the others; undefined ones are left out. */
function inOrder<T extends object>(value: T, fields: readonly string[]): T {
  const rank = (key: string): number => {
    const index = fields.indexOf(key);
    return index < 0 ? fields.length : index;
  };
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries) as T;
}

function renderPatch(patch: string, params: Params, dialect: TemplateDialect): string {
  try {
    return renderText(patch, params, dialect);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`error replacing values in templatePatch: ${text}`, { cause: error });
  }
}
