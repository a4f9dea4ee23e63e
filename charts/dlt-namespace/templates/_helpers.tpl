{{/* Labels of every object here. */}}
{{- define "dlt-namespace.labels" -}}
{{- include "dlt-library.selectorLabels" (dict "root" . "component" "namespace") }}
app.kubernetes.io/part-of: {{ .Values.network }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
