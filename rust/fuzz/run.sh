#!/bin/sh
# Fuzzes the Rust reader.
#
#   rust/fuzz/run.sh TARGET SECONDS [CORPUS...]
#
# TARGET is package, archive, stream or metadata. What is found lies in rust/fuzz/found/TARGET; inputs that reach new code are kept in
# rust/fuzz/corpus/TARGET. Needs no nightly toolchain and no cargo-fuzz: the flags are those that cargo-fuzz uses.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
target=$1
seconds=$2
shift 2
host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cd "$here"
RUSTC_BOOTSTRAP=1 RUSTFLAGS="$coverage --cfg fuzzing -Zsanitizer=address -Ccodegen-units=1" \
  cargo build --release --quiet --target "$host" --bin "$target"
mkdir -p "corpus/$target" "found/$target"
exec "target/$host/release/$target" -max_total_time="$seconds" -rss_limit_mb=512 -max_len=65536 -artifact_prefix="found/$target/" "corpus/$target" "$@"
