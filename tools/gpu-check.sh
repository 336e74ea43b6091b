#!/usr/bin/env bash
# Runs artifacts on a GPU against what the CPU computes, in two halves: the compiler is on one machine, the GPU on
# another, which needs an NVIDIA driver, bash and python3, and nothing of this project.
#
#   tools/gpu-check.sh prepare FOLDER [TARGET]    here: artifacts for TARGET (sm_90a), their logits on the CPU, v4run
#   FOLDER/gpu-check.sh run FOLDER                there
#
# Both without the published roundings (--numerics hf), where a turned rounding would hide errors.
# MODELS="a b" names other folders of test/data, V4C and V4RUN other binaries. The second half prints a line a model
# and exits with 1 if one of them differs; compute-sanitizer is run where it is installed.
set -euo pipefail

prepare() {
  local folder=$1 target=${2:-sm_90a} top
  top=$(cd "$(dirname "$0")/.." && pwd)
  local v4c=${V4C:-$top/build/release/bin/v4c} v4run=${V4RUN:-$top/build/release/bin/v4run}
  mkdir -p "$folder"
  cp "$0" "$v4run" "$folder/"
  echo "[$(seq -s, 1 40)]" >"$folder/tokens.json"
  for model in ${MODELS:-micro-f32 micro-fp8fp4 micro-odd}; do
    "$v4c" "$top/test/data/$model" --numerics hf -o "$folder/$model.cpu.v4"
    "$v4c" "$top/test/data/$model" --numerics hf --target "$target" -o "$folder/$model.gpu.v4"
    "$v4run" eval "$folder/$model.cpu.v4" --tokens "$folder/tokens.json" --logits "$folder/$model.cpu.safetensors"
    rm "$folder/$model.cpu.v4"
  done
}

# Largest difference of two files of logits, by the largest logit of the second, against a limit.
compare() {
  python3 - "$@" <<'PYTHON'
import array, json, struct, sys

def logits(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        begin, end = header["logits"]["data_offsets"]
        base = file.tell()
        file.seek(base + begin)
        return array.array("f", file.read(end - begin))

name, found, wanted, limit = sys.argv[1:5]
a, b = logits(found), logits(wanted)
assert len(a) == len(b), f"{name}: {len(a)} logits, wanted {len(b)}"
error = max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, b))
good = error <= float(limit)  # false for NaN
print(f"{name}: largest difference {error:.2e} of the largest logit: {'ok' if good else 'wrong'}")
sys.exit(not good)
PYTHON
}

run() {
  local folder=$1 failed=0 name out
  for artifact in "$folder"/*.gpu.v4; do
    name=$(basename "$artifact" .gpu.v4)
    for mode in "" "--chunk 7" "--decode 20" "--decode 20"; do
      out=$folder/$name.gpu.safetensors
      # shellcheck disable=SC2086 # words of mode
      if ! "$folder/v4run" eval "$artifact" --device "${DEVICE:-cuda}" --tokens "$folder/tokens.json" --logits "$out" $mode ||
        ! compare "$name $mode" "$out" "$folder/$name.cpu.safetensors" "${LIMIT:-1e-3}"; then
        failed=1
      fi
    done
    if [ "${DEVICE:-cuda}" = cuda ] && command -v compute-sanitizer >/dev/null; then
      compute-sanitizer --error-exitcode 3 "$folder/v4run" eval "$artifact" --device cuda \
        --tokens "$folder/tokens.json" --logits "$out" || failed=1
    fi
    # Times a decode; one sequence, so graphs come into it where a grid stays as it was.
    time "$folder/v4run" generate "$artifact" --device "${DEVICE:-cuda}" --tokens "$folder/tokens.json" \
      --max-tokens 64 >/dev/null || failed=1
  done
  return $failed
}

case ${1:-} in
  prepare) prepare "${@:2}" ;;
  run) run "${@:2}" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
