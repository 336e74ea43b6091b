#!/usr/bin/env bash
# From nothing to tokens: installs the packages (tools/install-deps.sh), builds v4c and v4run, compiles a small
# trained checkpoint with FP8 and FP4 weights, and continues a prompt with it.
set -euo pipefail
cd "$(dirname "$0")/.."

checkpoint=test/data/tiny-chat-fp8fp4
out=build/demo

tools/install-deps.sh

echo "== build v4c and v4run"
cmake --preset release >/dev/null
cmake --build --preset release --target v4c v4run

echo "== compile $checkpoint"
mkdir -p "$out"
build/release/bin/v4c "$checkpoint" -o "$out/tiny-chat.v4"

# The runtime takes token ids; the fixture has the ids of its prompts, and the answers that are expected.
python3 tools/demo-text.py prompt "$checkpoint" >"$out/prompt.json"

echo "== run: $(python3 tools/demo-text.py question "$checkpoint")"
build/release/bin/v4run generate "$out/tiny-chat.v4" --tokens "$out/prompt.json" --max-tokens 32 --json \
  >"$out/answer.json"
python3 tools/demo-text.py answer "$checkpoint" "$out/answer.json"
