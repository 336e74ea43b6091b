#!/usr/bin/env bash
# Whether the runtime's Debian package is enough on a machine that has nothing of the compiler:
#   tools/package-check.sh FOLDER [MIRROR]
# As root, with debootstrap and a network. Makes the package from build/release and compiles the demo's checkpoint; in FOLDER/root there
# is then a Debian 12 of the required packages alone (debootstrap --variant=minbase), where apt installs the package with what it
# depends on, and v4run answers. FOLDER/root is taken as it is if it is there. Prints what was checked; status 0 if all of it holds.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "package-check: $*" >&2
  exit 1
}

[ $# -ge 1 ] || fail "give a folder: tools/package-check.sh FOLDER [MIRROR]"
[ "$(id -u)" -eq 0 ] || fail "debootstrap and chroot need root"
command -v debootstrap >/dev/null || fail "debootstrap is missing (apt-get install debootstrap)"
[ -x build/release/bin/v4c ] && [ -x build/release/bin/v4run ] || fail "build/release has no v4c and v4run: build first"
folder=$(realpath -m "$1")
mirror=${2:-http://deb.debian.org/debian}
root=$folder/root
mkdir -p "$folder"
question='[{"role": "user", "content": "What is the capital of France?"}]'

if ! [ -d "$root" ]; then
  echo "== debootstrap"
  rm -rf "$root.partial"
  debootstrap --variant=minbase bookworm "$root.partial" "$mirror" >"$folder/debootstrap.log" || fail "see $folder/debootstrap.log"
  mv "$root.partial" "$root"
fi

echo "== package and artifact"
rm -rf "$folder/packages"
cpack --config build/release/CPackConfig.cmake -B "$folder/packages" >/dev/null
package=$(echo "$folder"/packages/v4-runtime_*.deb)
build/release/bin/v4c test/data/tiny-chat-fp8fp4 -o "$folder/model.v4" --max-context 256 --quiet
wanted=$(build/release/bin/v4run generate "$folder/model.v4" --messages - --max-tokens 64 <<<"$question")
cp "$package" "$folder/model.v4" "$root/root/"

# /proc is there as on a machine, and goes with the command.
inside() { unshare --mount --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"; }

echo "== install"
inside dpkg-query -W -f '${Package}\n' | sort >"$folder/before.txt"
inside env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --reinstall \
  "/root/$(basename "$package")" >"$folder/apt.log" 2>&1 || fail "apt did not install it, see $folder/apt.log"
inside dpkg-query -W -f '${Package}\n' | sort >"$folder/after.txt"
echo "depends on: $(dpkg-deb --field "$package" Depends)"
more=$(comm -13 "$folder/before.txt" "$folder/after.txt" | grep -v '^v4-runtime$' | paste -sd ' ' || true)
echo "installed for it: ${more:-nothing}"
if grep -E 'llvm|mlir|clang|boost|flatbuffers|python|^g[c+]+-[0-9]+$|-dev$' "$folder/after.txt" >"$folder/unwanted.txt"; then
  fail "the machine has something of the compiler: $(paste -sd ' ' "$folder/unwanted.txt")"
fi

echo "== run"
inside v4run --version
inside v4run inspect /root/model.v4 >/dev/null
answer=$(inside v4run generate /root/model.v4 --messages - --max-tokens 64 <<<"$question")
[ "$answer" = "$wanted" ] || fail "the answer is '$answer', here it is '$wanted'"
echo "it says: $answer"
echo "package-check: holds"
