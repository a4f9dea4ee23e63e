{{- define "your-helm-library.projectApplicationTemplate" -}}
apiVersion: your.group/v1
kind: ProjectApplicationTemplate
metadata:
  name: {{ .Values.projectApplicationTemplate.name }}
spec:
  {{- toYaml .Values.projectApplicationTemplate | nindent 2 }}
{{- end }}
