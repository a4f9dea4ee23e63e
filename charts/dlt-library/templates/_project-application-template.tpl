{{/*
The request for a node's namespace. The PAT controller makes an Application of the admin Argo CD from it, which renders
the chart that the wrapping chart's annotations name, in the version they name: a version of the wrapper fixes both.
Only what is set is passed on: no empty field.
*/}}
{{- define "dlt-library.projectApplicationTemplate" -}}
{{- $pat := .Values.projectApplicationTemplate -}}
{{- $namespace := $pat.namespace | required "the namespace is missing: set projectApplicationTemplate.namespace in the node's values-namespace.yaml" -}}
apiVersion: {{ $pat.apiGroup }}/v1
kind: ProjectApplicationTemplate
metadata:
  name: {{ $pat.name | required "the name is missing: set projectApplicationTemplate.name in the node's values-namespace.yaml" | quote }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "dlt-library.labels" (dict "root" . "component" "namespace") | nindent 4 }}
  {{- with include "dlt-library.dataAnnotations" (dict "root" . "own" $pat.dataProtection) }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  project: {{ $pat.project | required "the project is missing: set projectApplicationTemplate.project in common-node-values.yaml" | quote }}
  destination:
    server: {{ $pat.destination.server | quote }}
    namespace: {{ $namespace | quote }}
  source:
    chart: {{ index .Chart.Annotations "tidegate.dev/namespace-chart" | quote }}
    targetRevision: {{ index .Chart.Annotations "tidegate.dev/namespace-chart-version" | quote }}
  {{- with $pat.syncPolicy }}
  syncPolicy:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  values:
    network: {{ $pat.network | default (include "dlt-library.network" .) | quote }}
    dataProtection: {{ include "dlt-library.dataProtection" (dict "root" . "own" $pat.dataProtection) }}
    # Namespace of the Argo CD that deploys into the new namespace: the one this object lives in.
    argocdNamespace: {{ .Release.Namespace | quote }}
    {{- range $key := list "labels" "annotations" "resourceQuota" "limitRange" "rbac" }}
    {{- with index $pat $key }}
    {{ $key }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
{{- end -}}
