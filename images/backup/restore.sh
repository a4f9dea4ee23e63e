#!/bin/sh
# Lists, checks and restores what backup.sh wrote. See docs/guide/backup.md.
# Exit codes: 0 done; 1 failed or damaged; 2 wrong usage; 3 refused, as the folder is not empty.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

usage() {
  cat <<'TEXT'
usage: restore.sh list [BACKUP]                    backups of TARGET, newest first, or the files of one
       restore.sh verify BACKUP                    compares every file with the manifest
       restore.sh restore BACKUP SOURCE FOLDER     puts one file of a backup into an empty folder

BACKUP is a name such as 20260501T120000Z-qa, or latest. SOURCE is a path that list BACKUP shows.
TARGET is s3://bucket/prefix or file:///path; ENV names the environment for latest where a target has several.
TEXT
}

wrong_usage() {
  printf 'error: %s\n' "$1" >&2
  usage >&2
  exit 2
}

clean_up() {
  status=$?
  trap - EXIT INT TERM
  rm -rf "${WORK:-}"
  [ -z "${PART:-}" ] || rm -f "$PART"
  exit "$status"
}

# Sets BACKUP and writes its manifest into $WORK/manifest.
choose() {
  BACKUP=$1
  if [ "$1" = latest ]; then
    target_list >"$WORK/all"
    awk -F '\t' -v env="${ENV:-}" '
      $2 == "manifest.json" && (env == "" || substr($1, 18) == env) { print $1 }' "$WORK/all" >"$WORK/names"
    [ "$(cut -c 18- "$WORK/names" | sort -u | wc -l)" -le 1 ] ||
      wrong_usage 'the target has backups of several environments: set ENV'
    BACKUP=$(head -n 1 "$WORK/names")
    [ -n "$BACKUP" ] || fail 'there is no backup'
  fi
  matches "$BACKUP" "$NAME_PATTERN" || wrong_usage 'BACKUP is no name of a backup'
  target_read "$BACKUP" manifest.json >"$WORK/manifest" 2>"$WORK/read-error" ||
    fail "$BACKUP is no backup: its manifest.json cannot be read"
  manifest_files "$WORK/manifest" >"$WORK/files" || fail "the manifest of $BACKUP is damaged"
}

list_backups() {
  target_list >"$WORK/all"
  awk -F '\t' -v env="${ENV:-}" '
    env != "" && substr($1, 18) != env { next }
    !($1 in size) { names[++count] = $1; size[$1] = 0 }
    $2 == "manifest.json" { good[$1]; next }
    { files[$1]++; size[$1] += $3 }
    END {
      for (i = 1; i <= count; i++)
        if (names[i] in good)
          printf "%s  %d files  %.0f bytes\n", names[i], files[names[i]], size[names[i]]
    }' "$WORK/all"
}

list_files() {
  choose "$1"
  while IFS="$TAB" read -r path kind size sum; do
    printf '%s  %s  %s bytes  sha256:%s\n' "$path" "$kind" "$size" "$sum"
  done <"$WORK/files"
}

verify() {
  choose "$1"
  damaged=0
  while IFS="$TAB" read -r path kind size sum <&3; do
    found=$(target_read "$BACKUP" "$path" 2>/dev/null | sha256_of_stdin)
    if [ "$found" = "$sum" ]; then
      note "ok       $path"
    else
      note "DAMAGED  $path ($kind, $size bytes expected)"
      damaged=$((damaged + 1))
    fi
  done 3<"$WORK/files"
  [ "$damaged" -eq 0 ] || fail "$damaged files of $BACKUP are damaged or missing"
  note "$BACKUP is complete"
}

# Empty, but for the folder that a new ext4 file system has.
is_empty() {
  [ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)" ] || return 1
  [ ! -r "$1/lost+found" ] || [ -z "$(ls -A "$1/lost+found")" ]
}

next_steps() { # KIND FILE
  printf '\nNext:\n'
  case $1 in
    export)
      note "  1. Stop the node: kubectl -n $2 scale statefulset backend --replicas=0"
      note '  2. Empty its data folder and load the snapshot with the import command of the chain.'
      note '  3. Start the node again and compare its height and block hash with a peer.'
      ;;
    vault)
      note '  1. Unseal the target Vault with the shares of the Vault that was backed up.'
      note "  2. vault operator raft snapshot restore -force FILE"
      note '  3. Unseal again, then compare vault operator raft list-peers and one known secret.'
      ;;
    database)
      note '  1. Create an empty database and stop what writes to it.'
      note '  2. pg_restore --exit-on-error --no-owner --dbname=DATABASE FILE'
      note '  3. Compare row counts before clients connect.'
      ;;
    volume)
      note '  1. Compare the folder with what the application expects: files have the modes they had.'
      note '  2. Owners are only restored for root; otherwise the user of this process owns everything.'
      ;;
  esac
  note '  The runbook is in docs/guide/backup.md.'
}

restore() { # BACKUP SOURCE FOLDER
  choose "$1"
  line=$(awk -F '\t' -v path="$2" '$1 == path "" { print; exit }' "$WORK/files")
  if [ -z "$line" ]; then
    printf 'error: %s has no %s; it has:\n' "$BACKUP" "$2" >&2
    cut -f 1 "$WORK/files" >&2
    exit 1
  fi
  kind=$(printf '%s\n' "$line" | cut -f 2)
  sum=$(printf '%s\n' "$line" | cut -f 4)
  folder=$3
  case $folder in
    /*) ;;
    *) folder=./$folder ;;
  esac
  if [ -e "$folder" ] || [ -L "$folder" ]; then
    [ -d "$folder" ] || fail "$3 is no folder" 3
    is_empty "$folder" || fail "$3 is not empty; nothing was written" 3
  else
    mkdir -p "$folder"
  fi
  # Checked before anything of it is used, so it has to be a file first.
  PART="$folder/.restore-$(random)"
  target_read "$BACKUP" "$2" >"$PART" || fail "$2 of $BACKUP cannot be read"
  [ "$(sha256_of_stdin <"$PART")" = "$sum" ] || fail "$2 of $BACKUP is damaged: its checksum is not the manifest's"
  if [ "$kind" = volume ]; then
    if ! tar --extract --gzip --preserve-permissions --numeric-owner --no-overwrite-dir \
      --delay-directory-restore --file="$PART" --directory="$folder"; then
      fail "$2 could not be extracted in full; what is in $3 is not complete"
    fi
    rm -f "$PART"
    restored=$folder
  else
    restored="$folder/$(basename "$2")"
    mv "$PART" "$restored"
  fi
  PART=''
  note "restored $2 of $BACKUP to $restored"
  owner=${2#*/}
  next_steps "$kind" "${owner%%/*}"
}

main() {
  [ "$#" -gt 0 ] || wrong_usage 'a command is missing'
  case $1 in
    help | -h | --help)
      usage
      return
      ;;
    list) [ "$#" -le 2 ] || wrong_usage 'list takes at most one backup' ;;
    verify) [ "$#" -eq 2 ] || wrong_usage 'verify takes a backup' ;;
    restore) [ "$#" -eq 4 ] || wrong_usage 'restore takes a backup, a source and a folder' ;;
    *) wrong_usage "unknown command $1" ;;
  esac
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/restore.XXXXXX")
  target_open
  case $1 in
    list) if [ "$#" -eq 1 ]; then list_backups; else list_files "$2"; fi ;;
    verify) verify "$2" ;;
    restore) restore "$2" "$3" "$4" ;;
  esac
}

main "$@"
