import type { FileContent, RenderParameter } from '@tidegate/core';
import fc from 'fast-check';

/** A chart, the values layers and the parameters that it is rendered with. */
export interface GeneratedChart {
  readonly files: Record<string, string>;
  readonly values: readonly FileContent[];
  readonly parameters: readonly RenderParameter[];
}

const key = fc.constantFrom('a', 'b', 'c', 'name', 'list', 'nested', 'flag', 'count');
const scalar = fc.oneof(
  fc.constantFrom('x', '', 'yes', '007', '1e3', 'null', 'with space', 'ünïcode', 'a: b', '# no'),
  fc.integer({ min: -5, max: 5_000_000_000 }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.constant(null),
);
const data = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const map = fc.dictionary(key, data, { maxKeys: 5 });

/** Expressions over values: what charts do with them, and some of what goes wrong. */
const expression = fc.constantFrom(
  '{{ .Values.a | default "none" | quote }}',
  '{{ toYaml .Values | nindent 2 }}',
  '{{ toJson .Values.nested }}',
  '{{ .Values.nested | toYaml | b64enc }}',
  '{{ range $k, $v := .Values.nested }}{{ $k }}={{ kindOf $v }};{{ end }}',
  '{{ with .Values.list }}{{ toJson . }}{{ end }}',
  '{{ len (default list .Values.list) }}',
  '{{ include "probe.name" . }}',
  '{{ tpl (default "{{ .Release.Name }}" .Values.name | toString) . | quote }}',
  '{{ required "a is needed" .Values.a | quote }}',
  '{{ if .Values.flag }}{{ fail "flag is on" }}{{ end }}ok',
  '{{ .Values.count | int64 | add 1 }}',
  '{{ .Values.name | toString | upper | trunc 5 | trimSuffix "-" | squote }}',
  '{{ dict "x" .Values.b | merge (dict "y" 1) | toJson }}',
  '{{ .Values.name | toString | sha256sum }}',
  '{{ .Capabilities.KubeVersion.Minor }}{{ .Capabilities.APIVersions.Has "apps/v1" }}',
  '{{ .Release.Name }}-{{ .Release.Namespace }}-{{ .Release.IsInstall }}-{{ .Chart.Version }}',
  '{{ lookup "v1" "Secret" "x" "y" | toJson }}',
  '{{ .Files.Get "notes.txt" | quote }}',
  '{{ (.Files.Glob "files/*").AsConfig | nindent 2 }}',
  '{{ dig "nested" "a" "deep" .Values.AsMap | quote }}',
  '{{ .Values.missing.deeper }}',
  '{{ semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}',
  '{{ regexReplaceAll "[^a-z]" (.Values.name | toString) "-" | quote }}',
  '{{ list 3 1 2 | sortAlpha | join "," }}{{ untilStep 0 6 2 }}',
  '{{ .Subcharts.sub.Values.port }}',
  '{{ fromYaml "a: [1, 2]" | toJson }}{{ fromJson "{}" | toJson }}{{ toToml (dict "a" 1) | quote }}',
  '{{ ternary "yes" "no" (empty .Values.list) }}{{ coalesce .Values.c .Values.b "z" | quote }}',
  '{{ lower }}',
  '{{ if }}',
  '{{ getHostByName "localhost" | quote }}',
  '{{ mustToJson .Values.list }}{{ (urlParse "https://x.y/z").host }}',
);

const kinds = ['ConfigMap', 'Service', 'Namespace', 'Deployment', 'Unknown', 'ClusterRole', 'Job'];
const hooks = ['', '', '', 'pre-install', 'post-install,post-upgrade', 'test', 'nonsense'];
const document = fc
  .record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom('one', 'two', '{{ include "probe.name" . }}'),
    hook: fc.constantFrom(...hooks),
    weight: fc.constantFrom('', '-5', '10', 'x'),
    expressions: fc.array(expression, { maxLength: 3 }),
    end: fc.constantFrom('', '\n', '\n\n\n', '   \n'),
  })
  .map(({ kind, name, hook, weight, expressions, end }) => {
    const annotations =
      hook === ''
        ? ''
        : `  annotations:\n    helm.sh/hook: ${hook}\n${weight === '' ? '' : `    helm.sh/hook-weight: "${weight}"\n`}`;
    const lines = expressions.map((text, index) => `v${index}: ${text}\n`);
    return `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${annotations}${lines.join('')}${end}`;
  });
const template = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(document, { minLength: 1, maxLength: 3 }).map((all) => all.join('---\n')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '\n', '# only a comment\n', 'a: b: c\n', '- a\n- b\n', '---\n'),
  },
);

const schema = fc.constantFrom(
  undefined,
  undefined,
  { type: 'object', properties: { count: { type: 'integer' }, name: { type: 'string' } } },
  {
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'object', 'array', 'boolean', 'null'] },
  },
  { type: 'object', required: ['a'] },
);

const chartYaml = (extra: string): string =>
  `apiVersion: v2\nname: probe\nversion: 1.0.0\n${extra}`;

export const chartFiles: fc.Arbitrary<GeneratedChart> = fc
  .record({
    templates: fc.array(template, { minLength: 1, maxLength: 3 }),
    defaults: map,
    layers: fc.array(map, { maxLength: 3 }),
    parameters: fc.array(
      fc.record({
        name: fc.constantFrom('a', 'nested.a', 'list[0]', 'sub.enabled', 'b'),
        value: fc.constantFrom('1', 'true', 'x,y', '{p,q}', '', 'null', '007'),
        forceString: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    schema,
    hasSub: fc.boolean(),
    hasCrd: fc.boolean(),
    kubeVersion: fc.constantFrom('', '', 'kubeVersion: ">=1.20.0-0"\n', 'kubeVersion: "<1.20.0"\n'),
  })
  .map((parts) => ({
    files: {
      'Chart.yaml': chartYaml(
        `${parts.kubeVersion}${parts.hasSub ? 'dependencies: [{name: sub, version: 1.0.0, condition: sub.enabled, tags: [extra]}]\n' : ''}`,
      ),
      'values.yaml': `${JSON.stringify(parts.defaults)}\n`,
      'templates/_helpers.tpl': '{{- define "probe.name" -}}{{ .Release.Name }}-probe{{- end -}}',
      'templates/NOTES.txt': 'Installed {{ .Release.Name }}.\n',
      'notes.txt': 'some "notes"\n',
      'files/one.txt': 'one\n',
      ...Object.fromEntries(
        parts.templates.map((text, index) => [`templates/t${index}.yaml`, text]),
      ),
      ...(parts.schema === undefined ? {} : { 'values.schema.json': JSON.stringify(parts.schema) }),
      ...(parts.hasCrd ? { 'crds/crd.yaml': 'kind: CustomResourceDefinition\n\n' } : {}),
      ...(parts.hasSub
        ? {
            'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
            'charts/sub/values.yaml': 'port: 80\nglobal: {x: 1}\n',
            'charts/sub/templates/s.yaml':
              'apiVersion: v1\nkind: Service\nmetadata: {name: sub}\nport: {{ .Values.port }}\nx: {{ .Values.global | toJson }}\n',
          }
        : {}),
    },
    values: parts.layers.map((layer, index) => ({
      path: `layers/${index}.yaml`,
      content: JSON.stringify(layer),
    })),
    parameters: parts.parameters,
  }));
