{{/* Image of one of the services: dict "root" $ "component" "postgres" */}}
{{- define "dlt-shared-services.image" -}}
{{- $image := (index .root.Values "shared-services").image -}}
{{- $values := dict "repository" (printf "%s/%s" $image.repository .component) "pullPolicy" $image.pullPolicy -}}
{{- include "dlt-library.image" (dict "root" .root "values" $values "path" (list "shared-services" "imageTag") "what" "shared-services") -}}
{{- end -}}

{{/* ServiceAccount, Services and NetworkPolicy, alike for both: dict "root" $ "component" "postgres" "port" 5432 */}}
{{- define "dlt-shared-services.surroundings" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $shared := index .root.Values "shared-services" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .component }}
  namespace: {{ $namespace }}
  labels:
    {{- include "dlt-library.labels" . | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .component }}
  namespace: {{ $namespace }}
  labels:
    {{- include "dlt-library.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  selector:
    {{- include "dlt-library.selectorLabels" . | nindent 4 }}
  ports:
    - name: {{ .component }}
      port: {{ .port }}
      targetPort: {{ .component }}
      protocol: TCP
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .component }}-headless
  namespace: {{ $namespace }}
  labels:
    {{- include "dlt-library.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  clusterIP: None
  selector:
    {{- include "dlt-library.selectorLabels" . | nindent 4 }}
  ports:
    - name: {{ .component }}
      port: {{ .port }}
      targetPort: {{ .component }}
      protocol: TCP
{{- if $shared.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .component }}
  namespace: {{ $namespace }}
  labels:
    {{- include "dlt-library.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "dlt-library.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              tidegate.dev/network: {{ include "dlt-library.network" .root | quote }}
          podSelector:
            matchLabels:
              app.kubernetes.io/component: backend
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ include "dlt-library.backupNamespace" (dict "root" .root "own" $shared.backupNamespace) | quote }}
      ports:
        - protocol: TCP
          port: {{ .port }}
    {{- with $shared.networkPolicy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    {{- include "dlt-library.dnsEgress" .root | nindent 4 }}
    {{- with $shared.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Head of a StatefulSet of one pod, up to its selector: dict "root" $ "component" "postgres" */}}
{{- define "dlt-shared-services.statefulSetHead" -}}
{{- $shared := index .root.Values "shared-services" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "dlt-library.labels" . | nindent 4 }}
  {{- with include "dlt-library.dataAnnotations" (dict "root" .root "own" $shared.dataProtection) }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  serviceName: {{ .component }}-headless
  replicas: 1
  # With OrderedReady a pod that never gets ready would not be replaced by a corrected release.
  podManagementPolicy: Parallel
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: {{ eq (include "dlt-library.dataProtection" (dict "root" .root "own" $shared.dataProtection)) "retain" | ternary "Retain" "Delete" }}
    whenScaled: Retain
  selector:
    matchLabels:
      {{- include "dlt-library.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Volume claim of one of the services: dict "root" $ "component" "postgres" "storage" its values */}}
{{- define "dlt-shared-services.volumeClaim" -}}
{{- $shared := index .root.Values "shared-services" -}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: data
    labels:
      {{- include "dlt-library.selectorLabels" . | nindent 6 }}
    {{- with include "dlt-library.dataAnnotations" (dict "root" .root "own" $shared.dataProtection) }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    accessModes: [ReadWriteOnce]
    volumeMode: Filesystem
    {{- with .storage.storageClass }}
    storageClassName: {{ . | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ .storage.size | quote }}
{{- end -}}

{{/* The queue's configuration, rendered once for the ConfigMap and for its checksum. */}}
{{- define "dlt-shared-services.queueConfig" -}}
{{- $queue := (index .Values "shared-services").queue -}}
port: 4222
http_port: 8222
server_name: queue
max_payload: {{ $queue.maxPayload }}
jetstream {
  store_dir: /data
}
{{- if $queue.existingSecret }}
include ../queue-auth/auth.conf
{{- end }}
{{- end -}}
