import * as z from 'zod';
import { valueAt } from '../generate/value-at.ts';
import { isDnsLabel, isName } from './names.ts';
import { parseCompatibilityRule } from '../release/compatibility.ts';
import { freezeFault } from '../release/freeze.ts';
import { durationFault, durationSeconds, isTimeZone, scheduleFault } from './schedule.ts';

/**
 * The form of `tidegate.yaml`. Everything has the spec's own value as its default, so an almost
 * empty file describes the spec's network. Unknown fields are errors. Exported as JSON Schema.
 */

const name = z
  .string()
  .refine(isName, 'expected a DNS label that starts with a letter (a-z, 0-9 and -)');
const dnsLabel = z.string().refine(isDnsLabel, 'expected a DNS label (a-z, 0-9 and -)');
const chartName = z.string().regex(/^[a-z0-9][-._a-z0-9]*$/, 'expected a chart name');
const wave = z.int('expected a whole number').min(-1000).max(1000);

function hasNoCredentials(url: string): boolean {
  return !/^[a-z+]+:\/\/[^/]*@/i.test(url) || url.startsWith('ssh://');
}
const credentialsFault = 'must not carry credentials; name an existing Secret instead';
const gitUrl = z
  .string()
  .regex(/^(https?:\/\/|ssh:\/\/|file:\/\/|git@)\S+$/, 'expected a Git URL (https, ssh or file)')
  .refine(hasNoCredentials, credentialsFault);
const chartsUrl = z
  .string()
  .regex(
    /^((https?|file|oci):\/\/\S+|[a-z0-9][-.a-z0-9]*(:\d+)?(\/\S*)?)$/i,
    'expected a Helm repository (https or file), or an OCI registry',
  )
  .refine(hasNoCredentials, credentialsFault);

const window = z
  .strictObject({
    schedule: z.string().describe('When the window opens: a cron schedule of five fields.'),
    duration: z.string().describe('How long it stays open, such as 8h or 1h30m.'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'expected an IANA time zone such as Europe/Zurich')
      .default('UTC')
      .describe('The time zone that the schedule is read in.'),
  })
  .superRefine((value, context) => {
    const schedule = scheduleFault(value.schedule);
    if (schedule !== undefined)
      context.addIssue({ code: 'custom', path: ['schedule'], message: schedule });
    const duration = durationFault(value.duration);
    if (duration !== undefined)
      context.addIssue({ code: 'custom', path: ['duration'], message: duration });
  });

const serviceLayer = z.enum(['versions', 'service']);
const componentLayer = z.enum(['versions', 'common', 'node']);

function distinct<T>(layers: readonly T[]): boolean {
  return new Set(layers).size === layers.length;
}

const service = z.strictObject({
  chart: chartName.optional().describe('Chart name. Default: dlt-<service>.'),
  wave: wave
    .optional()
    .describe("Sync wave. Default: the spec's for backup (-2) and shared-services (0)."),
  namespace: dnsLabel
    .optional()
    .describe(
      'Where it is deployed. Default: <network>-ops for backup, <network>-shared for shared-services, else <network>-<service>.',
    ),
  layers: z
    .array(serviceLayer)
    .min(1)
    .refine(distinct, 'names a layer twice')
    .default(['versions', 'service'])
    .describe('Values layers in order; later ones win.'),
});

const component = z.strictObject({
  chart: chartName.optional().describe('Chart name. Default: dlt-<component>.'),
  wave: wave.optional().describe("Sync wave. Default: the spec's for its own components."),
  layers: z
    .array(componentLayer)
    .min(1)
    .refine(distinct, 'names a layer twice')
    .optional()
    .describe('Values layers in order; later ones win. Default: versions, common, node.'),
  role: z
    .enum(['namespace', 'workload'])
    .optional()
    .describe(
      'namespace: renders the PAT that provisions the node namespace; exactly one component.',
    ),
});

const argocd = z.strictObject({
  namespace: dnsLabel.optional().describe('Namespace of the non-admin instance. Default: argocd.'),
  adminNamespace: dnsLabel
    .optional()
    .describe('Namespace of the admin instance. Default: argocd-admin.'),
});

/** Argo CD puts group names into lines of comma-separated values without quoting them. */
const group = z
  .string()
  .regex(
    /^[^\s,"'](?:[^,"'\r\n\t]*[^\s,"'])?$/,
    'expected a group name without commas, quotes and line breaks',
  );

const freeze = z
  .strictObject({
    from: z.string().describe('First day, such as 2026-12-20 (UTC), or a time.'),
    to: z.string().describe('Last day (included), or the time when it ends.'),
    reason: z.string().optional().describe('Shown when a release is refused.'),
  })
  .superRefine((value, context) => {
    const fault = freezeFault(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

const gates = z.strictObject({
  soak: z
    .string()
    .refine((text) => durationSeconds(text) !== undefined, 'expected a duration such as 24h')
    .default('0s')
    .describe('How long a release of the source must have been out before it is promoted.'),
  freezes: z.array(freeze).default([]).describe('Times without releases; rollbacks are allowed.'),
  allowDowngrades: z
    .boolean()
    .default(false)
    .describe('Whether a promotion may lower a version without --allow-downgrade.'),
  checkCharts: z
    .boolean()
    .default(true)
    .describe('Whether every chart version must be in the chart repository.'),
  checkImages: z
    .boolean()
    .default(false)
    .describe('Whether every image tag of the versions must be in its registry.'),
  checkRender: z
    .boolean()
    .default(true)
    .describe('Whether all Applications of the environment must render.'),
});

const environment = z.strictObject({
  sync: z
    .enum(['automatic', 'manual'])
    .describe('automatic: Argo CD syncs the root by itself; manual: an operator does.'),
  promotesFrom: name
    .optional()
    .describe('The environment whose releases are promoted into this one.'),
  cluster: name
    .optional()
    .describe('Cluster name; environments that name the same one share it. Default: its own.'),
  server: z
    .url()
    .default('https://kubernetes.default.svc')
    .describe('API server as Argo CD knows it.'),
  windows: z.array(window).default([]).describe('When syncs may start; none means always.'),
  dataProtection: z
    .enum(['retain', 'delete'])
    .default('retain')
    .describe('Whether removing something from Git may delete it with its data in the cluster.'),
  kubernetes: z
    .strictObject({
      version: z
        .string()
        .regex(/^v?\d+\.\d+(\.\d+)?$/, 'expected a Kubernetes version such as 1.36.1')
        .default('1.36.1')
        .describe('Kubernetes version of the cluster.'),
      apiVersions: z
        .array(z.string().min(1))
        .default([])
        .describe('Further API versions, such as monitoring.coreos.com/v1.'),
    })
    .prefault({})
    .describe('What charts see of the cluster (.Capabilities).'),
  argocd: argocd.prefault({}).describe("Namespaces of this environment's Argo CD instances."),
  namespaces: z
    .record(name, dnsLabel)
    .default({})
    .describe('Namespaces of services in this environment, by service name.'),
  nodeNamespacePrefix: z
    .string()
    .regex(/^[a-z0-9][-a-z0-9]*$/, 'expected the beginning of a DNS label')
    .optional()
    .describe('Node namespaces are this followed by the node name. Default: <network>-.'),
  groups: z
    .strictObject({
      operators: z
        .array(group)
        .optional()
        .describe('May sync the root, which starts a rollout. Default: <network>-<env>-operators.'),
      repair: z
        .array(group)
        .optional()
        .describe('May sync single Applications. Default: <network>-<env>-repair.'),
    })
    .prefault({})
    .describe('Groups of the single sign-on that may sync the root, or repair.'),
  gates: gates.prefault({}).describe('What has to hold before a release is cut.'),
});

const compatibilityRule = z.string().superRefine((text, context) => {
  const parsed = parseCompatibilityRule(text);
  if ('fault' in parsed) context.addIssue({ code: 'custom', message: parsed.fault });
});

const imageReference = z
  .string()
  .regex(
    /^[a-z0-9][-._/:@a-zA-Z0-9]*$/,
    'expected an image such as registry.example.com/tools/tidegate:1.0.0',
  );

export const networkDefinition = z.strictObject({
  apiVersion: z
    .literal('tidegate.dev/v1')
    .default('tidegate.dev/v1')
    .describe('Version of this format.'),
  kind: z.literal('Network').default('Network').describe('What the file is.'),
  name: name.default('dlt').describe('Prefix of all object names.'),
  git: z
    .strictObject({
      url: gitUrl
        .default('https://gitlab.example.com/org/gitops-repo.git')
        .describe('URL, without credentials.'),
      branch: z
        .string()
        .regex(/^[A-Za-z0-9][-_./A-Za-z0-9]*$/, 'expected a branch name')
        .default('main')
        .describe('Branch that the roots follow.'),
      credentialsSecret: dnsLabel
        .default('gitops-repo')
        .describe('Existing Secret that Argo CD reads the repository with.'),
    })
    .prefault({})
    .describe('The GitOps repository, as Argo CD reaches it.'),
  charts: z
    .strictObject({
      repository: chartsUrl
        .default('https://artifactory.example.com/helm')
        .describe('Helm repository (https, file) or OCI registry, without credentials.'),
      credentialsSecret: dnsLabel
        .default('helm-charts')
        .describe('Existing Secret that Argo CD reads the charts with.'),
    })
    .prefault({})
    .describe('The chart repository (Artifactory).'),
  pat: z
    .strictObject({
      group: z
        .string()
        .regex(
          /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
          'expected an API group such as your.group',
        )
        .default('your.group')
        .describe('API group of the custom resource.'),
    })
    .prefault({})
    .describe('ProjectApplicationTemplate, the request for a node namespace.'),
  argocd: argocd
    .extend({
      waveDelaySeconds: z
        .int()
        .min(
          2,
          'must be at least 2: with less Argo CD may judge a wave by its state before the sync',
        )
        .max(300)
        .default(5)
        .describe('Pause between waves, in both instances.'),
    })
    .prefault({})
    .describe('The two Argo CD instances of every cluster.'),
  services: z
    .record(name, service)
    .default({
      backup: { layers: ['versions', 'service'] },
      'shared-services': { layers: ['versions', 'service'] },
    })
    .describe('One Application per environment each.'),
  components: z
    .record(name, component)
    .default({ namespace: {}, vault: {}, backend: {}, frontend: {} })
    .describe('One ApplicationSet per environment each, with one Application per node.'),
  compatibility: z
    .array(compatibilityRule)
    .default([])
    .describe('Rules between chart versions, such as "backend >=3.1 needs vault >=1.2".'),
  diff: z
    .strictObject({
      maskKeys: z
        .array(z.string().min(1))
        .default([])
        .describe('Further keys whose values are secrets, such as "*Passphrase".'),
      keepKeys: z
        .array(z.string().min(1))
        .default([])
        .describe('Keys whose values are no secrets, whatever they look like.'),
      entropy: z
        .boolean()
        .default(true)
        .describe('Whether values that look random count as secrets.'),
    })
    .prefault({})
    .describe('What "tidegate diff" takes for a secret.'),
  ci: z
    .strictObject({
      image: imageReference
        .default('artifactory.example.com/tools/tidegate:latest')
        .describe('Image of all jobs: tidegate, git and helm.'),
      include: z
        .array(z.string().regex(/^[^\s'"]+\.ya?ml$/, 'expected a YAML file of the repository'))
        .default([])
        .describe('Further local files that the pipeline includes.'),
      liveDiff: z
        .array(name)
        .refine(distinct, 'names an environment twice')
        .default([])
        .describe(
          'Environments whose cluster merge requests are compared with. Gives GitLab access to these clusters; none without it.',
        ),
    })
    .prefault({})
    .describe('The generated .gitlab-ci.yml.'),
  environments: z
    .record(name, environment)
    .refine((value) => Object.keys(value).length > 0, 'names no environment')
    .default(() => specEnvironments())
    .describe('The environments, in the order of promotion. Default: qa, preprod, prod.'),
});

export type NetworkDefinition = z.output<typeof networkDefinition>;

function specEnvironments(): Record<string, z.output<typeof environment>> {
  return {
    qa: environment.parse({
      sync: 'automatic',
      dataProtection: 'delete',
      windows: [{ schedule: '0 8 * * 1-5', duration: '8h' }],
    }),
    preprod: environment.parse({ sync: 'manual', promotesFrom: 'qa' }),
    prod: environment.parse({
      sync: 'manual',
      promotesFrom: 'preprod',
      windows: [{ schedule: '0 22 * * 3', duration: '4h' }],
    }),
  };
}

/** JSON Schema (2020-12) of `tidegate.yaml`, for editors. */
export function definitionJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(networkDefinition, { io: 'input' }),
    title: 'Tidegate network definition',
  };
}

/** Names of the fields that a map of the definition may have, such as those of `git`. */
export function definitionFields(path: readonly (string | number)[]): string[] {
  let schema: unknown = definitionJsonSchema();
  for (const part of path) {
    schema =
      typeof part === 'number'
        ? valueAt(schema, ['items'])
        : (valueAt(schema, ['properties', part]) ?? valueAt(schema, ['additionalProperties']));
  }
  return Object.keys(valueAt(schema, ['properties']) ?? {});
}
