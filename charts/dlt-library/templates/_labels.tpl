{{/*
Labels that select the pods of a component: dict "root" $ "component" "backend".
They are part of immutable selectors: nothing in them may change between releases.
*/}}
{{- define "dlt-library.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/*
Labels of every object, pods included: dict "root" $ "component" "backend".
Neither chart version nor release number is among them, or pods would restart for a number.
*/}}
{{- define "dlt-library.labels" -}}
{{ include "dlt-library.selectorLabels" . }}
app.kubernetes.io/part-of: {{ include "dlt-library.network" .root }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{/* Name of the network: global.network. */}}
{{- define "dlt-library.network" -}}
{{- dig "global" "network" "" .Values.AsMap | default "dlt" -}}
{{- end -}}

{{/*
Namespace of the backup Jobs: dict "root" $ "own" the chart's value. Empty: global.backupNamespace, or <network>-ops.
*/}}
{{- define "dlt-library.backupNamespace" -}}
{{- .own | default (dig "global" "backupNamespace" "" .root.Values.AsMap) | default (printf "%s-ops" (include "dlt-library.network" .root)) -}}
{{- end -}}

{{/*
Namespace of the shared services: dict "root" $ "own" the chart's value. Empty: global.sharedNamespace, or
<network>-shared.
*/}}
{{- define "dlt-library.sharedNamespace" -}}
{{- .own | default (dig "global" "sharedNamespace" "" .root.Values.AsMap) | default (printf "%s-shared" (include "dlt-library.network" .root)) -}}
{{- end -}}

{{/*
retain or delete: dict "root" $ "own" the chart's value. What the manifests say, global.dataProtection, goes before it:
one environment has one answer, and it is in tidegate.yaml.
*/}}
{{- define "dlt-library.dataProtection" -}}
{{- dig "global" "dataProtection" "" .root.Values.AsMap | default .own | default "retain" -}}
{{- end -}}

{{/*
Annotations of what holds data: dict "root" $ "own" the chart's dataProtection. Empty for "delete".
IgnoreExtraneous: an object that left Git and stays in the cluster does not make its Application OutOfSync for ever.
*/}}
{{- define "dlt-library.dataAnnotations" -}}
{{- if eq (include "dlt-library.dataProtection" .) "retain" -}}
argocd.argoproj.io/sync-options: Prune=false,Delete=false
argocd.argoproj.io/compare-options: IgnoreExtraneous
{{- end -}}
{{- end -}}
