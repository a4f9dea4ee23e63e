type YamlObject = Record<string, unknown>;

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const whole = { type: 'integer', format: 'int64' };

function object(properties: YamlObject, required: readonly string[] = []): YamlObject {
  return {
    type: 'object',
    ...(required.length > 0 ? { required: [...required] } : {}),
    properties,
  };
}

function list(items: YamlObject, key?: string): YamlObject {
  return {
    type: 'array',
    items,
    ...(key === undefined
      ? {}
      : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] }),
  };
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const conditions = list(
  object(
    {
      type: text,
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: text,
      message: text,
      observedGeneration: whole,
      lastTransitionTime: time,
    },
    ['type', 'status'],
  ),
  'type',
);

interface CrdInput {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly YamlObject[];
  readonly spec: YamlObject;
  readonly status: YamlObject;
}

function customResourceDefinition(input: CrdInput): YamlObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${input.plural}.${input.group}`,
      // Deleting a definition deletes every object of its kind.
      annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
    },
    spec: {
      group: input.group,
      names: {
        kind: input.kind,
        listKind: `${input.kind}List`,
        plural: input.plural,
        singular: input.kind.toLowerCase(),
        shortNames: [...input.shortNames],
      },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [...input.columns],
          schema: {
            openAPIV3Schema: object(
              {
                apiVersion: text,
                kind: text,
                metadata: { type: 'object' },
                spec: input.spec,
                status: input.status,
              },
              ['spec'],
            ),
          },
        },
      ],
    },
  };
}

function column(name: string, jsonPath: string, type = 'string'): YamlObject {
  return { name, type, jsonPath };
}

/**
 * ProjectApplicationTemplate: the request for a node namespace. Rendered by dlt-node-namespace into
 * Argo CD's namespace, turned by the PAT controller into an Application of the admin instance.
 */
export function patDefinition(group: string): YamlObject {
  return customResourceDefinition({
    group,
    kind: 'ProjectApplicationTemplate',
    plural: 'projectapplicationtemplates',
    shortNames: ['pat'],
    columns: [
      column('Namespace', '.spec.destination.namespace'),
      column('Phase', '.status.phase'),
      column('Message', '.status.message'),
      column('Age', '.metadata.creationTimestamp', 'date'),
    ],
    spec: object(
      {
        project: {
          ...text,
          minLength: 1,
          description: "Project of the admin instance's Application.",
        },
        destination: object(
          {
            server: { ...text, minLength: 1 },
            namespace: { ...text, minLength: 1, maxLength: 63 },
          },
          ['server', 'namespace'],
        ),
        source: object(
          { chart: { ...text, minLength: 1 }, targetRevision: { ...text, minLength: 1 } },
          ['chart', 'targetRevision'],
        ),
        syncPolicy: {
          ...anything,
          description: "Sync policy of the admin instance's Application; absent means by hand.",
        },
        values: { ...anything, description: 'Values for the chart that makes the namespace.' },
      },
      ['project', 'destination', 'source'],
    ),
    status: object({
      phase: {
        type: 'string',
        enum: ['Pending', 'Provisioning', 'Ready', 'Failed', 'Terminating'],
      },
      message: text,
      observedGeneration: whole,
      application: { ...text, description: "Name of the admin instance's Application." },
      conditions,
    }),
  });
}

/** Delivery: the record that every rollout leaves. Written by the operator. */
export function deliveryDefinition(): YamlObject {
  const wave = object(
    {
      wave: whole,
      objects: list(text),
      state: { type: 'string', enum: ['Idle', 'Waiting', 'Running', 'Passed', 'Failed'] },
      message: text,
      startedAt: time,
      finishedAt: time,
    },
    ['wave'],
  );
  return customResourceDefinition({
    group: 'tidegate.dev',
    kind: 'Delivery',
    plural: 'deliveries',
    shortNames: ['dlv'],
    columns: [
      column('Environment', '.spec.environment'),
      column('Release', '.spec.release', 'integer'),
      column('Result', '.status.result'),
      column('Message', '.status.message'),
      column('Started', '.spec.startedAt', 'date'),
    ],
    spec: object(
      {
        environment: text,
        release: { ...whole, minimum: 0 },
        rollout: { ...text, description: "The root operation's startedAt." },
        root: text,
        startedAt: time,
        initiatedBy: object({ username: text, automated: { type: 'boolean' } }),
        revision: text,
        valuesRevision: text,
      },
      ['environment', 'release', 'rollout'],
    ),
    status: object({
      result: { type: 'string', enum: ['Running', 'Succeeded', 'Failed', 'Superseded'] },
      message: text,
      finishedAt: time,
      valuesCommit: text,
      backup: object({
        application: text,
        job: text,
        startedAt: time,
        finishedAt: time,
        message: text,
      }),
      waves: list(wave, 'wave'),
      bypasses: list(object({ application: text, username: text, startedAt: time, message: text })),
      conditions,
    }),
  });
}
