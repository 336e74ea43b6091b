#!/usr/bin/env bash
# Kernels of a slice of DeepSeek-V4-Flash one by one, beside what this machine reads and multiplies.
#
#   test/benchmark/kernels.sh [KernelBench's options, such as --context 4096 --threads 2 --benchmark_filter=decode/]
#
# Writes a random checkpoint (SLICE, default "--layers 4 --experts 16 --vocab 8192") and the model compiled from it to a
# folder in TMPDIR, 5 GB in all, which is removed at the end; BUILD (build/release) has the binaries.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build/release}
for binary in bin/v4c test/bin/KernelBench; do
  [ -x "$build/$binary" ] || { echo "kernels.sh: no $build/$binary: build the preset with tests, or set BUILD" >&2; exit 1; }
done
if [[ " $* " == *" --help "* ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0"
  exec "$build/test/bin/KernelBench" --help
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/v4c-kernels.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2086 # a list of options
python3 "$here/random_checkpoint.py" "$work/checkpoint" ${SLICE:---layers 4 --experts 16 --vocab 8192} >/dev/null
"$build/bin/v4c" "$work/checkpoint" -o "$work/model.v4" --max-context "${MAX_CONTEXT:-8192}" --quiet
rm -r "$work/checkpoint"
"$build/test/bin/KernelBench" "$work/model.v4" "$@"
