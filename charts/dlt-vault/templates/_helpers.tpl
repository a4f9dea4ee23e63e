{{/* What every call of the library's label helpers passes. */}}
{{- define "dlt-vault.labels" -}}
{{- include "dlt-library.labels" (dict "root" . "component" "vault") -}}
{{- end -}}

{{- define "dlt-vault.selectorLabels" -}}
{{- include "dlt-library.selectorLabels" (dict "root" . "component" "vault") -}}
{{- end -}}

{{- define "dlt-vault.replicas" -}}
{{- ternary .Values.vault.server.ha.replicas 1 .Values.vault.server.ha.enabled -}}
{{- end -}}

{{/* "true" when a sealed server counts as ready. */}}
{{- define "dlt-vault.readyWhenSealed" -}}
{{- $server := .Values.vault.server -}}
{{- kindIs "invalid" $server.readyWhenSealed | ternary (not $server.ha.enabled) $server.readyWhenSealed -}}
{{- end -}}

{{/* Query that makes /v1/sys/health accept a server that is sealed or was never initialised. */}}
{{- define "dlt-vault.aliveQuery" -}}
standbyok=true&perfstandbyok=true&sealedcode=204&uninitcode=204
{{- end -}}

{{- define "dlt-vault.readyQuery" -}}
{{- if eq (include "dlt-vault.readyWhenSealed" .) "true" -}}
{{- include "dlt-vault.aliveQuery" . -}}
{{- else -}}
standbyok=true&perfstandbyok=true
{{- end -}}
{{- end -}}

{{/* The server's configuration, rendered once for the ConfigMap and for its checksum. */}}
{{- define "dlt-vault.serverConfig" -}}
{{- $server := .Values.vault.server -}}
ui            = {{ $server.ui }}
disable_mlock = true
log_level     = {{ $server.logLevel | quote }}
{{- range $server.extraEnv }}
{{- if and (eq .name "VAULT_CLUSTER_NAME") .value }}
cluster_name  = {{ .value | quote }}
{{- end }}
{{- end }}

listener "tcp" {
  address         = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_disable     = true
}

storage "raft" {
  path = "/vault/data"
{{- if $server.ha.enabled }}
{{- range $ordinal := until (int $server.ha.replicas) }}

  retry_join {
    leader_api_addr = "http://vault-{{ $ordinal }}.vault-internal:8200"
  }
{{- end }}
{{- end }}
}
{{- end -}}

{{/* The agent's configuration: log in with the pod's projected token, keep the token in a file, write the secrets. */}}
{{- define "dlt-vault.agentConfig" -}}
{{- $injector := .Values.vault.injector -}}
vault {
  address = "http://vault:8200"
}

auto_auth {
  method "jwt" {
    mount_path = {{ $injector.authPath | quote }}
    config = {
      path                     = "/var/run/secrets/vault/token"
      role                     = {{ $injector.role | quote }}
      remove_jwt_after_reading = false
    }
  }

  sink "file" {
    config = {
      path = "/vault/secrets/token"
      mode = 0640
    }
  }
}
{{- range $injector.secrets }}

template {
  destination = "/vault/secrets/{{ .file }}"
  perms       = "0640"
  contents    = {{ printf "{{ with secret %q }}{{ or .Data.data .Data | toJSON }}{{ end }}" .path | quote }}
}
{{- end }}
{{- end -}}
