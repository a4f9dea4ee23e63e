# shellcheck shell=sh
# Shared by backup.sh and restore.sh: messages, checks of input, and the target (a folder or an S3 bucket).

umask 077
LC_ALL=C
export LC_ALL

TAB=$(printf '\t')
NAME_PATTERN='^[0-9]{8}T[0-9]{6}Z-[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
PATH_PATTERN='^(exports/[-a-z0-9]+/[-a-z0-9]+|vault/[-a-z0-9]+\.snap|databases/[-a-z0-9]+\.dump|volumes/[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.tar\.gz)$'

note() {
  printf '%s\n' "$*"
}

warn() {
  printf 'warning: %s\n' "$*" >&2
}

# fail MESSAGE [EXIT_CODE]
fail() {
  printf 'error: %s\n' "$1" >&2
  exit "${2:-1}"
}

random() {
  od -An -N8 -tx1 /dev/urandom | tr -d ' \n'
}

# matches TEXT EXTENDED_REGULAR_EXPRESSION; a text of several lines never matches.
matches() {
  case $1 in
    *'
'*) return 1 ;;
  esac
  printf '%s\n' "$1" | grep -Eq -e "$2"
}

sha256_of_stdin() {
  sha256sum | cut -c 1-64
}

# --- The target -------------------------------------------------------------------------------------------------------
# A backup is a folder with a manifest.json. In a directory it is written under a hidden name and renamed at the end. In
# S3, which cannot rename, its manifest.json is written last.

# The one place that calls the S3 client.
s3() {
  aws "$@" </dev/null
}

target_open() {
  case ${TARGET:-} in
    file:///*)
      TARGET_KIND=file
      TARGET_FOLDER=${TARGET#file://}
      TARGET_FOLDER=${TARGET_FOLDER%/}
      [ -d "$TARGET_FOLDER" ] || fail "the target folder $TARGET_FOLDER does not exist"
      ;;
    s3://*)
      TARGET_KIND=s3
      matches "$TARGET" '^s3://[a-z0-9][-a-z0-9.]*[a-z0-9](/[-A-Za-z0-9._=]+)*/?$' ||
        fail 'TARGET is no s3://bucket/prefix' 2
      target_rest=${TARGET#s3://}
      target_rest=${target_rest%/}
      S3_BUCKET=${target_rest%%/*}
      S3_PREFIX=${target_rest#"$S3_BUCKET"}
      S3_PREFIX=${S3_PREFIX#/}
      S3_PREFIX=${S3_PREFIX:+$S3_PREFIX/}
      credentials=${CREDENTIALS_DIR:-/etc/backup-credentials}
      if [ -f "$credentials/aws-credentials" ]; then
        export AWS_SHARED_CREDENTIALS_FILE="$credentials/aws-credentials"
      fi
      if [ -f "$credentials/aws-config" ]; then
        export AWS_CONFIG_FILE="$credentials/aws-config"
      fi
      ;;
    '') fail 'TARGET is missing: expected s3://bucket/prefix or file:///path' 2 ;;
    *) fail 'TARGET is neither s3://bucket/prefix nor file:///path' 2 ;;
  esac
}

# Folder of an unpublished backup.
staging_folder() {
  printf '%s/.staging-%s' "$TARGET_FOLDER" "$1"
}

# Reserves a name for this run alone; fails when it is taken.
target_claim() {
  if [ "$TARGET_KIND" = file ]; then
    claim_error=$(LC_ALL=C mkdir "$(staging_folder "$1")" 2>&1) || {
      # The folder of another run may be gone already: published, or given up.
      case $claim_error in *'File exists'*) return 1 ;; esac
      fail "cannot write to the target: $claim_error"
    }
    if [ -e "$TARGET_FOLDER/$1" ]; then
      rmdir "$(staging_folder "$1")"
      return 1
    fi
    return 0
  fi
  # Listing is consistent: of two runs that put their markers, at least one sees both, and gives way.
  claim_marker=".claim-$(random)"
  printf 'claimed\n' >"$WORK/claim"
  s3 s3 cp --only-show-errors "$WORK/claim" "s3://$S3_BUCKET/$S3_PREFIX$1/$claim_marker" ||
    fail "cannot write to the target s3://$S3_BUCKET/$S3_PREFIX"
  if [ "$(s3_list "$1/" | cut -f 1)" = "$1/$claim_marker" ]; then
    CLAIM_MARKER=$claim_marker
    return 0
  fi
  s3 s3 rm --only-show-errors "s3://$S3_BUCKET/$S3_PREFIX$1/$claim_marker" >/dev/null ||
    warn "could not remove the marker $1/$claim_marker"
  return 1
}

# Lines "<key below the prefix> TAB <size>".
s3_list() {
  s3 s3api list-objects-v2 --bucket "$S3_BUCKET" --prefix "$S3_PREFIX${1:-}" \
    --query 'Contents[].[Key,Size]' --output text >"$WORK/s3-list" ||
    fail "cannot list s3://$S3_BUCKET/$S3_PREFIX"
  awk -F '\t' -v prefix="$S3_PREFIX" 'NF == 2 && index($1, prefix) == 1 {
    print substr($1, length(prefix) + 1) "\t" $2
  }' "$WORK/s3-list"
}

# target_put NAME PATH LOCAL_FILE, into an unpublished backup.
target_put() {
  if [ "$TARGET_KIND" = file ]; then
    put_file=$(staging_folder "$1")/$2
    mkdir -p "$(dirname "$put_file")" && cp "$3" "$put_file" || return 1
    # Written to the disk, so that reading back does not only show what is in memory.
    sync "$put_file"
  else
    s3 s3 cp --only-show-errors "$3" "s3://$S3_BUCKET/$S3_PREFIX$1/$2"
  fi
}

# target_read_unpublished NAME PATH, to stdout.
target_read_unpublished() {
  if [ "$TARGET_KIND" = file ]; then
    cat "$(staging_folder "$1")/$2"
  else
    target_read "$1" "$2"
  fi
}

# target_read NAME PATH, to stdout.
target_read() {
  if [ "$TARGET_KIND" = file ]; then
    cat "$TARGET_FOLDER/$1/$2"
  else
    s3 s3 cp --only-show-errors "s3://$S3_BUCKET/$S3_PREFIX$1/$2" -
  fi
}

# Lines "<path> TAB <size>" of an unpublished backup, sorted, without the marker of its run.
target_unpublished_files() {
  if [ "$TARGET_KIND" = file ]; then
    (cd "$(staging_folder "$1")" && find . -type f -printf '%P\t%s\n') | sort
  else
    s3_list "$1/" | cut -c "$((${#1} + 2))-" | grep -v '^\.claim-' | sort
  fi
}

# target_publish NAME MANIFEST
target_publish() {
  if [ "$TARGET_KIND" = file ]; then
    target_put "$1" manifest.json "$2" || return 1
    cmp -s "$2" "$(staging_folder "$1")/manifest.json" || fail 'the manifest reads back differently'
    sync -f "$TARGET_FOLDER" &&
      mv -T "$(staging_folder "$1")" "$TARGET_FOLDER/$1" &&
      sync -f "$TARGET_FOLDER"
    return
  fi
  target_put "$1" manifest.json "$2" || return 1
  target_read "$1" manifest.json >"$WORK/manifest-read" || fail 'the manifest does not read back'
  cmp -s "$2" "$WORK/manifest-read" || fail 'the manifest reads back differently'
  s3 s3 rm --only-show-errors "s3://$S3_BUCKET/$S3_PREFIX$1/$CLAIM_MARKER" >/dev/null ||
    warn "could not remove the marker $1/$CLAIM_MARKER"
}

# Removes a backup that was not published.
target_drop() {
  if [ "$TARGET_KIND" = file ]; then
    rm -rf "$(staging_folder "$1")"
  else
    target_delete "$1"
  fi
}

# The manifest goes first: what is deleted halfway is not a backup.
target_delete() {
  matches "$1" "$NAME_PATTERN" || fail "refusing to delete $1"
  if [ "$TARGET_KIND" = file ]; then
    mv -T "$TARGET_FOLDER/$1" "$TARGET_FOLDER/.deleting-$1" && rm -rf "$TARGET_FOLDER/.deleting-$1"
  else
    s3 s3 rm --only-show-errors "s3://$S3_BUCKET/$S3_PREFIX$1/manifest.json" >/dev/null &&
      s3 s3 rm --recursive --only-show-errors "s3://$S3_BUCKET/$S3_PREFIX$1/" >/dev/null
  fi
}

# Lines "<name> TAB <path> TAB <size>" of all that has the name of a backup and lies in its place, newest first.
target_list() {
  if [ "$TARGET_KIND" = s3 ]; then
    s3_list >"$WORK/list"
    awk -F '\t' '{
      slash = index($1, "/")
      if (slash > 1) print substr($1, 1, slash - 1) "\t" substr($1, slash + 1) "\t" $2
    }' "$WORK/list" | grep -E -e "^[0-9]{8}T[0-9]{6}Z-[-a-z0-9]+$TAB" | sort -r
    return
  fi
  find "$TARGET_FOLDER" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' |
    grep -E -e "$NAME_PATTERN" |
    while IFS= read -r list_name; do
      find "$TARGET_FOLDER/$list_name" -type f -printf "$list_name\t%P\t%s\n"
    done | sort -r
}

# --- The manifest -----------------------------------------------------------------------------------------------------

json_text() {
  printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"
}

# Lines "<path> TAB <kind> TAB <size> TAB <sha256>" of a manifest; fails when it is damaged.
manifest_files() {
  sed -n 's/^    {"path": "\([^"]*\)", "kind": "\([a-z]*\)", "size": \([0-9]*\), "sha256": "\([0-9a-f]\{64\}\)", "source": ".*"},\{0,1\}$/\1'"$TAB"'\2'"$TAB"'\3'"$TAB"'\4/p' \
    "$1" >"$WORK/manifest-files"
  manifest_count=$(sed -n 's/^  "fileCount": \([0-9]*\),$/\1/p' "$1")
  [ -n "$manifest_count" ] && [ "$manifest_count" -eq "$(wc -l <"$WORK/manifest-files")" ] || return 1
  [ "$(tail -n 1 "$1")" = '}' ] || return 1
  if cut -f 1 "$WORK/manifest-files" | grep -Evq -e "$PATH_PATTERN"; then return 1; fi
  cat "$WORK/manifest-files"
}
