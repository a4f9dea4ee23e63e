{{/*
Image of a container: dict "root" $ "values" its values with `repository`
"path" where the tag stands in versions/<env>.yaml, such as (list "dlt-node" "backend" "imageTag")
"what" the component, for the message when the tag is missing. The keys have hyphens, which `.Values.dlt-node` cannot read.
*/}}
{{- define "dlt-library.image" -}}
{{- $tag := .root.Values.AsMap -}}
{{- range $key := .path -}}
{{- $tag = kindIs "map" $tag | ternary (get ($tag | default dict) $key) nil -}}
{{- end -}}
{{- if not $tag -}}
{{- fail (printf "the image tag of %s is missing: expected %s in versions/<env>.yaml" .what (join "." .path)) -}}
{{- end -}}
{{- printf "%s:%s" .values.repository (toString $tag) | quote -}}
{{- end -}}

{{/* Security context of a pod, as the restricted Pod Security Standard asks. */}}
{{- define "dlt-library.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
# Volumes of a chain have millions of files: change their owner only when the root folder's is wrong.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Security context of a container, as the restricted Pod Security Standard asks. */}}
{{- define "dlt-library.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Egress rule of a NetworkPolicy that lets pods ask the cluster's DNS. */}}
{{- define "dlt-library.dnsEgress" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ dig "global" "dnsNamespace" "" .Values.AsMap | default "kube-system" | quote }}
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end -}}
