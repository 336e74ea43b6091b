#!/usr/bin/env bash
# All tests: installs the packages (tools/install-deps.sh), builds everything, and runs
#   - the tests of the release build (GoogleTest, lit, golden comparisons);
#   - the runtime alone, without the compiler, under ASan and UBSan, with half a minute of each fuzz target, and a whole
#     model on it;
#   - the check that sources are formatted.
# Ends with a line "N passed, N failed"; the exit status is not 0 when something failed.
# FUZZ_SECONDS=10 shortens the fuzzing.
set -uo pipefail
cd "$(dirname "$0")/.."

export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
jobs=$(nproc)
results=build/checks.txt
mkdir -p build
: >"$results"

# check NAME COMMAND...: one line in the results
check() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    echo "passed $name" >>"$results"
  else
    echo "failed $name" >>"$results"
  fi
  echo "== $name: $((SECONDS - start)) s"
}

build() {
  local preset=$1
  shift
  rm -rf "build/$preset/test-reports" "build/$preset/ctest.xml"
  cmake --preset "$preset" -DV4C_TESTS=ON "$@" >/dev/null && cmake --build --preset "$preset" -j "$jobs"
}

# Its tests are counted one by one from the reports, so ctest's own exit status is not.
tests() {
  echo "== tests of $1"
  ctest --test-dir "build/$1" -j "$jobs" --output-on-failure --output-junit ctest.xml --no-tests=error
}

# A whole model in the runtime built with sanitizers: the same bits as without.
model_under_asan() {
  local fixture=$1 tokens=$2
  shift 2
  local folder=build/asan/$fixture
  mkdir -p "$folder"
  echo "$tokens" >"$folder/tokens.json"
  build/release/bin/v4c "test/data/$fixture" -o "$folder/model.v4" --quiet "$@" || return
  local preset
  for preset in release asan; do
    "build/$preset/bin/v4run" eval "$folder/model.v4" --tokens "$folder/tokens.json" --dump-activations \
      --logits "$folder/$preset.safetensors" --decode 3 --threads 3 || return
  done
  cmp "$folder/release.safetensors" "$folder/asan.safetensors"
}

models_under_asan() {
  local tokens='[[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3], [2, 7, 1, 8, 2, 8]]'
  model_under_asan micro-odd "$tokens" --numerics hf && model_under_asan ref-fp8fp4 "$tokens"
}

formatted() {
  find dialects passes codegen runtime tools test \( -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.c' \) -print0 |
    xargs -0 clang-format-22 --dry-run --Werror --ferror-limit=1
}

tools/install-deps.sh || exit 1
# They are there now, so their tests are not skipped.
export V4C_REQUIRE_TRITON=1 V4C_REQUIRE_MKDOCS=1

check "build release" build release
tests release
check "build asan" build asan -DV4C_FUZZ_SECONDS="${FUZZ_SECONDS:-35}"
tests asan
check "models under asan" models_under_asan
check "format" formatted

python3 tools/test-summary.py "$results" build/release build/asan
