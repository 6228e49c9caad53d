#!/bin/sh
# Builds the native helpers into dist/bin/NAME-OS_ARCH[.exe], and writes their digests to dist/bin/SHA256SUMS.
#
#   ./build.sh [rust|go|launchers|all] [--target PLATFORM|all] [--if-stale]
#
#   ./build.sh cargo ARGS...            cargo in the Rust workspace
#   ./build.sh cargo-zigbuild ARGS...   the same for other platforms, once something was built for one
#
# PLATFORM is {linux,darwin,windows}_{amd64,arm64}; without --target it is this machine's. --if-stale leaves a helper alone
# that is newer than all of its sources. What cannot be built here is named at the end, and the exit status is then 1.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

rust_helpers="flavor-rs-launcher flavor-rs-builder"
go_helpers="flavor-go-launcher flavor-go-builder"
all_platforms="linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64 windows_arm64"
# The C compiler and linker for other systems than this one. zig knows them all; it comes as a Python package.
zig_packages="cargo-zigbuild==0.24.0 ziglang==0.17.1"

say() { echo "build: $*" >&2; }

missing=
# miss NAME PLATFORM REASON: it cannot be built here. The others still are.
miss() {
  say "$1 for $2 cannot be built: $3"
  missing="$missing $1-$2"
}

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

if [ "${1:-}" = cargo ] || [ "${1:-}" = cargo-zigbuild ]; then
  find_toolchain || { say "there is no working cargo on PATH"; exit 1; }
  [ "$1" = cargo ] || PATH=$root/build/zig/bin:$PATH
  cd "$root/rust"
  exec "$@"
fi

usage() {
  echo "build.sh: $1: expected [rust|go|launchers|all] [--target PLATFORM|all] [--if-stale], PLATFORM one of $all_platforms" >&2
  exit 2
}

host_platform() {
  case $(uname -s) in
    Linux) host_os=linux ;;
    Darwin) host_os=darwin ;;
    *) say "no helpers are built on $(uname -s) yet"; exit 1 ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) host_arch=amd64 ;;
    aarch64 | arm64) host_arch=arm64 ;;
    *) say "no helpers are built on $(uname -m) yet"; exit 1 ;;
  esac
  echo "${host_os}_$host_arch"
}

host=$(host_platform)
helpers="$rust_helpers $go_helpers"
platforms=$host
if_stale=
while [ $# -gt 0 ]; do
  case $1 in
    all) ;;
    rust) helpers=$rust_helpers ;;
    go) helpers=$go_helpers ;;
    launchers) helpers="flavor-rs-launcher flavor-go-launcher" ;;
    --if-stale) if_stale=1 ;;
    --target)
      [ $# -gt 1 ] || usage "--target needs a platform"
      shift
      platforms=$1
      [ "$platforms" = all ] && platforms=$all_platforms
      ;;
    *) usage "unknown argument $1" ;;
  esac
  shift
done
for platform in $platforms; do
  case " $all_platforms " in
    *" $platform "*) ;;
    *) usage "unknown platform $platform" ;;
  esac
done

# is_fresh FILE SOURCE...: it is newer than all sources, and that was asked for.
is_fresh() {
  file=$1
  shift
  [ -n "$if_stale" ] && [ -x "$file" ] && [ -z "$(find "$@" -path "$root/rust/target" -prune -o -type f -newer "$file" -print | head -n 1)" ]
}

# place BUILT FILE: put what was built where it belongs, in one step.
place() {
  mkdir -p "$root/dist/bin"
  cp "$1" "$2.new"
  chmod 755 "$2.new"
  mv -f "$2.new" "$2"
  say "$2: $(wc -c <"$2" | tr -d ' ') bytes"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum -- "$@"; else shasum -a 256 -- "$@"; fi
}

# The digests of all helpers that are there now, however this run ends.
write_digests() {
  [ -d "$root/dist/bin" ] || return 0
  cd "$root/dist/bin"
  LC_ALL=C
  for helper in flavor-*; do
    case $helper in *.new) ;; *) [ ! -f "$helper" ] || sha256 "$helper" ;; esac
  done >"SHA256SUMS.$$"
  mv -f "SHA256SUMS.$$" SHA256SUMS
}

suffix() {
  case $1 in windows_*) echo .exe ;; esac
}

# Makes zig and cargo-zigbuild available, in a folder of their own.
have_zig() {
  zig=$root/build/zig
  [ "$(cat "$zig/packages" 2>/dev/null)" = "$zig_packages" ] && return
  command -v python3 >/dev/null 2>&1 || return 1
  say "installing $zig_packages into $zig"
  mkdir -p "$root/build"
  # shellcheck disable=SC2086 # a list of packages
  python3 -m venv --clear "$zig" && "$zig/bin/pip" install --quiet --disable-pip-version-check $zig_packages && echo "$zig_packages" >"$zig/packages"
}

# The Rust target of a platform. On Linux it is one that makes static files: musl.
rust_target() {
  case $1 in
    *_amd64) cpu=x86_64 ;;
    *_arm64) cpu=aarch64 ;;
  esac
  case $1 in
    linux_*) echo "$cpu-unknown-linux-musl" ;;
    darwin_*) echo "$cpu-apple-darwin" ;;
    windows_amd64) echo "$cpu-pc-windows-gnu" ;;
    windows_arm64) echo "$cpu-pc-windows-gnullvm" ;;
  esac
}

# have_target TARGET: Rust's standard library for it is here, or can be had.
have_target() {
  if ! command -v rustup >/dev/null 2>&1; then
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1" ]
    return
  fi
  rustup target list --installed 2>/dev/null | grep -qx "$1" && return
  say "adding the Rust target $1"
  rustup target add "$1" >/dev/null 2>&1
}

# No path of the machine that builds ends up in what is shipped: panic messages name source files, and so may C. Encoded, because the paths may hold spaces.
rust_flags() {
  printf '%s' "$link--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo$unit--remap-path-prefix=$root=flavorpack"
}
unit=$(printf '\037')

# build_rust NAME PLATFORM: one binary of the workspace. By its package: features that only the builder asks for would end up in the launcher otherwise.
build_rust() {
  name=$1
  platform=$2
  file=$root/dist/bin/$name-$platform$(suffix "$platform")
  is_fresh "$file" "$root/rust" "$root/version.txt" && return
  find_toolchain || { miss "$name" "$platform" "there is no working cargo on PATH (install Rust: rustup default stable)"; return; }
  target=$(rust_target "$platform")
  link=
  # In place of the time, zig's linker writes a digest into a program for Windows.
  case $platform in windows_*) link="-C${unit}link-arg=-Wl,-Brepro$unit" ;; esac
  if ! have_target "$target"; then
    case $platform in
      "$host") ;;
      *) miss "$name" "$platform" "Rust's target $target cannot be had"; return ;;
    esac
    say "no $target here: linking glibc statically instead"
    target=${target%musl}gnu
    link="-C${unit}target-feature=+crt-static$unit"
  fi
  build=build
  if [ "$platform" != "$host" ]; then
    have_zig || { miss "$name" "$platform" "$zig_packages cannot be had from the Python package index"; return; }
    PATH=$zig/bin:$PATH
    build=zigbuild
  fi
  say "$name for $platform ($target)"
  (cd "$root/rust" && CARGO_ENCODED_RUSTFLAGS=$(rust_flags) cargo $build --release --locked --quiet --target "$target" -p "flavor-${name#flavor-rs-}" --bin "$name")
  place "${CARGO_TARGET_DIR:-$root/rust/target}/$target/release/$name$(suffix "$platform")" "$file"
}

# build_go NAME PLATFORM: one command of the module.
build_go() {
  name=$1
  platform=$2
  file=$root/dist/bin/$name-$platform$(suffix "$platform")
  is_fresh "$file" "$root/go" "$root/version.txt" && return
  command -v go >/dev/null 2>&1 || { miss "$name" "$platform" "there is no go on PATH"; return; }
  entry=
  case $name-$platform in
    # Begins in code of its own, which sees what the Go runtime would change: go/internal/launcher/inherited_linux.go.
    flavor-go-launcher-linux_*) entry=" -E=flavorpack/internal/launcher.entry" ;;
  esac
  say "$name for $platform"
  mkdir -p "$root/build"
  (cd "$root/go" && CGO_ENABLED=0 GOOS=${platform%_*} GOARCH=${platform#*_} go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid=$entry" -o "$root/build/$name" "./cmd/$name")
  place "$root/build/$name" "$file"
  rm -f "$root/build/$name"
}

trap write_digests EXIT
for platform in $platforms; do
  for helper in $helpers; do
    case $helper in
      flavor-rs-*) build_rust "$helper" "$platform" ;;
      flavor-go-*) build_go "$helper" "$platform" ;;
    esac
  done
done

if [ -n "$missing" ]; then
  say "not built:$missing"
  exit 1
fi
