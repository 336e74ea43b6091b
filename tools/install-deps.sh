#!/usr/bin/env bash
# Installs the Debian 12 packages that v4c is built and tested with; docs/dependencies.md gives the reason for each.
# Does nothing, and needs no rights, when all of them are there.
set -euo pipefail

packages=(
  # build tools
  cmake ninja-build ccache python3
  # compiler, linker, sanitizer run time, formatter
  clang-22 lld-22 libclang-rt-22-dev clang-format-22
  # MLIR and LLVM, their tablegen, lit and FileCheck
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools
  # tools and runtime
  libboost-program-options-dev libflatbuffers-dev flatbuffers-compiler nlohmann-json3-dev libxxhash-dev
  libpcre2-dev
  # tests
  libgtest-dev
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "install: all ${#packages[@]} packages are there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install: missing ${missing[*]}; run this as root, or install sudo" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "install: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
