import { argoCdDefinitions } from '@tidegate/argocd';
import type { JsonObject } from '@tidegate/kube';

function definition(group: string, kind: string, plural: string): JsonObject {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/** Definitions that the recordings' cluster had: those of Argo CD, and two without a controller. */
export function definitions(): JsonObject[] {
  return [
    ...argoCdDefinitions(),
    definition('example.dev', 'Gate', 'gates'),
    definition('your.group', 'ProjectApplicationTemplate', 'projectapplicationtemplates'),
  ];
}
