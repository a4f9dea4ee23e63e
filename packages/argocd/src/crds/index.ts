import type { JsonObject } from '@tidegate/kube';
import { appProjectSchema } from './app-project.ts';
import { applicationSetSchema } from './application-set.ts';
import { applicationSchema } from './application.ts';
import type { Schema } from './schema.ts';

interface Names {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
}

function definition(names: Names, schema: Schema, more: JsonObject = {}): JsonObject {
  const name = `${names.plural}.argoproj.io`;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' };
  const version = { name: 'v1alpha1', served: true, storage: true, ...more };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, labels },
    spec: {
      group: 'argoproj.io',
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.kind.toLowerCase(),
        shortNames: [...names.shortNames],
      },
      scope: 'Namespaced',
      versions: [{ ...version, schema: { openAPIV3Schema: schema } }],
    },
  };
}

const applicationColumns = [
  { name: 'Sync Status', type: 'string', jsonPath: '.status.sync.status' },
  { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
  { name: 'Revision', type: 'string', jsonPath: '.status.sync.revision', priority: 10 },
  { name: 'Project', type: 'string', jsonPath: '.spec.project', priority: 10 },
];

/**
 * The CustomResourceDefinitions of Argo CD 3.5.1: Application, ApplicationSet and AppProject, all of
 * `argoproj.io/v1alpha1`. Field for field they validate and prune as those of manifests/crds, without
 * descriptions. An Application has no status subresource; an ApplicationSet has.
 */
export function argoCdDefinitions(): JsonObject[] {
  return [
    definition(
      { kind: 'Application', plural: 'applications', shortNames: ['app', 'apps'] },
      applicationSchema,
      { additionalPrinterColumns: applicationColumns, subresources: {} },
    ),
    definition(
      { kind: 'ApplicationSet', plural: 'applicationsets', shortNames: ['appset', 'appsets'] },
      applicationSetSchema,
      { subresources: { status: {} } },
    ),
    definition(
      { kind: 'AppProject', plural: 'appprojects', shortNames: ['appproj', 'appprojs'] },
      appProjectSchema,
    ),
  ];
}
