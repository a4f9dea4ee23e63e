#!/bin/sh
# Backs up a network: what its nodes export, their Vaults, databases and volumes. See docs/guide/backup.md.
# Exit codes: 0 published, or nothing to back up yet; 1 failed, nothing published; 2 wrong input.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

SOURCES_FILE=${SOURCES_FILE:-/etc/backup/sources}
SOURCES_DIR=${SOURCES_DIR:-/sources}
CREDENTIALS_DIR=${CREDENTIALS_DIR:-/etc/backup-credentials}
STAGING_DIR=${STAGING_DIR:-/staging}
DNS_PROBE=${DNS_PROBE:-kubernetes.default.svc}
HTTP_CONNECT_SECONDS=${HTTP_CONNECT_SECONDS:-10}
HTTP_STALL_SECONDS=${HTTP_STALL_SECONDS:-300}
VERIFY=${VERIFY:-content}

BACKUP=''
PUBLISHED=no
SAVED=0

clean_up() {
  status=$?
  trap - EXIT INT TERM
  if [ -n "$BACKUP" ] && [ "$PUBLISHED" = no ]; then
    (target_drop "$BACKUP") || warn "could not remove the unfinished backup $BACKUP"
  fi
  rm -rf "${WORK:-}" "${STAGED:-}"
  [ "$status" -eq 0 ] || [ "$PUBLISHED" = yes ] || printf 'Nothing was published.\n' >&2
  exit "$status"
}

check_input() {
  matches "${ENV:-}" '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' ||
    fail 'ENV is missing or no name of an environment: expected lower-case letters, digits and hyphens' 2
  matches "${RETENTION:-}" '^(0|[1-9][0-9]{0,4}[hdw])?$' ||
    fail 'RETENTION is no time: expected such as 12h, 7d or 4w, or 0 to keep everything' 2
  matches "${NAMESPACES:-}" '^[-a-z0-9 ]*$' || fail 'NAMESPACES is no list of namespaces, parted by spaces' 2
  matches "${SKIP:-}" '^[-a-z0-9 ]*$' || fail 'SKIP is no list of namespaces, parted by spaces' 2
  case $VERIFY in
    content | size) ;;
    *) fail 'VERIFY is neither content nor size' 2 ;;
  esac
}

# --- Names and addresses ----------------------------------------------------------------------------------------------

# A host that does not resolve is only "not there yet" when it is a Service of the cluster and the cluster's DNS works.
resolves() {
  case $1 in
    localhost | \[*) return 0 ;;
    *[!0-9.]*) ;;
    *) return 0 ;;
  esac
  for attempt in 1 2 3; do
    if getent ahosts "$1" >/dev/null 2>&1; then return 0; fi
    getent ahosts "$DNS_PROBE" >/dev/null 2>&1 ||
      fail "DNS does not work: neither $1 nor $DNS_PROBE resolves"
    [ "$attempt" = 3 ] || sleep 0.2
  done
  case $1 in
    *.svc | *.svc.*) return 1 ;;
  esac
  fail "$1 does not resolve"
}

host_of() {
  printf '%s\n' "$1" | sed -e 's,^https*://,,' -e 's,[/?#].*,,' -e 's,:[0-9]*$,,'
}

check_url() {
  matches "$1" '^https?://[^/@[:space:]]+(/[^[:space:]]*)?$' ||
    fail "a source of kind $2 has no usable URL: expected http:// or https:// without credentials" 2
}

# What is shown of a URL: no query, which may hold a token.
shown_url() {
  printf '%s\n' "${1%%[?#]*}"
}

with_namespace() {
  printf '%s\n' "$1" | sed "s/{namespace}/$2/g"
}

# http OUTPUT_FILE URL [curl options]: sets HTTP_STATUS.
http() {
  http_output=$1
  http_url=$2
  shift 2
  HTTP_STATUS=$(
    curl --disable --silent --show-error --globoff --noproxy '*' --proto '=http,https' \
      --connect-timeout "$HTTP_CONNECT_SECONDS" --speed-limit 1 --speed-time "$HTTP_STALL_SECONDS" \
      --output "$http_output" --write-out '%{http_code}' "$@" --url "$http_url" </dev/null
  ) || fail "$(shown_url "$http_url") does not answer in full; a node that stays broken can be left out with backup.skip"
}

# --- Credentials ------------------------------------------------------------------------------------------------------

# secret KEY: sets SECRET; fails unless it is one line.
secret() {
  [ -f "$CREDENTIALS_DIR/$1" ] || fail "the Secret has no key $1"
  SECRET=$(cat "$CREDENTIALS_DIR/$1")
  case $SECRET in
    '') fail "the key $1 of the Secret is empty" ;;
    *[[:cntrl:]]*) fail "the key $1 of the Secret is not one line of text" ;;
  esac
}

# --- Saving -----------------------------------------------------------------------------------------------------------

claim_name() {
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    claim_candidate=$(date -u +%Y%m%dT%H%M%SZ)-$ENV
    if target_claim "$claim_candidate"; then
      BACKUP=$claim_candidate
      return
    fi
    # A different wait in each run.
    sleep "1.$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')"
  done
  fail "no free name after $attempt tries: other backups of $ENV are running"
}

# save PATH KIND SOURCE: moves $STAGED/file into the backup.
save() {
  save_size=$(stat -c %s "$STAGED/file")
  [ "$save_size" -gt 0 ] || fail "$1 is empty"
  save_sum=$(sha256_of_stdin <"$STAGED/file")
  [ -n "$BACKUP" ] || claim_name
  target_put "$BACKUP" "$1" "$STAGED/file" || fail "$1 could not be written to the target"
  if [ "$TARGET_KIND" = file ] || [ "$VERIFY" = content ]; then
    [ "$(target_read_unpublished "$BACKUP" "$1" | sha256_of_stdin)" = "$save_sum" ] ||
      fail "$1 reads back differently from the target"
  fi
  printf '    {"path": %s, "kind": "%s", "size": %s, "sha256": "%s", "source": %s}\n' \
    "$(json_text "$1")" "$2" "$save_size" "$save_sum" "$(json_text "$3")" >>"$WORK/files"
  printf '%s\t%s\n' "$1" "$save_size" >>"$WORK/sizes"
  rm -f "$STAGED/file"
  SAVED=$((SAVED + 1))
  note "saved $1 ($save_size bytes)"
}

# absent PATH REASON: not in this backup, so that retention keeps the newest backup that has it.
absent() {
  printf '%s\t%s\n' "$1" "$2" >>"$WORK/absent"
  note "not in this backup: $1, $2"
}

skipped() {
  case " ${SKIP:-} " in
    *" $1 "*) return 0 ;;
  esac
  return 1
}

# --- Kinds of sources -------------------------------------------------------------------------------------------------

back_up_export() { # NAMESPACE NAME URL
  export_path="exports/$1/$2"
  if ! resolves "$(host_of "$3")"; then
    absent "$export_path" "nothing yet: $(host_of "$3") does not exist"
    return
  fi
  http "$STAGED/file" "$3"
  case $HTTP_STATUS in
    200) save "$export_path" export "$(shown_url "$3")" ;;
    204) absent "$export_path" "nothing yet: $(shown_url "$3") has no content" ;;
    *) fail "$(shown_url "$3") answers with status $HTTP_STATUS" ;;
  esac
}

back_up_vault() { # NAMESPACE URL
  vault_path="vault/$1.snap"
  vault_base=${2%/v1/sys/storage/raft/snapshot}
  if ! resolves "$(host_of "$2")"; then
    absent "$vault_path" "nothing yet: $(host_of "$2") does not exist"
    return
  fi
  http /dev/null "$vault_base/v1/sys/health"
  case $HTTP_STATUS in
    200 | 429 | 472 | 473) ;;
    501)
      absent "$vault_path" "nothing yet: the Vault of $1 is not initialised"
      return
      ;;
    503) fail "the Vault of $1 is sealed: unseal it, or leave the node out with backup.skip" ;;
    *) fail "the Vault of $1 answers with status $HTTP_STATUS instead of its health" ;;
  esac
  vault_key="vault-token-$1"
  [ -f "$CREDENTIALS_DIR/$vault_key" ] || vault_key=vault-token
  secret "$vault_key"
  printf 'X-Vault-Token: %s\n' "$SECRET" >"$WORK/header"
  # A standby sends its clients to the active server.
  http "$STAGED/file" "$2" --location --max-redirs 1 --proto-redir '=http,https' --header "@$WORK/header"
  rm -f "$WORK/header"
  case $HTTP_STATUS in
    200) ;;
    403) fail "the Vault of $1 refuses the token of the key $vault_key" ;;
    *) fail "the Vault of $1 answers with status $HTTP_STATUS to the request for a snapshot" ;;
  esac
  # Vault reports an error in the middle of a snapshot only by ending it.
  tar -tzf "$STAGED/file" >"$WORK/snapshot" 2>/dev/null && grep -Eq '^(\./)?SHA256SUMS' "$WORK/snapshot" ||
    fail "the snapshot of the Vault of $1 is incomplete"
  save "$vault_path" vault "$2"
}

back_up_database() { # NAME HOST PORT DATABASE USER [PASSWORD_KEY]
  database_path="databases/$1.dump"
  if ! resolves "$2"; then
    absent "$database_path" "nothing yet: $2 does not exist"
    return
  fi
  if [ -n "$6" ]; then
    secret "$6"
    printf '*:*:*:*:%s\n' "$(printf '%s' "$SECRET" | sed 's/[\\:]/\\&/g')" >"$WORK/pgpass"
  else
    : >"$WORK/pgpass"
  fi
  PGPASSFILE="$WORK/pgpass" PGCONNECT_TIMEOUT="$HTTP_CONNECT_SECONDS" pg_dump --no-password \
    --format=custom --host="$2" --port="$3" --username="$5" --dbname="$4" --file="$STAGED/file" \
    </dev/null || fail "database $1 on $2 could not be dumped"
  rm -f "$WORK/pgpass"
  pg_restore --list "$STAGED/file" >/dev/null || fail "the dump of database $1 cannot be read"
  save "$database_path" database "postgresql://$2:$3/$4"
}

back_up_volume() { # FOLDER
  volume_name=${1##*/}
  matches "volumes/$volume_name.tar.gz" "$PATH_PATTERN" ||
    fail "a volume below $SOURCES_DIR has a name that is no name of a claim"
  if [ -L "$1" ] || [ ! -d "$1" ]; then fail "volume $volume_name is no folder"; fi
  set -- "$1"
  # The file system's own, readable by root only, and there again in a new volume.
  if [ -d "$1/lost+found" ] && { [ ! -r "$1/lost+found" ] || [ -z "$(ls -A "$1/lost+found")" ]; }; then
    set -- "$1" --anchored --exclude=./lost+found
  fi
  volume_folder=$1
  shift
  tar --create --gzip --format=posix --sort=name --sparse --numeric-owner "$@" \
    --file="$STAGED/file" --directory="$volume_folder" . </dev/null ||
    fail "volume $volume_name could not be read in full, or changed meanwhile"
  save "volumes/$volume_name.tar.gz" volume "$volume_folder"
}

back_up_nodes() { # KIND NAME URL
  for namespace in ${NAMESPACES:-}; do
    node_url=$(with_namespace "$3" "$namespace")
    case $1 in
      export) node_path="exports/$namespace/$2" ;;
      *) node_path="vault/$namespace.snap" ;;
    esac
    if skipped "$namespace"; then
      absent "$node_path" 'left out by SKIP'
    elif [ "$1" = export ]; then
      back_up_export "$namespace" "$2" "$node_url"
    else
      back_up_vault "$namespace" "$node_url"
    fi
  done
}

back_up_listed() {
  [ -f "$SOURCES_FILE" ] || return 0
  while IFS="$TAB" read -r kind first second third fourth fifth sixth <&3 || [ -n "$kind" ]; do
    case $kind in
      '' | '#'*) ;;
      export)
        matches "$first" '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' || fail 'an export has no usable name' 2
        check_url "$second" export
        back_up_nodes export "$first" "$second"
        ;;
      vault)
        check_url "$first" vault
        case $first in
          */v1/sys/storage/raft/snapshot) ;;
          *) fail 'the URL of Vault does not end in /v1/sys/storage/raft/snapshot' 2 ;;
        esac
        back_up_nodes vault vault "$first"
        ;;
      database)
        matches "$first" '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' || fail 'a database has no usable name' 2
        matches "$third" '^[0-9]+$' || fail "database $first has no port" 2
        matches "$sixth" '^[-._a-zA-Z0-9]*$' || fail "database $first has no usable key of its password" 2
        back_up_database "$first" "$second" "$third" "$fourth" "$fifth" "$sixth"
        ;;
      *) fail "a source of kind $kind is unknown: expected export, vault or database" 2 ;;
    esac
    kind=''
  done 3<"$SOURCES_FILE"
}

back_up_volumes() {
  [ -d "$SOURCES_DIR" ] || return 0
  for folder in "$SOURCES_DIR"/*; do
    [ -e "$folder" ] || [ -L "$folder" ] || continue
    back_up_volume "$folder"
  done
}

# --- The end ----------------------------------------------------------------------------------------------------------

with_commas() {
  sed '$!s/$/,/'
}

write_manifest() {
  created=$(printf '%s' "$BACKUP" | sed 's/^\(....\)\(..\)\(..\)T\(..\)\(..\)\(..\)Z.*/\1-\2-\3T\4:\5:\6Z/')
  printf '{\n  "version": 1,\n  "name": "%s",\n  "environment": "%s",\n  "created": "%s",\n' \
    "$BACKUP" "$ENV" "$created"
  printf '  "fileCount": %s,\n  "files": [\n' "$SAVED"
  with_commas <"$WORK/files"
  printf '  ],\n  "absent": [\n'
  while IFS="$TAB" read -r absent_path absent_reason; do
    printf '    {"missing": %s, "reason": %s}\n' "$(json_text "$absent_path")" "$(json_text "$absent_reason")"
  done <"$WORK/absent" | with_commas
  printf '  ]\n}\n'
}

publish() {
  # One path twice would mean that one file overwrote another.
  sort "$WORK/sizes" >"$WORK/expected"
  target_unpublished_files "$BACKUP" >"$WORK/found"
  cmp -s "$WORK/expected" "$WORK/found" || fail 'the target holds other files or sizes than were written'
  write_manifest >"$WORK/manifest"
  manifest_files "$WORK/manifest" >/dev/null || fail 'the manifest is unusable'
  target_publish "$BACKUP" "$WORK/manifest" || fail 'the manifest could not be written to the target'
  PUBLISHED=yes
  note "published $BACKUP with $SAVED files"
}

retention_seconds() {
  count=${RETENTION%[hdw]}
  case $RETENTION in
    *h) printf '%s' $((count * 3600)) ;;
    *d) printf '%s' $((count * 86400)) ;;
    *w) printf '%s' $((count * 604800)) ;;
  esac
}

# Names have the time first and are compared as text.
time_name() {
  date -u -d "@$(($(date +%s) - $1))" +%Y%m%dT%H%M%SZ
}

# Lines "<what> TAB <name> TAB <path>" with what = expired, unfinished or kept. Only backups of this environment.
select_old() { # LIST CUTOFF
  awk -F '\t' -v env="$ENV" -v current="$BACKUP" -v cutoff="$2" -v day="$(time_name 86400)" '
    FILENAME == ARGV[1] { absent[$1]; next }
    substr($1, 18) != env { next }
    !($1 in seen) { seen[$1]; names[++count] = $1 }
    $2 == "manifest.json" { good[$1] }
    { has[$1, $2] }
    END {
      for (path in absent)
        for (i = 1; i <= count; i++)
          if ((names[i] in good) && ((names[i], path) in has)) {
            if (!(names[i] in kept)) kept[names[i]] = path
            break
          }
      for (i = 1; i <= count; i++) {
        name = names[i]
        time = substr(name, 1, 16) ""
        if (name == current) continue
        if (!(name in good)) {
          if (time < day "") print "unfinished\t" name "\t"
        } else if (cutoff != "" && time < cutoff "") {
          if (name in kept) print "kept\t" name "\t" kept[name]
          else print "expired\t" name "\t"
        }
      }
    }' "$WORK/absent" "$1"
}

# What goes wrong here does not make the backup bad: warnings only.
apply_retention() {
  cutoff=''
  case ${RETENTION:-0} in
    0) ;;
    *) cutoff=$(time_name "$(retention_seconds)") ;;
  esac
  target_list >"$WORK/all"
  select_old "$WORK/all" "$cutoff" >"$WORK/old"
  while IFS="$TAB" read -r what name path <&3; do
    case $what in
      kept) note "kept $name beyond its time: the newest that has $path" ;;
      *)
        if target_delete "$name"; then
          note "deleted $name ($what)"
        else
          warn "could not delete $name"
        fi
        ;;
    esac
  done 3<"$WORK/old"
  [ "$TARGET_KIND" = file ] || return 0
  find "$TARGET_FOLDER" -mindepth 1 -maxdepth 1 -type d -name ".*-[0-9]*T[0-9]*Z-$ENV" -printf '%f\n' |
    while IFS= read -r name; do
      case $name in
        .staging-*)
          matches "${name#.staging-}" "$NAME_PATTERN" || continue
          printf '%s\n%s\n' "${name#.staging-}" "$(time_name 86400)" | sort -c 2>/dev/null || continue
          ;;
        .deleting-*) matches "${name#.deleting-}" "$NAME_PATTERN" || continue ;;
        *) continue ;;
      esac
      rm -rf "${TARGET_FOLDER:?}/$name" || warn "could not delete $name"
    done
}

# A new folder in a parent, after removing those of killed runs: a restarted container finds its volumes as they were.
fresh_folder() {
  for leftover in "$1"/backup.*.*; do
    leftover_process=${leftover##*/backup.}
    leftover_process=${leftover_process%%.*}
    matches "$leftover_process" '^[0-9]+$' || continue
    if [ "$leftover_process" = $$ ] || ! kill -0 "$leftover_process" 2>/dev/null; then
      rm -rf "$leftover"
    fi
  done
  mktemp -d "$1/backup.$$.XXXXXX"
}

main() {
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  check_input
  WORK=$(fresh_folder "${TMPDIR:-/tmp}")
  STAGED=$(fresh_folder "$STAGING_DIR")
  : >"$WORK/files"
  : >"$WORK/sizes"
  : >"$WORK/absent"
  target_open
  back_up_listed
  back_up_volumes
  if [ "$SAVED" -eq 0 ]; then
    note 'Nothing to back up yet; nothing was published.'
    return
  fi
  publish
  (apply_retention) || warn 'old backups were not all looked through'
}

main
