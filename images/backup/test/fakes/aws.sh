#!/bin/sh
# The calls of the AWS client that lib.sh makes, with the folder $FAKE_S3 as the service: $FAKE_S3/<bucket>/<key>.
set -eu
{ printf 'aws %s\n' "$*"; env; } >>"$FAKE_LOG"

# any VARIABLE TEXT: whether the expression in the variable fits.
any() {
  [ -n "$1" ] && printf '%s\n' "$2" | grep -Eq -e "$1"
}

if any "${FAKE_AWS_FAILS:-}" "$*"; then
  echo 'fatal error: Access Denied' >&2
  exit 1
fi

operation="$1 $2"
shift 2
recursive=no bucket='' prefix='' from='' to=''
while [ "$#" -gt 0 ]; do
  case $1 in
    --recursive) recursive=yes ;;
    --bucket) bucket=$2 && shift ;;
    --prefix) prefix=$2 && shift ;;
    --query | --output) shift ;;
    --only-show-errors) ;;
    *) if [ -z "$from" ]; then from=$1; else to=$1; fi ;;
  esac
  shift
done

case $operation in
  's3api list-objects-v2')
    found=$(cd "$FAKE_S3" && find "$bucket" -type f -printf '%P\t%s\n' 2>/dev/null |
      awk -v prefix="$prefix" 'index($0, prefix) == 1') || true
    printf '%s\n' "${found:-None}"
    ;;
  's3 cp')
    if [ "$to" = - ]; then
      cat "$FAKE_S3/${from#s3://}"
      exit
    fi
    file="$FAKE_S3/${to#s3://}"
    # Made in one step, like an object.
    part=$(mktemp "$FAKE_S3/part.XXXXXX")
    cat "$from" >"$part"
    if any "${FAKE_AWS_CORRUPTS:-}" "$to"; then
      truncate -s -1 "$part"
      printf '\001' >>"$part"
    fi
    if any "${FAKE_AWS_TRUNCATES:-}" "$to"; then truncate -s -1 "$part"; fi
    mkdir -p "${file%/*}"
    mv "$part" "$file"
    ;;
  's3 rm')
    if [ "$recursive" = yes ]; then rm -rf "$FAKE_S3/${from#s3://}"; else rm -f "$FAKE_S3/${from#s3://}"; fi
    ;;
  *)
    echo "unknown call: $operation" >&2
    exit 252
    ;;
esac
