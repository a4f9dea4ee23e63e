{{/* What every call of the library's label helpers passes. */}}
{{- define "dlt-frontend.labels" -}}
{{- include "dlt-library.labels" (dict "root" . "component" "frontend") -}}
{{- end -}}

{{- define "dlt-frontend.selectorLabels" -}}
{{- include "dlt-library.selectorLabels" (dict "root" . "component" "frontend") -}}
{{- end -}}

{{- define "dlt-frontend.host" -}}
{{- .Values.frontend.ingress.host | required "the Ingress has no host name: set frontend.ingress.host" -}}
{{- end -}}
