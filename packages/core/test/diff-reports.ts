import fc from 'fast-check';
import type {
  ChangeGroup,
  DiffError,
  DiffLine,
  DiffReport,
  EnvironmentDiff,
  ResourceChange,
  ResourceName,
  Risk,
  RiskLevel,
} from '../src/diff/model.ts';

/** A report of some environments; what is not given is empty. */
export function reportOf(
  ...environments: readonly (Partial<EnvironmentDiff> & { readonly environment: string })[]
): DiffReport {
  return {
    base: 'origin/main',
    head: '3f9a12c',
    environments: environments.map((environment) => ({
      applications: 70,
      rendered: 4,
      nodesAdded: [],
      nodesRemoved: [],
      versions: [],
      groups: [],
      errors: [],
      plan: undefined,
      ...environment,
    })),
  };
}

/** A change of one component; of an Application for each node, or of one. */
export function groupOf(
  group: Partial<ChangeGroup> & { readonly resources: readonly ResourceChange[] },
): ChangeGroup {
  const { component = 'backend', nodes = ['node-alpha'] } = group;
  const applications =
    nodes.length === 0 ? [`dlt-${component}`] : nodes.map((node) => `dlt-${node}-${component}`);
  return { component, source: 'non-admin', wave: 2, nodes, applications, ...group };
}

/** A resource that changes in some lines, written with their marks. */
export function changeOf(
  resource: Partial<ResourceName>,
  lines: readonly string[],
  change: Partial<ResourceChange> = {},
): ResourceChange {
  return {
    change: 'changed',
    resource: {
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      namespace: 'dlt-node-alpha',
      name: 'backend',
      ...resource,
    },
    fields: [],
    lines: lines.map((line) => ({ mark: line.charAt(0) as DiffLine['mark'], text: line.slice(1) })),
    risks: [],
    ...change,
  };
}

export function riskOf(level: RiskLevel, badge: string, reason: string): Risk {
  return { level, badge, reason };
}

/** Names of many nodes: `node-0001` and on. */
export function manyNodes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${String(index + 1).padStart(4, '0')}`);
}

/** Nothing differs. */
export const emptyReport = reportOf({ environment: 'qa' }, { environment: 'prod' });

const imageLines = [
  ' spec:',
  '   template:',
  '     spec:',
  '       containers:',
  '         - name: backend',
  '-          image: registry.example.com/dlt/backend:3.1.0',
  '+          image: registry.example.com/dlt/backend:3.2.0',
  '           ports:',
  '             - containerPort: 8080',
  '@',
  '   replicas: 2',
  '-  revisionHistoryLimit: 10',
  '+  revisionHistoryLimit: 3',
  ' status: {}',
];

/** A new chart of the backend on 200 nodes, and one of those otherwise. */
export const chartBump = reportOf(
  {
    environment: 'preprod',
    applications: 812,
    rendered: 201,
    versions: [
      { name: 'backend', field: 'chartVersion', from: '3.1.0', to: '3.2.0' },
      { name: 'backend', field: 'imageTag', from: '3.1.0', to: '3.2.0' },
    ],
    groups: [
      groupOf({
        nodes: ['node-special'],
        resources: [
          changeOf(
            { kind: 'StatefulSet', name: 'ledger', namespace: 'dlt-node-special' },
            [
              ' spec:',
              '   serviceName: ledger',
              '   volumeClaimTemplates:',
              '-    - storage: 50Gi',
              '+    - storage: 20Gi',
            ],
            {
              fields: [
                {
                  path: ['spec', 'volumeClaimTemplates', '[name=data]', 'storage'],
                  before: '50Gi',
                  after: '20Gi',
                },
              ],
              risks: [
                riskOf(
                  'high',
                  'immutable field',
                  "StatefulSet's volumeClaimTemplates cannot change",
                ),
                riskOf('high', 'volume shrinks', '50Gi to 20Gi: volumes cannot shrink'),
              ],
            },
          ),
          changeOf({ namespace: 'dlt-node-special' }, imageLines),
        ],
      }),
      groupOf({
        nodes: manyNodes(200),
        resources: [
          changeOf({ namespace: 'dlt-node-0001' }, imageLines, {
            fields: [
              {
                path: ['spec', 'template', 'spec', 'containers', '[name=backend]', 'image'],
                before: 'registry.example.com/dlt/backend:3.1.0',
                after: 'registry.example.com/dlt/backend:3.2.0',
              },
            ],
            risks: [riskOf('low', 'restart', 'the pods of Deployment backend are replaced')],
          }),
          changeOf(
            { group: '', kind: 'ConfigMap', name: 'backend-limits', namespace: 'dlt-node-0001' },
            ['+apiVersion: v1', '+kind: ConfigMap', '+data:', '+  requestsMax: "200"'],
            { change: 'added' },
          ),
        ],
      }),
    ],
    plan: {
      waves: [{ wave: 2, components: ['backend'] }],
      sync: 'manual',
      window: 'open now, until 2026-11-25 16:00 UTC',
    },
  },
  { environment: 'prod', applications: 812, rendered: 0 },
);

/** A node comes, another one goes. */
export const nodesComeAndGo = reportOf({
  environment: 'qa',
  nodesAdded: ['node-new'],
  nodesRemoved: ['node-old'],
  groups: [
    groupOf({
      component: 'namespace',
      source: 'admin',
      wave: 0,
      nodes: ['node-old'],
      resources: [
        changeOf(
          { group: '', kind: 'Namespace', name: 'dlt-node-old', namespace: undefined },
          ['-apiVersion: v1', '-kind: Namespace', '-metadata:', '-  name: dlt-node-old'],
          {
            change: 'removed',
            risks: [
              riskOf('high', 'prune', 'Namespace dlt-node-old is removed; Argo CD deletes it'),
            ],
          },
        ),
      ],
    }),
    groupOf({
      component: 'vault',
      wave: 1,
      nodes: ['node-new'],
      resources: [
        changeOf(
          { group: '', kind: 'Service', name: 'vault', namespace: 'dlt-node-new' },
          ['+apiVersion: v1', '+kind: Service', '+metadata:', '+  name: vault'],
          { change: 'added' },
        ),
      ],
    }),
    groupOf({
      component: 'argocd',
      source: 'files',
      wave: undefined,
      nodes: [],
      resources: [
        changeOf(
          {
            group: 'argoproj.io',
            version: 'v1alpha1',
            kind: 'Application',
            namespace: 'argocd',
            name: 'dlt-root-qa',
          },
          [' spec:', '-  revision: a', '+  revision: b'],
        ),
      ],
    }),
  ],
  plan: {
    waves: [
      { wave: 0, components: ['namespace'] },
      { wave: 1, components: ['vault'] },
    ],
    sync: 'automatic',
    window: 'always open',
  },
});

export function errorOf(error: Partial<DiffError> = {}): DiffError {
  return {
    side: 'head',
    application: 'dlt-node-alpha-backend-qa',
    node: 'node-alpha',
    component: 'backend',
    message: 'Error: template: dlt-backend/templates/deployment.yaml:14:22: nil pointer',
    ...error,
  };
}

/** What cannot be rendered: the same on two nodes, and something else of several lines. */
export const withErrors = reportOf({
  environment: 'qa',
  errors: [
    errorOf(),
    errorOf({ node: 'node-beta', application: 'dlt-node-beta-backend-qa' }),
    errorOf({
      side: 'base',
      application: 'dlt-backup-qa',
      node: undefined,
      component: 'backup',
      message:
        'Error: values do not meet the schema:\n/close\n```\n- schedule: @daily is required\n',
    }),
  ],
});

/** What wants to be something other than text. */
export const nastyTexts = [
  '```',
  '````````\n/close',
  '</details></details><script>alert(1)</script>',
  '</script><script>alert(1)</script><!--',
  '<!-- tidegate -->',
  '/close',
  '\n/merge\n',
  '\r/approve',
  '@all please see #1 !2 ~bug %3 &4 $5 :smile: GL-123 deadbeefcafe',
  '![x](https://evil.example/x.png) https://evil.example www.evil.example a@b.example',
  'a | b \\| c \\` d',
  '`` ` ``',
  ' ` ',
  '\\',
  '\u202eevil\u202c \u2066x\u2069 \u200b\ufeff\u00a0\u00ad\u{e0041}',
  '\u001b[31mred\u009b2J\u0007\u0000\u007f',
  '\ud83d lone \udc00',
  '👩‍👩‍👧 🎉 ❤️ 日本語 e\u0301',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '[link](javascript:alert(1)) **b** _i_ ~~s~~',
  '| --- | --- |',
  '&lt;b&gt; &#64;all',
  '[the artifact]: https://evil.example',
  '>>>\n/close\n>>>',
  'x'.repeat(5_000),
] as const;

/** A report that has a text in every place that has room for one. */
export function reportWith(text: string): DiffReport {
  const line = `+${text}`;
  return {
    base: text,
    head: text,
    environments: [
      {
        environment: text,
        applications: 3,
        rendered: 2,
        nodesAdded: [text],
        nodesRemoved: [text],
        versions: [{ name: text, field: 'imageTag', from: text, to: undefined }],
        groups: [
          groupOf({
            component: text,
            nodes: [text, `${text}2`],
            resources: [
              changeOf(
                { kind: text, name: text, namespace: text },
                [line, ` ${text}`, `@${text}`],
                {
                  fields: [{ path: [text, '[0]'], before: text, after: { [text]: text } }],
                  risks: [riskOf('high', text, text)],
                },
              ),
            ],
          }),
        ],
        errors: [errorOf({ application: text, node: text, component: text, message: text })],
        plan: { waves: [{ wave: 1, components: [text] }], sync: 'manual', window: text },
      },
    ],
  };
}

const texts = fc.oneof(
  fc.constantFrom(...nastyTexts),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
  fc
    .array(fc.constantFrom('`', '\n', '/', '<', '>', '|', '\\', '@', '#', '~', ' ', '*', 'a', '1'))
    .map((characters) => characters.join('')),
);

const risks: fc.Arbitrary<Risk> = fc.record({
  level: fc.constantFrom<RiskLevel>('high', 'medium', 'low'),
  badge: texts,
  reason: texts,
});

const lines: fc.Arbitrary<DiffLine> = fc.record({
  mark: fc.constantFrom<DiffLine['mark']>(' ', '+', '-', '@'),
  text: texts,
});

const resources: fc.Arbitrary<ResourceChange> = fc.record({
  change: fc.constantFrom<ResourceChange['change']>('added', 'removed', 'changed'),
  resource: fc.record({
    group: texts,
    version: texts,
    kind: texts,
    namespace: fc.option(texts, { nil: undefined }),
    name: texts,
  }),
  fields: fc.array(
    fc.record({ path: fc.array(texts, { maxLength: 3 }), before: texts, after: texts }),
    { maxLength: 3 },
  ),
  lines: fc.array(lines, { maxLength: 12 }),
  risks: fc.array(risks, { maxLength: 2 }),
});

const groups: fc.Arbitrary<ChangeGroup> = fc.record({
  component: texts,
  source: fc.constantFrom<ChangeGroup['source']>('non-admin', 'admin', 'files'),
  wave: fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined }),
  nodes: fc.array(texts, { maxLength: 6 }),
  applications: fc.array(texts, { maxLength: 6 }),
  resources: fc.array(resources, { minLength: 1, maxLength: 4 }),
});

const environments: fc.Arbitrary<EnvironmentDiff> = fc.record({
  environment: texts,
  applications: fc.nat(5_000),
  rendered: fc.nat(5_000),
  nodesAdded: fc.array(texts, { maxLength: 3 }),
  nodesRemoved: fc.array(texts, { maxLength: 3 }),
  versions: fc.array(
    fc.record({
      name: texts,
      field: fc.constantFrom<'chartVersion' | 'imageTag'>('chartVersion', 'imageTag'),
      from: fc.option(texts, { nil: undefined }),
      to: fc.option(texts, { nil: undefined }),
    }),
    { maxLength: 2 },
  ),
  groups: fc.array(groups, { maxLength: 5 }),
  errors: fc.array(
    fc.record({
      side: fc.constantFrom<DiffError['side']>('base', 'head'),
      application: texts,
      node: fc.option(texts, { nil: undefined }),
      component: texts,
      message: texts,
    }),
    { maxLength: 3 },
  ),
  notes: fc.array(texts, { maxLength: 2 }),
  plan: fc.option(
    fc.record({
      waves: fc.array(
        fc.record({ wave: fc.nat(3), components: fc.array(texts, { maxLength: 3 }) }),
        {
          maxLength: 3,
        },
      ),
      sync: fc.constantFrom<'automatic' | 'manual'>('automatic', 'manual'),
      window: texts,
    }),
    { nil: undefined },
  ),
});

/** Any report, full of texts that want to be something else. */
export const anyReport: fc.Arbitrary<DiffReport> = fc.record({
  base: texts,
  head: texts,
  environments: fc.array(environments, { maxLength: 3 }),
  isLive: fc.boolean(),
});
