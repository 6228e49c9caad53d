#!/bin/sh
# Builds the native helpers into dist/bin/NAME-OS_ARCH.
#
#   ./build.sh [rust|go|all] [--if-stale]
#
#   ./build.sh cargo ARGS...          cargo in the Rust workspace
#
# --if-stale does nothing when the helper is newer than all of its sources.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

say() { echo "build: $*" >&2; }

# rustup's commands look for their toolchain below HOME. With another HOME than the one they were installed for, it still lies
# beside the folder that they run from.
find_toolchain() {
  cargo=$(command -v cargo) || return 1
  cargo --version >/dev/null 2>&1 && return
  beside=$(CDPATH='' cd -- "$(dirname -- "$cargo")/../.." && pwd -P)/.rustup
  [ -z "${RUSTUP_HOME:-}" ] && [ -d "$beside" ] || return 1
  RUSTUP_HOME=$beside
  export RUSTUP_HOME
  cargo --version >/dev/null 2>&1
}

if [ "${1:-}" = cargo ]; then
  shift
  find_toolchain || { say "there is no working cargo on PATH"; exit 1; }
  cd "$root/rust"
  exec cargo "$@"
fi

lang=all
if_stale=
for word in "$@"; do
  case $word in
    rust | go | all) lang=$word ;;
    --if-stale) if_stale=1 ;;
    *)
      echo "build.sh: unknown argument $word: expected rust, go, all or --if-stale" >&2
      exit 2
      ;;
  esac
done

host_platform() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) say "no helpers are built on $(uname -s) yet"; exit 1 ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 cpu=x86_64 ;;
    aarch64 | arm64) arch=arm64 cpu=aarch64 ;;
    *) say "no helpers are built for $(uname -m) yet"; exit 1 ;;
  esac
}

# The target that makes a static file: musl where rustup has it or can get it, else the host's with a static C runtime.
rust_target() {
  case $os in
    darwin) target=$cpu-apple-darwin; return ;;
  esac
  target=$cpu-unknown-linux-musl
  if command -v rustup >/dev/null 2>&1; then
    rustup target list --installed 2>/dev/null | grep -qx "$target" && return
    say "adding the Rust target $target"
    rustup target add "$target" >/dev/null 2>&1 && return
  elif [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    return
  fi
  say "no $target here: linking glibc statically instead"
  target=$cpu-unknown-linux-gnu
  static="-C${unit}target-feature=+crt-static$unit"
}

# No path of the machine that builds ends up in what is shipped (panic messages name source files). Encoded, because the paths may hold spaces.
rust_flags() {
  printf '%s' "$static--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo$unit--remap-path-prefix=$root=flavorpack"
}
static=
unit=$(printf '\037')

# build_rust NAME: one binary of the workspace.
build_rust() {
  name=$1
  out=$root/dist/bin/$name-${os}_$arch
  if [ -n "$if_stale" ] && [ -x "$out" ] && [ -z "$(find "$root/rust" "$root/version.txt" -path "$root/rust/target" -prune -o -type f -newer "$out" -print | head -n 1)" ]; then
    return
  fi
  if ! find_toolchain; then
    say "there is no working cargo on PATH: $name cannot be built; install Rust first (rustup default stable)"
    exit 1
  fi
  rust_target
  say "$name for ${os}_$arch ($target)"
  (cd "$root/rust" && CARGO_ENCODED_RUSTFLAGS=$(rust_flags) cargo build --release --locked --quiet --target "$target" --bin "$name")
  mkdir -p "$root/dist/bin"
  cp "$root/rust/target/$target/release/$name" "$out.new"
  mv -f "$out.new" "$out"
  say "$out: $(wc -c <"$out" | tr -d ' ') bytes"
}

host_platform
case $lang in
  rust | all) build_rust flavor-rs-launcher ;;
esac
case $lang in
  go)
    say "there are no Go helpers yet"
    exit 1
    ;;
esac
