#!/bin/sh
# Each native fuzz target of the Go reader for a time, one after another.
#
#   conformance/fuzz/go.sh 30s
set -eu
cd "$(dirname -- "$0")/../../go"
find internal -name '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9]+' | while IFS=: read -r file name; do
  go test -run '^$' -fuzz "^${name#func }\$" -fuzztime "$1" "./$(dirname -- "$file")"
done
