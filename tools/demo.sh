#!/usr/bin/env bash
# From nothing to an answer: installs the packages (tools/install-deps.sh), builds v4c and v4run, compiles a small
# trained checkpoint with FP8 and FP4 weights, and asks it a question.
set -euo pipefail
cd "$(dirname "$0")/.."

checkpoint=test/data/tiny-chat-fp8fp4
out=build/demo
question="What is the capital of France?"

tools/install-deps.sh

echo "== build v4c and v4run"
cmake --preset release >/dev/null
cmake --build --preset release --target v4c v4run

echo "== compile $checkpoint"
mkdir -p "$out"
build/release/bin/v4c "$checkpoint" -o "$out/tiny-chat.v4"

echo "== ask: $question"
echo "[{\"role\": \"user\", \"content\": \"$question\"}]" |
  build/release/bin/v4run generate "$out/tiny-chat.v4" --messages - --max-tokens 64
