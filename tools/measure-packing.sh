#!/bin/sh
# Compares packing with copying the same files on the same disk.
#
#   tools/measure-packing.sh PROGRAM.v4 CHECKPOINT FOLDER [REPETITIONS]
#
# PROGRAM.v4 was compiled with v4c --no-weights, FOLDER has room for the weights once. Every run ends when its
# bytes are on the disk. Before each the page cache is dropped where that is permitted (as root), so that the
# sources are read from the disk; otherwise they are read from memory, for both alike. V4RUN names the binary.
set -eu

[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
program=$1 checkpoint=$2 folder=$3 repetitions=${4:-5}
v4run=${V4RUN:-build/release/bin/v4run}
work=$(mktemp -d "$folder/measure-packing.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cold() {
  sync
  sh -c 'echo 3 > /proc/sys/vm/drop_caches' 2>/dev/null || warm="(page cache not dropped)"
}
now() { date +%s.%N; }

warm=
bytes=$(cat "$checkpoint"/*.safetensors | wc -c)
echo "$bytes bytes of safetensors; copy: cp, then sync of the file system"
for run in $(seq "$repetitions"); do
  mkdir "$work/copy"
  cold
  start=$(now)
  cp "$checkpoint"/*.safetensors "$work/copy"
  sync -f "$work/copy"
  copied=$(now)
  rm -r "$work/copy"
  cold
  begin=$(now)
  report=$("$v4run" pack "$program" --weights "$checkpoint" -o "$work/out.v4" --json)
  packed=$(now)
  size=$(stat -c %s "$work/out.v4")
  rm "$work/out.v4"
  echo "$run $bytes $start $copied $begin $packed $size $report" | awk '{
    copy = $4 - $3; pack = $6 - $5
    resident = $0; sub(/.*"peak_resident_bytes":/, "", resident); sub(/[^0-9].*/, "", resident)
    printf "%d: copy %.2f s, %.0f MB/s; pack %.2f s, %.0f MB/s; ratio %.2f; artifact %.4f of the checkpoint; %.0f MB resident\n",
      $1, copy, $2 / copy / 1e6, pack, $2 / pack / 1e6, copy / pack, $7 / $2, resident / 1e6 }'
done
[ -z "$warm" ] || echo "$warm"
