#!/usr/bin/env bash
# Installs the Debian 12 packages that v4c is built and tested with, and from PyPI Triton, which compiles kernels for GPUs, and
# MkDocs, which makes the documentation's site (into ${V4C_MKDOCS_HOME:-$HOME/.local/share/v4c/mkdocs-1.6.1});
# docs/dependencies.md gives the reason for each. Does nothing, and needs no rights, when all of them are there.
# Triton goes to ${V4C_TRITON_HOME:-$HOME/.local/share/v4c/triton-3.6.0}, where v4c looks for it; nothing is installed if
# V4C_TRITON_PYTHON names a Python that has it.
set -euo pipefail

packages=(
  # build tools
  cmake ninja-build ccache python3 python3-venv
  # compiler, linker, sanitizer run time, formatter
  clang-22 lld-22 libclang-rt-22-dev clang-format-22
  # MLIR and LLVM, their tablegen, lit and FileCheck
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools
  # tools and runtime
  libboost-program-options-dev libflatbuffers-dev flatbuffers-compiler nlohmann-json3-dev libxxhash-dev
  libpcre2-dev
  # tests and benchmarks; the browser looks at the page of a report
  libgtest-dev libbenchmark-dev chromium
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done

install_packages() {
  if [ ${#missing[@]} -eq 0 ]; then
    echo "install: all ${#packages[@]} packages are there"
    return
  fi
  local as_root=()
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
}

# The version is that of codegen/Triton/GpuCodegen.h.
triton=3.6.0

has_triton() {
  [ -x "$1" ] && [ "$("$1" -c 'import importlib.metadata as m; print(m.version("triton"))' 2>/dev/null)" = "$triton" ]
}

install_triton() {
  local home=${V4C_TRITON_HOME:-$HOME/.local/share/v4c/triton-$triton}
  local python=${V4C_TRITON_PYTHON:-$home/bin/python}
  if has_triton "$python"; then
    echo "install: Triton $triton is there ($python)"
    return
  fi
  if [ -n "${V4C_TRITON_PYTHON:-}" ]; then
    echo "install: V4C_TRITON_PYTHON is $V4C_TRITON_PYTHON, which has no Triton $triton" >&2
    exit 1
  fi
  echo "install: Triton $triton into $home"
  # Whole or not at all.
  rm -rf "$home.partial"
  mkdir -p "$(dirname "$home")"
  python3 -m venv "$home.partial"
  "$home.partial/bin/python" -m pip install --quiet --no-deps --only-binary :all: "triton==$triton"
  has_triton "$home.partial/bin/python"
  rm -rf "$home"
  mv "$home.partial" "$home"
}

# The version is that of tools/docs/requirements.txt.
install_mkdocs() {
  local home=${V4C_MKDOCS_HOME:-$HOME/.local/share/v4c/mkdocs-1.6.1}
  if "$home/bin/mkdocs" --version >/dev/null 2>&1; then
    echo "install: MkDocs is there ($home)"
    return
  fi
  echo "install: MkDocs into $home"
  mkdir -p "$(dirname "$home")"
  rm -rf "$home"
  # In place, for the scripts in it know their path: one that was left half done does not start, and is made anew.
  python3 -m venv "$home"
  "$home/bin/python" -m pip install --quiet --no-deps --only-binary :all: -r "$(dirname "$0")/docs/requirements.txt"
}

install_packages
install_triton
install_mkdocs
