{{/* Name of every object here, as the specification names the Job. */}}
{{- define "dlt-backup.name" -}}
{{- printf "%s-backup" .Release.Name -}}
{{- end -}}

{{/* What every call of the library's label helpers passes. */}}
{{- define "dlt-backup.labels" -}}
{{- include "dlt-library.labels" (dict "root" . "component" "backup") -}}
{{- end -}}

{{- define "dlt-backup.selectorLabels" -}}
{{- include "dlt-library.selectorLabels" (dict "root" . "component" "backup") -}}
{{- end -}}

{{/*
Annotations of a hook: dict "wave" "-1". All objects here are hooks: a PreSync hook runs before any ordinary object of
the Application exists, so what the Job needs has to come in the same phase.
*/}}
{{- define "dlt-backup.hook" -}}
argocd.argoproj.io/hook: PreSync
argocd.argoproj.io/hook-delete-policy: BeforeHookCreation
argocd.argoproj.io/sync-wave: {{ .wave | quote }}
{{- end -}}

{{/* Folder of a file:// target, empty for any other. */}}
{{- define "dlt-backup.targetFolder" -}}
{{- if hasPrefix "file://" .Values.backup.target -}}
{{- trimPrefix "file://" .Values.backup.target -}}
{{- end -}}
{{- end -}}

{{/*
What is backed up, as the image reads it: one source a line, fields parted by tabs.
Volumes are not here: they are the folders below /sources.
*/}}
{{- define "dlt-backup.sources" -}}
{{- range .Values.backup.exports }}
{{ list "export" .name .url | join "\t" }}
{{- end }}
{{- if .Values.backup.vault.enabled }}
{{ list "vault" .Values.backup.vault.url | join "\t" }}
{{- end }}
{{- range .Values.backup.databases }}
{{ list "database" .name .host (default 5432 .port | toString) .database .user (default "" .passwordKey) | join "\t" }}
{{- end }}
{{- end -}}

{{/* Refuses values that contradict each other, before any Job fails for them. */}}
{{- define "dlt-backup.check" -}}
{{- $backup := .Values.backup -}}
{{- $folder := include "dlt-backup.targetFolder" . -}}
{{- if not $backup.env -}}
{{- fail "the environment is missing: set backup.env in envs/<env>/backup/values.yaml" -}}
{{- end -}}
{{- if not $backup.target -}}
{{- fail "the target is missing: set backup.target in envs/<env>/backup/values.yaml to s3://... or file:///..." -}}
{{- end -}}
{{- if and $folder (not $backup.targetClaim) -}}
{{- fail (printf "the target %s needs a volume: set backup.targetClaim to a claim of the backup namespace" $backup.target) -}}
{{- end -}}
{{- if and $backup.targetClaim (not $folder) -}}
{{- fail (printf "backup.targetClaim is only for a file:// target, not for %s" $backup.target) -}}
{{- end -}}
{{- if has ".." (splitList "/" $folder) -}}
{{- fail (printf "the target %s must not contain .." $backup.target) -}}
{{- end -}}
{{- range $reserved := list "/etc/backup" "/etc/backup-credentials" "/opt/backup" "/sources" "/staging" "/tmp" -}}
{{- if or (eq $folder $reserved) (hasPrefix (printf "%s/" $reserved) $folder) -}}
{{- fail (printf "backup.target cannot be below %s, which the Job uses itself" $reserved) -}}
{{- end -}}
{{- end -}}
{{- if and $backup.vault.enabled (not $backup.existingSecret) -}}
{{- fail "backup.vault needs a token: set backup.existingSecret to a Secret of the backup namespace" -}}
{{- end -}}
{{- range $backup.databases -}}
{{- if and .passwordKey (not $backup.existingSecret) -}}
{{- fail (printf "database %s of backup.databases needs its password: set backup.existingSecret" .name) -}}
{{- end -}}
{{- end -}}
{{- range $key := list "exports" "databases" "volumes" -}}
{{- $names := list -}}
{{- range index $backup $key -}}
{{- if has .name $names -}}
{{- fail (printf "backup.%s has two entries named %s" $key .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- end -}}
