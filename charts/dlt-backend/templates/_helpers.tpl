{{/* What every call of the library's label helpers passes. */}}
{{- define "dlt-backend.labels" -}}
{{- include "dlt-library.labels" (dict "root" . "component" "backend") -}}
{{- end -}}

{{- define "dlt-backend.selectorLabels" -}}
{{- include "dlt-library.selectorLabels" (dict "root" . "component" "backend") -}}
{{- end -}}

{{- define "dlt-backend.nodeId" -}}
{{- .Values.backend.node.id | required "the node's id is missing: set backend.node.id in the node's values-backend.yaml" -}}
{{- end -}}

{{- define "dlt-backend.genesisConfigMap" -}}
{{- .Values.backend.chain.genesisConfigMap | required "the genesis block is missing: set backend.chain.genesisConfigMap in common-node-values.yaml to a ConfigMap of the node's namespace" -}}
{{- end -}}

{{/* "true" when a Vault agent runs beside the node. */}}
{{- define "dlt-backend.agentEnabled" -}}
{{- $own := .Values.backend.vault.agent.enabled -}}
{{- $injector := dig "injector" "enabled" false (.Values.vault | default dict) -}}
{{- and .Values.backend.vault.address (kindIs "invalid" $own | ternary $injector $own) | empty | not -}}
{{- end -}}

{{/* Host of a shared service: dict "root" $ "service" its values "name" the Service in the shared namespace. */}}
{{- define "dlt-backend.sharedHost" -}}
{{- .service.host | default (printf "%s.%s.svc.cluster.local" .name (include "dlt-library.sharedNamespace" (dict "root" .root "own" .root.Values.backend.sharedServices.namespace))) -}}
{{- end -}}

{{/* The node's configuration, rendered once for the ConfigMap and for its checksum. */}}
{{- define "dlt-backend.config" -}}
{{- $backend := .Values.backend -}}
{{- $id := include "dlt-backend.nodeId" . -}}
node:
  id: {{ $id | quote }}
  role: {{ $backend.node.role }}
  advertise: node-{{ $id }}.{{ .Release.Namespace }}.svc.cluster.local:{{ $backend.ports.p2p }}
  dataDir: /data
chain:
  networkId: {{ $backend.chain.networkId | quote }}
  genesisFile: /etc/dlt/genesis/genesis.json
  consensusTimeout: {{ $backend.chain.consensusTimeout }}
listen:
  http: ":{{ $backend.ports.http }}"
  p2p: ":{{ $backend.ports.p2p }}"
{{- if $backend.node.peers }}
peers:
{{- range $peer := $backend.node.peers }}
  - {{ regexMatch ":[0-9]+$" $peer | ternary $peer (printf "%s:%v" $peer $backend.ports.p2p) | quote }}
{{- end }}
{{- else }}
peers: []
{{- end }}
{{- with $backend.vault.address }}
vault:
  address: {{ . | quote }}
{{- end }}
{{- with $backend.sharedServices.database }}
{{- if .enabled }}
database:
  host: {{ include "dlt-backend.sharedHost" (dict "root" $ "service" . "name" "postgres") | quote }}
  port: {{ .port }}
  name: {{ .name | quote }}
  user: {{ .user | quote }}
{{- end }}
{{- end }}
{{- with $backend.sharedServices.queue }}
{{- if .enabled }}
queue:
  url: {{ printf "nats://%s:%v" (include "dlt-backend.sharedHost" (dict "root" $ "service" . "name" "queue")) .port | quote }}
{{- end }}
{{- end }}
{{- end -}}
