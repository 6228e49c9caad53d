#!/bin/sh
# Tells about planets, from the data files beside it. Only what the shell itself can do is used, so it runs with an empty PATH.
set -eu

data=${PLANETS_DATA:-${0%/*}/data}

usage() {
  printf 'usage: planets list | show NAME | args [WORD...] | exit STATUS\n'
}

list() {
  for file in "$data"/*.txt; do
    name=${file##*/}
    printf '%s\n' "${name%.txt}"
  done
}

show() {
  file=$data/$1.txt
  if [ ! -f "$file" ]; then
    printf 'planets: there is no planet "%s"; try: planets list\n' "$1" >&2
    exit 1
  fi
  while IFS= read -r line; do
    printf '%s\n' "$line"
  done <"$file"
}

case ${1-} in
  list) list ;;
  show) show "${2-}" ;;
  args)
    shift
    for word in "$@"; do printf '<%s>\n' "$word"; done
    ;;
  exit) exit "${2-0}" ;;
  '' | help | --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
