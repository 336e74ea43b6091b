#!/usr/bin/env bash
# Correctness and speed on a GPU, in two halves: the compiler is on one machine, the GPU on another, which needs an NVIDIA
# driver, bash and python3, and nothing of this project but this source tree and FOLDER.
#
#   tools/gpu-check.sh prepare FOLDER [TARGET]   here: artifacts for TARGET (sm_90a), logits of the CPU, v4run
#   tools/gpu-check.sh STAGE FOLDER              there, one after the other, each under 10 minutes:
#     build        v4run from source with g++; where it cannot be built there, the one that was prepared
#     correctness  each fixture's logits, whole, in chunks and token by token, against the CPU's
#     sanitizer    compute-sanitizer over one pass of the smallest
#     time-flash   layers of each kind at the sizes of Flash, weights made up; the machine's own limits
#     time-pro     the same of Pro
#     peers        the same layers in transformers, eager and compiled
#     report       FOLDER/results/results.json and results.md from what the stages left there
#   tools/gpu-check.sh dry-run FOLDER            all stages here, on the simulated device, with small models
#
# prepare also packs FOLDER into FOLDER.tar.gz. Fixtures run without the published roundings (--numerics hf), where a
# turned rounding would hide errors. MODELS="a b" names other folders of test/data, V4C, V4RUN and PYTHON other binaries,
# DEVICE another device. docs/gpu.md says what is timed.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
device=${DEVICE:-cuda}
python=${PYTHON:-python3}
v4c=${V4C:-$top/build/release/bin/v4c}

fail() {
  echo "gpu-check: error: $*" >&2
  exit 1
}

prepare() {
  local folder=$1 target=${2:-sm_90a} v4run=${V4RUN:-$top/build/release/bin/v4run} model config
  mkdir -p "$folder/time" "$folder/results"
  cp "$v4run" "$folder/v4run.prepared"
  echo "[$(seq -s, 1 40)]" >"$folder/tokens.json"
  for model in ${MODELS:-micro-f32 micro-fp8fp4 micro-odd tiny-chat-fp8fp4}; do
    "$v4c" "$top/test/data/$model" --quiet --numerics hf -o "$folder/$model.cpu.v4"
    "$v4c" "$top/test/data/$model" --quiet --numerics hf --target "$target" ${V4C_FLAGS:-} -o "$folder/$model.gpu.v4"
    "$v4run" eval "$folder/$model.cpu.v4" --tokens "$folder/tokens.json" --logits "$folder/$model.cpu.safetensors"
    rm "$folder/$model.cpu.v4"
  done
  for config in ${CONFIGS:-flash=$top/test/data/configs/deepseek-v4-flash pro=$top/test/data/configs/deepseek-v4-pro}; do
    "$python" "$top/tools/gpu/layer_configs.py" "${config#*=}/config.json" "${config%%=*}" "$folder/time" | while read -r layer; do
      "$v4c" "$layer" --quiet --no-weights --target "$target" --max-context "${MOST_CONTEXT:-1048576}" ${V4C_FLAGS:-} -o "$layer.v4"
    done
  done
  tar -C "$(dirname "$folder")" -czf "$folder.tar.gz" "$(basename "$folder")"
  echo "prepare: $folder, and $folder.tar.gz of $(du -h "$folder.tar.gz" | cut -f1) to take along"
}

build() {
  local folder=$1 log=$1/results/build.txt
  rm -f "$folder/v4run"
  mkdir -p "$folder/results"
  if cmake -G Ninja -S "$top" -B "$folder/build" -DV4C_COMPILER=OFF -DV4C_TESTS=OFF -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ >"$log" 2>&1 && ninja -C "$folder/build" v4run >>"$log" 2>&1; then
    cp "$folder/build/bin/v4run" "$folder/v4run"
    echo "build: v4run built here with $(g++ -dumpfullversion)"
  else
    echo "build: v4run cannot be built here ($(grep -m1 -iE 'could not find|error|not found' "$log" || tail -1 "$log"))"
    cp "$folder/v4run.prepared" "$folder/v4run" || fail "there is no $folder/v4run.prepared to take instead"
    echo "build: the prepared one is taken instead"
  fi
  "$folder/v4run" --version || fail "$folder/v4run does not start on this machine"
}

# Largest difference of two files of logits, by the largest logit of the second, against a limit.
compare() {
  "$python" - "$@" <<'PYTHON'
import array, json, struct, sys

def logits(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        begin, end = header["logits"]["data_offsets"]
        base = file.tell()
        file.seek(base + begin)
        return array.array("f", file.read(end - begin))

name, found, wanted, limit = sys.argv[1:5]
try:
    a, b = logits(found), logits(wanted)
    assert len(a) == len(b), f"{len(a)} logits, wanted {len(b)}"
except Exception as error:
    sys.exit(print(f"{name}: cannot be compared, {type(error).__name__} {error}: wrong") or 1)
error = max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, b))
good = error <= float(limit)  # false for NaN
print(f"{name}: largest difference {error:.2e} of the largest logit: {'ok' if good else 'wrong'}")
sys.exit(not good)
PYTHON
}

correctness() {
  local folder=$1 name out artifact mode said=$1/results/correctness.txt
  : >"$said"
  for artifact in "$folder"/*.gpu.v4; do
    name=$(basename "$artifact" .gpu.v4)
    for mode in "" "--chunk 7" "--decode 20" "--decode 20"; do
      out=$folder/$name.gpu.safetensors
      rm -f "$out"
      # shellcheck disable=SC2086 # words of mode
      if "$folder/v4run" eval "$artifact" --device "$device" --tokens "$folder/tokens.json" --logits "$out" $mode; then
        compare "$name $mode" "$out" "$folder/$name.cpu.safetensors" "${LIMIT:-1e-3}" || true
      else
        echo "$name $mode: did not run: wrong"
      fi | tee -a "$said"
    done
  done
  [ -s "$said" ] || fail "there is no artifact $folder/*.gpu.v4: run prepare first"
  ! grep -qv ': ok$' "$said" || fail "not every fixture is right: $said"
}

sanitizer() {
  local folder=$1 smallest said=$1/results/sanitizer.txt
  if [ "$device" != cuda ]; then
    echo "not run: the device is $device" | tee "$said"
  elif ! command -v compute-sanitizer >/dev/null; then
    echo "not run: compute-sanitizer is not installed" | tee "$said"
  else
    smallest=$(find "$folder" -maxdepth 1 -name '*.gpu.v4' -printf '%s %p\n' | sort -n | head -1 | cut -d' ' -f2)
    timeout 300 compute-sanitizer --error-exitcode 3 "$folder/v4run" eval "$smallest" --device cuda --decode 4 \
      --tokens "$folder/tokens.json" --logits "$folder/sanitized.safetensors" 2>&1 | tee "$said"
  fi
}

# How fast the machine itself copies and multiplies, in the run that it is compared with.
limits() {
  "$python" "$top/tools/gpu/peer_layers.py" limits "$1" --device "$([ "$device" = cuda ] && echo cuda || echo cpu)" \
    $([ "$device" = cuda ] || echo --tiny) || echo "limits: not measured"
}

time_layers() {
  local folder=$1 name=$2 program layer
  limits "$folder/results/limits-$name.json"
  for program in "$folder/time/$name"-*.v4; do
    [ -e "$program" ] || fail "no artifacts $folder/time/$name-*.v4: run prepare first"
    layer=$(basename "$program" .v4)
    "$folder/v4run" pack "$program" --synthetic -o "$folder/time/packed"
    timeout "${SECONDS_A_LAYER:-110}" "$folder/v4run" bench "$folder/time/packed" --device "$device" --json --kernels \
      --context "${CONTEXTS:-4096,131072,1048575}" --batch "${BATCHES:-1,8,64}" --prefill "${PREFILLS:-512,4096}" \
      >"$folder/results/$layer.json.new" && mv "$folder/results/$layer.json.new" "$folder/results/$layer.json" ||
      echo "time: $layer did not come to its end"
    rm -f "$folder/time/packed"
  done
}

peers() {
  local folder=$1 layers
  mapfile -t layers < <(find "$folder/time" -mindepth 1 -maxdepth 1 -type d | sort)
  timeout "${PEERS_SECONDS:-420}" "$python" "$top/tools/gpu/peer_layers.py" peers "$folder/results/peers.json" "${layers[@]}" \
    --device "$([ "$device" = cuda ] && echo cuda || echo cpu)" --batch "${BATCHES:-1,8,64}" --context "${PEER_CONTEXTS:-4096}" \
    --prefill "${PREFILLS:-512,4096}" --seconds "${PEER_SECONDS:-40}" || echo "peers: ended early"
}

dry_run() {
  local folder=$1 config
  export V4C_FLAGS=--simulated-only MODELS=micro-f32 MOST_CONTEXT=512 PEER_CONTEXTS=40 PEER_SECONDS=20
  export CONTEXTS=${CONTEXTS:-64,256} BATCHES=${BATCHES:-1,2} PREFILLS=32
  export CONFIGS=${CONFIGS:-flash=$top/test/data/micro-fp8fp4 pro=$top/test/data/micro-f32}
  device=sim
  prepare "$folder"
  if [ -n "${BUILD:-}" ]; then build "$folder"; else cp "$folder/v4run.prepared" "$folder/v4run"; fi
  correctness "$folder"
  sanitizer "$folder"
  for config in $CONFIGS; do time_layers "$folder" "${config%%=*}"; done
  peers "$folder"
  "$python" "$top/tools/gpu/report.py" "$folder/results"
}

[ $# -ge 2 ] || { sed -n '2,20s/^# \{0,1\}//p' "$0"; exit 2; }
folder=$(mkdir -p "$2" && cd "$2" && pwd)
case $1 in
  prepare) prepare "$folder" "${@:3}" ;;
  build | correctness | sanitizer | peers) "$1" "$folder" ;;
  time-flash | time-pro) time_layers "$folder" "${1#time-}" ;;
  report) "$python" "$top/tools/gpu/report.py" "$folder/results" ;;
  dry-run) dry_run "$folder" ;;
  *) fail "there is no stage '$1'" ;;
esac
