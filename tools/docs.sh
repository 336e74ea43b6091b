#!/usr/bin/env bash
# The documentation as a site:   tools/docs.sh [OUT]
# Builds v4c and v4run, whose --help and .td files make some of the pages, and writes the site to OUT (build/docs/site):
# open index.html there, no network or server is needed. MkDocs is taken from ${V4C_MKDOCS_HOME:-$HOME/.local/share/v4c/mkdocs-1.6.1},
# where tools/install-deps.sh puts it. A broken link is an error.
# V4C_BIN names a folder with v4c and v4run, and nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(realpath -m "${1:-build/docs/site}")
mkdocs=${V4C_MKDOCS_HOME:-$HOME/.local/share/v4c/mkdocs-1.6.1}/bin/mkdocs
llvm=${V4C_LLVM:-/usr/lib/llvm-22}
if ! [ -x "$mkdocs" ]; then
  echo "docs: there is no MkDocs at $mkdocs (tools/install-deps.sh installs it)" >&2
  exit 1
fi
if [ -z "${V4C_BIN:-}" ]; then
  cmake --preset release >/dev/null
  cmake --build --preset release --target v4c v4run
  V4C_BIN=build/release/bin
fi

# Pages lie beside the site, so that two sites can be made at a time.
work=$out.pages
mkdir -p "$work"
python3 tools/docs/pages.py "$work/pages" --bin "$V4C_BIN" --tblgen "$llvm/bin/mlir-tblgen" --mlir-include "$llvm/include"
cp tools/docs/mkdocs.yml "$work/mkdocs.yml"
# Not with --quiet: MkDocs would not count the warnings then, which --strict makes errors.
"$mkdocs" build --strict --config-file "$work/mkdocs.yml" --site-dir "$out.partial" 2>"$work/log.txt" || {
  grep -v '^INFO' "$work/log.txt" >&2
  exit 1
}
rm -rf "$out"
mv "$out.partial" "$out"
echo "docs: $out/index.html"
